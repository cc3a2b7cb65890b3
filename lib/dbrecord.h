/*
 * dbrecord.h: rows and keys of indexes in the form in which SQLite stores them (sqlite.org/fileformat2.html section
 * 2.1, "Record Format"): a header with a number for each column that says what it is and how long, then the columns,
 * one after the other.
 *
 * A record is put together without memory of its own: the types first, as the lengths are known, then the columns in as
 * many pieces as they have.
 */
#ifndef AB_DBRECORD_H
#define AB_DBRECORD_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * The longest varint of SQLite, which is not that of protobuf: the highest bits come first, the ninth byte has eight.
 */
#define DBRECORD_VARINT_MAX 9

/* The longest header of ${n} columns. */
#define DBRECORD_HEADER_MAX(n) (DBRECORD_VARINT_MAX * ((n) + (size_t)1))

/* The type of a column that is NULL, and has no bytes; that of a text (UTF-8 here) or a blob of ${len} bytes. */
#define DBRECORD_NULL ((uint64_t)0)
static inline uint64_t dbrecord_text(size_t len)
{
    return (uint64_t)len * 2 + 13;
}
static inline uint64_t dbrecord_blob(size_t len)
{
    return (uint64_t)len * 2 + 12;
}

/* The type of the whole number ${v}: the shortest, as SQLite itself takes it in files of schema format 4. */
uint64_t dbrecord_int(int64_t v);

/* How many bytes a column of ${type} has; those of a type that SQLite keeps for itself (10, 11) have none. */
uint64_t dbrecord_len(uint64_t type);

/* Put the column of the number ${v} at ${to}, at most 8 bytes. Return how many: dbrecord_len of its type. */
size_t dbrecord_put_int(uint8_t *to, int64_t v);

/* Put the header for ${n} columns at ${to}, where there is room for DBRECORD_HEADER_MAX(n). Return its length. */
size_t dbrecord_header(uint8_t *to, const uint64_t *types, size_t n);

/**
 * dbrecord_begin(b, types, n):
 * Make ${b} hold the header for ${n} columns alone, with room for the columns, which the caller appends.  Return 0, or
 * -1 with ${b}->failed set.
 */
int dbrecord_begin(struct buf *b, const uint64_t *types, size_t n);

/* How many bytes ${v} takes as a varint. */
static inline size_t dbrecord_varint_len(uint64_t v)
{
    size_t n = 1;

    while (n < DBRECORD_VARINT_MAX && (v >>= 7) != 0)
        n++;
    return n;
}

/* Put ${v} at ${to} as a varint; return how many bytes it took. */
size_t dbrecord_put_long_varint(uint8_t *to, uint64_t v);
static inline size_t dbrecord_put_varint(uint8_t *to, uint64_t v)
{
    if (v < 0x80) {
        to[0] = (uint8_t)v;
        return 1;
    }
    if (v < 0x4000) {
        to[0] = (uint8_t)(v >> 7 | 0x80);
        to[1] = (uint8_t)(v & 0x7f);
        return 2;
    }
    return dbrecord_put_long_varint(to, v);
}

/* Read a varint of at most ${len} bytes at ${p} into ${*v}. Return how many it took, or 0 if it goes beyond them. */
size_t dbrecord_varint(const uint8_t *p, size_t len, uint64_t *v);

#endif
