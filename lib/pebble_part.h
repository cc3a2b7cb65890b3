/*
 * pebble_part.h: reading a block of a table that is in rows or in columns, whatever the table's version says.
 */
#ifndef AB_PEBBLE_PART_H
#define AB_PEBBLE_PART_H

#include "buf.h"
#include "pebble_col.h"
#include "pebble_row.h"
#include "pebble_table.h"

/* The first version with blocks of points, index and ranges in columns. */
#define PEBBLE_VERSION_COLUMNS 5

/* A block in ${columns}, of which the members from ${cols} on matter, or else in ${rows}.  ${next} is the next row. */
struct pebble_part {
    bool columns;
    struct buf block;
    struct pebble_rows rows;
    struct pebble_cols cols;
    struct pebble_keys keys;
    struct pebble_strings names, values;
    struct pebble_uints trailers, offsets, lengths;
    uint32_t next;
};

void pebble_part_init(struct pebble_part *p);
void pebble_part_release(struct pebble_part *p);

/**
 * pebble_part_open(p, t, handle, columns_from, header, types, n, what, e):
 * Read the block at ${handle} of ${t}, which is in columns of these ${n} ${types}, ${header} bytes from its start, if
 * ${t} has the version ${columns_from} or a later one, else in rows.  Errors call it ${what}.  Return 0, or -1 with
 * ${e}.
 */
int pebble_part_open(struct pebble_part *p, const struct pebble_table *t, struct pebble_handle handle,
    unsigned columns_from, size_t header, const uint8_t *types, size_t n, const char *what, struct err *e);

/* Record why pebble_rows_next found no row in ${p}, called ${what}: it is damaged, or there is no memory. Return -1. */
int pebble_part_no_row(const struct pebble_part *p, const struct pebble_table *t, const char *what, struct err *e);

#endif
