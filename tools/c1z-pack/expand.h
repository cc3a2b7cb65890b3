/*
 * expand.h: working out the grants that expandable grants stand for (reference/c1z-format.md section 8, the rules of
 * SDK 0.25).
 *
 * It is done by sets: who holds an entitlement is a list of numbers, those of all sources of one destination are put
 * together by principal, and each grant is written once, whole, in the order of its row.  A grant that is there and
 * gains sources is rewritten once.  Memory: about 100 bytes for each principal, 16 for each holder of the largest
 * source and 40 for each that one destination gets, HOLDERS_KEPT, and the graph; nothing for each grant.
 */
#ifndef C1Z_PACK_EXPAND_H
#define C1Z_PACK_EXPAND_H

#include "store.h"

/* What an expansion did: edges between entitlements, those left out because their source is not there, grants. */
struct expand_counts {
    uint64_t edges, skipped, created, updated;
};

/**
 * expand_run(s, counts, e):
 * Add to the sync in ${s}, whose references were checked, every grant that follows from its expandable grants, and the
 * sources to those that are there already.  New rows follow the last one in an order that depends on the records alone.
 * Return 0, or -1 with ${e}: EX_DATAERR naming the line for an entitlement that is not one of the grant's principal, for
 * a new grant whose id another one has, for cycles and depth as order_walk; EX_CONFIG for a bad variable.
 */
int expand_run(struct store *s, struct expand_counts *counts, struct err *e);

#endif
