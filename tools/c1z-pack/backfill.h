/*
 * backfill.h: the column grants_backfilled, by which newer readers know that they need not look at every grant when they
 * open a file (reference/c1z-format.md section 3.5).
 */
#ifndef C1Z_PACK_BACKFILL_H
#define C1Z_PACK_BACKFILL_H

#include <stdbool.h>

#include "c1zdb.h"

/**
 * backfill_prepare(d, old_readers, e):
 * See that the sync runs of ${d} have the column, unless ${old_readers}: what SDK 0.7 exports must not have it.  Where it
 * is added, the syncs that are there get 1 if none of their grants has in its message what belongs into the column
 * expansion, which each of them is looked at for.  A column that is there stays, with a warning if ${old_readers}.
 * Return 0 or -1 with ${e}.
 */
int backfill_prepare(struct c1zdb *d, bool old_readers, struct err *e);

#endif
