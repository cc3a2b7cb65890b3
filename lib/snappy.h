/*
 * snappy.h: decoding Snappy's block format (reference/c1z-v3.md section 3.3).
 */
#ifndef AB_SNAPPY_H
#define AB_SNAPPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * snappy_length(data, len, size):
 * Put the decoded length that ${len} bytes at ${data} announce in ${*size}.  Return false if there is none, or one that
 * so few bytes cannot hold.
 */
bool snappy_length(const void *data, size_t len, size_t *size);

/* Decode them to exactly ${size} bytes at ${out}. Return false if they are not that. */
bool snappy_decode(const void *data, size_t len, void *out, size_t size);

#endif
