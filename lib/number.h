/*
 * number.h: whole numbers in text, from options, settings and operands.
 */
#ifndef AB_NUMBER_H
#define AB_NUMBER_H

#include <stdint.h>

/**
 * number_parse(text, min, max, n):
 * Read the NUL-terminated ${text}, which must be decimal digits and nothing else (no sign, no white space), as a number
 * from ${min} to ${max}, both at least 0, into ${*n}.  Return 0, or -1 with ${*n} unchanged.
 */
int number_parse(const char *text, int64_t min, int64_t max, int64_t *n);

/**
 * number_digits(text, max, n):
 * Read the digits that ${text} begins with as a number up to ${max} into ${*n}.  Return where they end, or NULL, with
 * ${*n} unchanged, if there are none or the number is greater: for text that holds more than a number, as "3,4".
 */
const char *number_digits(const char *text, int64_t max, int64_t *n);

#endif
