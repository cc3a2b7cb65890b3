/*
 * stamp.h: times as the tables have them (reference/c1z-format.md section 4.8): "YYYY-MM-DD HH:MM:SS" and, if there is
 * one, a fraction without trailing zeros.  Ours are always UTC, so that a file does not depend on the time zone.
 */
#ifndef C1Z_PACK_STAMP_H
#define C1Z_PACK_STAMP_H

#include <time.h>

#include "err.h"

#define STAMP_SIZE 40

/* Write ${when} to ${text}. */
void stamp_format(char text[STAMP_SIZE], struct timespec when);

/* Read ${text}, a time as RFC 3339 has it, from an option. Return 0 or -1. */
int stamp_parse_option(const char *text, struct timespec *when);

/**
 * stamp_after(text, latest, e):
 * See that ${text} sorts after ${latest}, the greatest ended_at in the file: readers show the sync with the greatest
 * one, and rows of other writers have local time in them.  If it does not, ${text} becomes the first time that does.
 * Of one that is far in the
 * future there is a warning: every later sync ends just behind it.  Return 0, or -1 with ${e} (EX_DATAERR) when ${latest}
 * is no time.
 */
int stamp_after(char text[STAMP_SIZE], const char *latest, struct err *e);

#endif
