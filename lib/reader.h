/*
 * reader.h: reading numbers and pieces out of bytes that come from outside.
 *
 * Every bound is checked here and nowhere else: a reader that met the end is ${bad}, and from then on gives zeros and
 * empty pieces, so a caller may read a whole structure and look once.  What it gives points into the bytes it was
 * given.
 */
#ifndef AB_READER_H
#define AB_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "buf.h"

/* A piece of bytes; nobody owns them through it. */
struct span {
    const uint8_t *data;
    size_t len;
};

static inline struct span span_of_buf(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->data, b->len};
}

/* What is left to read: from ${p} to ${end}. */
struct reader {
    const uint8_t *p, *end;
    bool bad;
};

static inline struct reader reader_of(const void *data, size_t len)
{
    const uint8_t *p = data;

    return (struct reader){p, len > 0 ? p + len : p, false};
}

static inline size_t reader_left(const struct reader *b)
{
    return (size_t)(b->end - b->p);
}

/* The next ${n} bytes, or an empty piece. */
static inline struct span reader_take(struct reader *b, uint64_t n)
{
    struct span s = {b->p, (size_t)n};

    if (n > reader_left(b)) {
        b->bad = true;
        b->p = b->end;
        return (struct span){b->p, 0};
    }
    b->p += n;
    return s;
}

/* The next ${n} bytes (at most 8) as a number, the least significant byte first, or last. */
static inline uint64_t reader_le(struct reader *b, size_t n)
{
    struct span s = reader_take(b, n);
    uint64_t v = 0;

    for (size_t i = s.len; i > 0; i--)
        v = v << 8 | s.data[i - 1];
    return v;
}

static inline uint64_t reader_be(struct reader *b, size_t n)
{
    struct span s = reader_take(b, n);
    uint64_t v = 0;

    for (size_t i = 0; i < s.len; i++)
        v = v << 8 | s.data[i];
    return v;
}

static inline uint8_t reader_u8(struct reader *b)
{
    return (uint8_t)reader_le(b, 1);
}

/* A varint: groups of seven bits, the least significant first.  More than 64 bits are bad. */
static inline uint64_t reader_uv(struct reader *b)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && b->p < b->end; shift += 7) {
        uint8_t byte = *b->p++;

        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80 && (shift < 63 || byte <= 1))
            return v;
        if (byte < 0x80)
            break;
    }
    b->bad = true;
    b->p = b->end;
    return 0;
}

/* A piece with its length, a varint, before it. */
static inline struct span reader_prefixed(struct reader *b)
{
    return reader_take(b, reader_uv(b));
}

/* Whether a checksum is the one that is stored.  A build for fuzzing takes every one, to get to what lies behind. */
static inline bool reader_sum_matches(uint64_t sum, uint64_t stored)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    (void)sum;
    (void)stored;
    return true;
#else
    return sum == stored;
#endif
}

/* The order of keys: bytes compare as numbers, a key comes before those it begins. */
static inline int span_compare(struct span x, struct span y)
{
    size_t n = x.len < y.len ? x.len : y.len;
    int order = n > 0 ? memcmp(x.data, y.data, n) : 0;

    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

static inline bool span_equals(struct span s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

#endif
