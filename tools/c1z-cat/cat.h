/*
 * cat.h: printing a sync of a .c1z as baton records, or the list of syncs.
 */
#ifndef C1Z_CAT_CAT_H
#define C1Z_CAT_CAT_H

#include <stdbool.h>

#include "c1zdb.h"
#include "err.h"

/* What to print: the syncs, or of one sync (${sync}, NULL: the one readers show) the kinds asked for. */
struct cat_options {
    const char *file, *sync;
    bool syncs;
    bool kinds[KIND_COUNT];
};

/**
 * cat_run(o, e):
 * Print to standard output, and close it.  ${o}->file is never written.  A sync that is not finished is printed with a
 * gap line, so that no consumer takes it for the whole.  Return 0, or -1 with ${e}: EX_NOINPUT (no such file),
 * EX_DATAERR (no .c1z of format v1, no such sync, or a message that does not decode, by table and row), EX_IOERR.
 */
int cat_run(const struct cat_options *o, struct err *e);

#endif
