/*
 * xxh64.h: the hash XXH64 with seed 0, over bytes that come in pieces (the xxHash specification, section on XXH64).  It
 * finds damage; it does not withstand intent.
 */
#ifndef AB_XXH64_H
#define AB_XXH64_H

#include <stddef.h>
#include <stdint.h>

/* ${lanes} over the full blocks of 32 bytes so far; ${rest} holds what is left of ${total}. */
struct xxh64 {
    uint64_t lanes[4];
    uint8_t rest[32];
    uint64_t total;
};

void xxh64_init(struct xxh64 *h);
void xxh64_update(struct xxh64 *h, const void *data, size_t len);

/* The hash of all that was added; more may be added after it. */
uint64_t xxh64_value(const struct xxh64 *h);

/* The hash of ${len} bytes at ${data}. */
uint64_t xxh64_of(const void *data, size_t len);

#endif
