/*
 * setting.h: what the environment says.  An empty variable counts as unset.  A value that is refused is not repeated in
 * the message: it may have been meant for another variable, and be a secret.
 */
#ifndef AB_SETTING_H
#define AB_SETTING_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "err.h"

/* The value of the variable ${name}, or NULL if it is unset or empty.  It stays the environment's. */
const char *setting_text(const char *name);

/**
 * setting_number(name, what, min, max, n, e):
 * Read the variable ${name} as a whole number of ${what} ("levels") from ${min} to ${max} into ${*n}.  Return 1, or 0
 * with ${*n} unchanged if it is unset, or -1 with ${e} (EX_CONFIG) and ${*n} unchanged.
 */
int setting_number(const char *name, const char *what, int64_t min, int64_t max, int64_t *n, struct err *e);

/**
 * setting_bool(name, value, e):
 * Read the variable ${name} into ${*value} as Go's strconv.ParseBool does, which the Baton SDK reads its variables with:
 * 1, t, T, true, True and TRUE are true; 0, f, F, false, False and FALSE are false.  Return as setting_number.
 */
int setting_bool(const char *name, bool *value, struct err *e);

/* Whether it is true.  As for the SDK, a text that is no boolean, and an unset variable, are false. */
bool setting_is_true(const char *name);

/**
 * setting_time(when, e):
 * The time of the run: SOURCE_DATE_EPOCH, in whole seconds from 1970 to the end of the year 9999, else the clock's.
 * Return 0, or -1 with ${e}: EX_CONFIG, or EX_OSERR if there is no clock.
 */
int setting_time(struct timespec *when, struct err *e);

/* The last second of the year 9999, which is the last that four digits can say. */
#define SETTING_TIME_MAX INT64_C(253402300799)

#endif
