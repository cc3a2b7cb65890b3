/*
 * pebble_cursor.h: the points of one table in order (reference/c1z-v3.md sections 3.2 to 3.7).
 */
#ifndef AB_PEBBLE_CURSOR_H
#define AB_PEBBLE_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "pebble_part.h"
#include "pebble_table.h"

/*
 * Reading a table's points, those of one key from the newest to the oldest.  The one read last: ${key}, ${seq},
 * ${kind}, ${value}; all are valid until the next call.
 */
struct pebble_cursor {
    struct pebble_table *table;
    struct pebble_part top, index, data;
    bool top_open, index_open, data_open;
    struct span from;
    struct span key, value;
    uint64_t trailer, seq;
    uint8_t kind;
    struct buf last_key;
    uint64_t last_trailer;
    bool has_last;
};

/**
 * pebble_cursor_open(c, t, from):
 * Stand before the first point of ${t}, which is to stay open, whose key is not less than ${from}; that is to stay too.
 * pebble_cursor_close is to be called in the end.
 */
void pebble_cursor_open(struct pebble_cursor *c, struct pebble_table *t, struct span from);
void pebble_cursor_close(struct pebble_cursor *c);

/* Read the next point. Return 1, 0 after the last, or -1 with ${e} as pebble_table_open. */
int pebble_cursor_next(struct pebble_cursor *c, struct err *e);

#endif
