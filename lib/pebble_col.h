/*
 * pebble_col.h: blocks of columns, the form of tables from version 5 on (reference/c1z-v3.md sections 3.4 and 3.5).
 *
 * A column is checked whole when it is opened; what its functions give afterwards is inside the block.
 */
#ifndef AB_PEBBLE_COL_H
#define AB_PEBBLE_COL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "reader.h"

/* The types of columns. */
enum pebble_col_type { PEBBLE_BITMAP = 1, PEBBLE_UINTS = 2, PEBBLE_STRINGS = 3, PEBBLE_KEYS = 4 };

/* The most columns that a block of ours has. */
#define PEBBLE_COLS_MAX 7

/* A block: ${rows} rows in columns; column i is from ${at}[i] to ${at}[i + 1]. */
struct pebble_cols {
    struct span block;
    uint32_t rows;
    size_t at[PEBBLE_COLS_MAX + 1];
};

/**
 * pebble_cols_open(c, block, header, types, n):
 * Find the columns of ${block} behind ${header} bytes of another meaning.  There must be ${n} of them, of these
 * ${types} (enum pebble_col_type).  Return NULL, or what is wrong.
 */
const char *pebble_cols_open(struct pebble_cols *c, struct span block, size_t header, const uint8_t *types, size_t n);

/* Numbers: ${width} bytes each, to which ${base} is to be added. */
struct pebble_uints {
    const uint8_t *data;
    unsigned width;
    uint64_t base;
};

/* Strings: that i is from offset i to offset i + 1 of ${data}. */
struct pebble_strings {
    struct pebble_uints offsets;
    struct span data;
};

/*
 * Ascending keys in bundles of 1 << ${shift}: a prefix of all, one of each bundle, the rest of each key.  ${key} is the
 * one that pebble_keys_next made last.
 */
struct pebble_keys {
    struct pebble_strings slices;
    struct span prefix;
    size_t n, next, bundle_len;
    unsigned shift;
    struct buf key;
};

/* Open column ${i}, of ${n} values, which mostly is ${c}->rows. Return false if it is not such a column. */
bool pebble_uints_open(struct pebble_uints *u, const struct pebble_cols *c, size_t i, size_t n);
bool pebble_strings_open(struct pebble_strings *s, const struct pebble_cols *c, size_t i, size_t n);
bool pebble_keys_open(struct pebble_keys *k, const struct pebble_cols *c, size_t i);

/* Whether a bit of column ${i} is set, in ${*any}. Return false if it is no bitmap. */
bool pebble_bitmap_any(const struct pebble_cols *c, size_t i, bool *any);

/* Prepare an empty struct for pebble_keys_open, which may be called many times; give its key back. */
void pebble_keys_init(struct pebble_keys *k);
void pebble_keys_release(struct pebble_keys *k);

/* Make the next key, if there is one. Return false when its buffer failed. */
bool pebble_keys_next(struct pebble_keys *k);

static inline uint64_t pebble_uints_at(const struct pebble_uints *u, size_t i)
{
    struct reader b = reader_of(u->data + i * u->width, u->width);

    return u->base + reader_le(&b, u->width);
}

static inline struct span pebble_strings_at(const struct pebble_strings *s, size_t i)
{
    size_t from = (size_t)pebble_uints_at(&s->offsets, i), to = (size_t)pebble_uints_at(&s->offsets, i + 1);

    return (struct span){s->data.data + from, to - from};
}

#endif
