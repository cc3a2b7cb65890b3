/*
 * pebble_row.h: blocks of rows, the form of tables up to version 4 and of some blocks of later ones
 * (reference/c1z-v3.md section 3.6).
 */
#ifndef AB_PEBBLE_ROW_H
#define AB_PEBBLE_ROW_H

#include "buf.h"
#include "reader.h"

/* Reading a block: ${left} of its rows, the ${key} and the ${value} of the row read last. */
struct pebble_rows {
    struct reader left;
    struct buf key;
    struct span value;
};

/* Prepare an empty struct for pebble_rows_open, which may be called many times; give its key back. */
void pebble_rows_init(struct pebble_rows *r);
void pebble_rows_release(struct pebble_rows *r);

/* Begin to read ${block}. Return false if it is no block of rows. */
bool pebble_rows_open(struct pebble_rows *r, struct span block);

/* Read the next row. Return 1, 0 after the last, or -1 if there is none at this place (or no memory for its key). */
int pebble_rows_next(struct pebble_rows *r);

#endif
