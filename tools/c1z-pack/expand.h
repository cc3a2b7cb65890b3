/*
 * expand.h: working out the grants that expandable grants stand for (reference/c1z-format.md section 8, the rules of
 * SDK 0.25).
 *
 * It is done by sets: who holds an entitlement is a list of numbers, those of all sources of one destination are put
 * together by principal, and each grant is made once, whole, in the order of its row.  A grant that is there and gains
 * sources is changed once.  Memory: 50 bytes for each holder that one destination gets, what holders.h and numsort.h keep,
 * and the graph; nothing for each grant.
 */
#ifndef C1Z_PACK_EXPAND_H
#define C1Z_PACK_EXPAND_H

#include "graph.h"
#include "store.h"

/* What an expansion did: edges between entitlements, those left out because their source is not there, grants. */
struct expand_counts {
    uint64_t edges, skipped, created;
};

/**
 * expand_run(s, counts, e):
 * Add to the grants in ${s}, whose references were checked, every one that follows from those that expand, and the
 * sources to those that are there already.  The new ones follow the last line in an order that depends on the records
 * alone.  Return 0, or -1 with ${e}: EX_DATAERR naming the line for an entitlement that is not one of the grant's
 * principal, for a new grant whose id another one has, for cycles and depth as order_walk; EX_CONFIG for a bad variable.
 */
int expand_run(struct store *s, struct expand_counts *counts, struct err *e);

#endif
