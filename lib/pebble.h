/*
 * pebble.h: reading a database of Pebble, the storage engine of CockroachDB, at rest: the folder of files that it
 * leaves, to sorted records (reference/c1z-v3.md sections 2 and 3).  Nothing here knows what the records mean.
 *
 * Read are the format versions 13 to 24 with tables of the versions 1 to 7, in which records are set and deleted, one
 * by one or by range.  What there may be besides is refused by name: records that are still in a log, values to be
 * merged, range keys, blob files, other orders of keys.  Every block that is used is checked against its sum.
 */
#ifndef AB_PEBBLE_H
#define AB_PEBBLE_H

#include <stddef.h>

#include "err.h"
#include "pebble_file.h"
#include "reader.h"

/* The longest key and value there can be. */
#define PEBBLE_VALUE_MAX ((size_t)256 << 20)

struct pebble;
struct pebble_scan;

/**
 * pebble_open(db, fd, files, n, e):
 * Open the database in the ${n} ${files} at ${fd}; they and the descriptor stay the caller's, and are to last as long
 * as ${*db}.  Return 0, or -1 with ${*db} NULL and ${e}: EX_DATAERR for what is damaged, incomplete or refused,
 * EX_IOERR, EX_OSERR. pebble_close accepts NULL.
 */
int pebble_open(struct pebble **db, int fd, const struct pebble_file *files, size_t n, struct err *e);
void pebble_close(struct pebble *db);

/**
 * pebble_scan_open(s, db, from, to, e):
 * Begin to read the records with ${from} <= key < ${to}, in the order of their keys.  The two are copied.  Several
 * scans of one database may be open.  A scan holds a block of each table that overlaps its place, about 64 KiB each.
 * Return 0, or -1 with ${*s} NULL and ${e}. pebble_scan_close accepts NULL.
 */
int pebble_scan_open(struct pebble_scan **s, struct pebble *db, struct span from, struct span to, struct err *e);
void pebble_scan_close(struct pebble_scan *s);

/**
 * pebble_scan_next(s, key, value, e):
 * Read the next record; what is given is valid until the next call.  Return 1, 0 after the last, or -1 with ${e} as
 * pebble_open.  After 0 and -1 it is not to be called again.
 */
int pebble_scan_next(struct pebble_scan *s, struct span *key, struct span *value, struct err *e);

#endif
