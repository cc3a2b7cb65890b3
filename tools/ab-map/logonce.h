/*
 * logonce.h: messages that the same cause may give for every line, printed once each.
 */
#ifndef AB_MAP_LOGONCE_H
#define AB_MAP_LOGONCE_H

#include <stddef.h>

#include "log.h"

/* The most distinct messages printed: the last line of all then says that there were more. */
#define LOGONCE_MAX 1000

/* The ${n} messages printed so far, as a level's digit and the text; the table has a power of two of places. */
struct logonce {
    char *seen[2048];
    size_t n;
};

/*
 * Print the message with its ${n} fields, unless the same text of the same level was printed before, whatever its fields
 * were, or too many others were.
 */
void logonce(struct logonce *l, enum log_level level, const char *msg, const struct log_field *fields, size_t n);
void logonce_release(struct logonce *l);

#endif
