/*
 * pebble_write.h: sorted records to a database of Pebble at rest (reference/c1z-v3.md sections 8.1 and 8.2): tables of
 * rows in an old version that every Pebble v2 reads, one manifest, two markers.  The same records give the same bytes.
 */
#ifndef AB_PEBBLE_WRITE_H
#define AB_PEBBLE_WRITE_H

#include "err.h"
#include "reader.h"

/* How a file of the database is handed on: it is ${len} bytes at ${data}, called ${name}. Return 0, or -1 with ${e}. */
typedef int pebble_write_put(void *arg, const char *name, const void *data, size_t len, struct err *e);

struct pebble_write;

/* Begin; files go to ${put} with ${arg}, each when it is done. Return NULL with ${e} (EX_OSERR). */
struct pebble_write *pebble_write_new(pebble_write_put *put, void *arg, struct err *e);
void pebble_write_free(struct pebble_write *w);

/**
 * pebble_write_add(w, key, value, e):
 * Add a record, whose key is greater than that of the one before.  About 16 MiB are held in memory.  Return 0, or -1
 * with ${e}: EX_SOFTWARE for a key that is not greater, EX_OSERR, or what ${put} says.
 */
int pebble_write_add(struct pebble_write *w, struct span key, struct span value, struct err *e);

/* Write what is left, and the files that say what the database consists of. */
int pebble_write_finish(struct pebble_write *w, struct err *e);

#endif
