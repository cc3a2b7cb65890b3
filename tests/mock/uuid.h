/*
 * uuid.h: the ids of the API.
 */
#ifndef MOCK_UUID_H
#define MOCK_UUID_H

#include <stdbool.h>
#include <stdint.h>

/* Length of the text form, without a NUL. */
#define UUID_TEXT_LEN 36

struct uuid {
    unsigned char bytes[16];
};

/* Read the 8-4-4-4-12 form, in either case, and nothing after it. Return whether ${s} is that. */
bool uuid_parse(const char *s, struct uuid *u);

/* Write the lower-case form and a NUL. */
void uuid_format(const struct uuid *u, char out[UUID_TEXT_LEN + 1]);

int uuid_compare(const struct uuid *a, const struct uuid *b);
bool uuid_is_zero(const struct uuid *u);

/* A number that depends on ${u} and ${salt} only: what differs from object to object is drawn from it. */
uint32_t uuid_hash(const struct uuid *u, uint32_t salt);

#endif
