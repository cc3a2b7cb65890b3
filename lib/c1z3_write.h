/*
 * c1z3_write.h: the envelope of a .c1z file, format v3, with payload encoding 1 (reference/c1z-v3.md section 1): the
 * one that the SDK keeps when it rewrites a file, and does not copy by offset from the file it replaces.
 */
#ifndef AB_C1Z3_WRITE_H
#define AB_C1Z3_WRITE_H

#include "err.h"
#include "reader.h"

struct c1z3_write;

/**
 * c1z3_write_new(out, name, run, level, threads, e):
 * Begin to write to ${out} (called ${name}, kept), which is empty.  ${run} is the SyncRunSummary that the manifest
 * shows.  ${level} as for c1z_encode; ${threads} too, or 0 for none besides the
 * caller's, which gives other bytes.  Return NULL with ${e}: EX_IOERR, EX_OSERR. c1z3_write_free
 * accepts NULL.
 */
struct c1z3_write *c1z3_write_new(int out, const char *name, struct span run, int level, int threads, struct err *e);
void c1z3_write_free(struct c1z3_write *w);

/* Add a file of the folder (a pebble_write_put with ${w} as its argument). Return 0, or -1 with ${e}. */
int c1z3_write_file(void *w, const char *name, const void *data, size_t len, struct err *e);

/* Write what is left. Nothing is synchronised or closed. */
int c1z3_write_finish(struct c1z3_write *w, struct err *e);

#endif
