/*
 * retain.h: which earlier syncs stay in the file (reference/c1z-format.md section 5.5, the rules of SDK 0.25).
 */
#ifndef C1Z_PACK_RETAIN_H
#define C1Z_PACK_RETAIN_H

#include "c1zdb.h"

/**
 * retain_limit(keep):
 * How many finished full syncs a file keeps, the new one included: ${keep} if it is not 0; else what
 * BATON_KEEP_SYNC_COUNT says, else 2; or 0, which means all, when BATON_SKIP_CLEANUP is set and ${keep} is 0.
 */
int retain_limit(int keep);

/**
 * retain_apply(d, others, deleted, e):
 * Delete from ${d}, whose indexes are dropped: finished full syncs but the newest ${others} by row, of those that have a
 * resource (the others all go); partial ones that ended before the newest of those deleted began; of more than two
 * difference syncs all but the last and its partner.  Unfinished syncs stay.  ${*deleted} is how many went; if any, the
 * file is compacted.  Must not run in a transaction.  Return 0 or -1 with ${e}.
 */
int retain_apply(struct c1zdb *d, int others, int64_t *deleted, struct err *e);

#endif
