/*
 * pebble_table.h: one table: what it says of itself, and the keys it deletes by range (reference/c1z-v3.md sections 3.2
 * to 3.7).
 */
#ifndef AB_PEBBLE_TABLE_H
#define AB_PEBBLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "pebble_block.h"
#include "pebble_file.h"
#include "reader.h"

/* What all ranges that one table deletes may take. */
#define PEBBLE_RANGES_MAX ((size_t)64 << 20)

/* The kinds of points that there can be in a table. */
enum pebble_kind {
    PEBBLE_DELETE = 0,
    PEBBLE_SET = 1,
    PEBBLE_MERGE = 2,
    PEBBLE_SINGLE_DELETE = 7,
    PEBBLE_RANGE_DELETE = 15,
    PEBBLE_SET_WITH_DELETE = 18,
    PEBBLE_DELETE_SIZED = 23,
};

/* The keys from ${start} to before ${end}, of which all that is older than ${seq} is deleted. */
struct pebble_range {
    struct span start, end;
    uint64_t seq;
};

/*
 * An open table of the ${version} 1 to 7.  ${ranges} are ascending and do not overlap.  ${raw} is a buffer of the
 * caller's that all its tables may share.
 */
struct pebble_table {
    int fd;
    const struct pebble_file *file;
    struct buf *raw;
    unsigned version;
    enum pebble_checksum sum;
    struct pebble_handle index;
    bool two_levels;
    struct arena arena;
    struct pebble_range *ranges;
    size_t n_ranges;
};

/**
 * pebble_table_open(t, fd, file, raw, e):
 * Read what ${file}, in the folder at ${fd}, says of itself, and its ranges.  Return 0, or -1 with ${e}: EX_DATAERR for
 * what is damaged, or named as what we do not read; EX_IOERR; EX_OSERR. pebble_table_close is to be called after
 * either; it may be called on zeros.
 */
int pebble_table_open(struct pebble_table *t, int fd, const struct pebble_file *file, struct buf *raw, struct err *e);
void pebble_table_close(struct pebble_table *t);

/* Record that ${block} of ${t} is damaged, or that what ${t} has ("keys that are") is not supported. Return -1. */
int pebble_table_damaged(const struct pebble_table *t, const char *block, const char *what, struct err *e);
int pebble_table_refuse(const struct pebble_table *t, const char *what, struct err *e);

#endif
