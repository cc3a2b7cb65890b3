/*
 * expandable.h: the grants that stand for others, and the graph they make (reference/c1z-format.md section 8.2).
 */
#ifndef C1Z_PACK_EXPANDABLE_H
#define C1Z_PACK_EXPANDABLE_H

#include "graph.h"
#include "store.h"

/**
 * expandable_load(g, s, skipped, e):
 * Add to ${g} an edge for every entitlement by which a grant of the sync in ${s} expands.  Of those that are not in the
 * sync, ${*skipped} in number, the first is warned about.  Return 0, or -1 with ${e}: EX_DATAERR naming the line for an
 * entitlement that is not one of the grant's principal, EX_OSERR.
 */
int expandable_load(struct graph *g, struct store *s, uint64_t *skipped, struct err *e);

#endif
