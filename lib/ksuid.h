/*
 * ksuid.h: ids of syncs (reference/c1z-format.md section 4.9): 4 bytes of big-endian seconds since 1,400,000,000 Unix
 * time and 16 bytes of chance, written as 27 base62 characters, so that text order is time order.
 */
#ifndef AB_KSUID_H
#define AB_KSUID_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define KSUID_LEN 27
#define KSUID_RANDOM_LEN 16

/**
 * ksuid_format(text, when, chance):
 * Write the id made of ${when} and the KSUID_RANDOM_LEN bytes at ${chance} to ${text}, with a NUL.  A time outside the
 * range of the format (2014-05-13 to 2150-06-19) is moved to its nearest end.
 */
void ksuid_format(char text[KSUID_LEN + 1], time_t when, const uint8_t chance[KSUID_RANDOM_LEN]);

/* Whether the NUL-terminated ${text} is an id: 27 base62 characters whose value fits into 20 bytes. */
bool ksuid_valid(const char *text);

#endif
