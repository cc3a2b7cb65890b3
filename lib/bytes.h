/*
 * bytes.h: pieces of memory that are texts or keys: whether they are the same, their order, their hash, where to cut
 * them, and characters spelled by number.  A piece of length 0 may be at NULL.
 */
#ifndef AB_BYTES_H
#define AB_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether ${a_len} bytes at ${a} and ${b_len} at ${b} are the same. */
bool bytes_equal(const void *a, size_t a_len, const void *b, size_t b_len);

/* Their order as numbers from 0 to 255, a beginning before what it begins: negative, 0 or positive as of memcmp. */
int bytes_compare(const void *a, size_t a_len, const void *b, size_t b_len);

/*
 * A hash whose every bit depends on every byte, the same in every run.  Who chooses the keys can make them collide:
 * tables of keys from outside bound what a long search costs, or take no harm.
 */
uint64_t bytes_hash(const void *p, size_t len);

/* The length of the longest beginning of ${text} with at most ${max} bytes that ends between two characters of UTF-8. */
size_t bytes_cut(const char *text, size_t len, size_t max);

/* The value of the hexadecimal digit ${c} of either case, or -1. */
static inline int bytes_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Write the character ${c}, at most 0x10ffff, to ${to} in UTF-8: 1 to 4 bytes. Return how many. */
size_t bytes_put_utf8(void *to, uint32_t c);

#endif
