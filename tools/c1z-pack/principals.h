/*
 * principals.h: the principals of a sync's grants in order, each with the type that the graph knows it by.
 */
#ifndef C1Z_PACK_PRINCIPALS_H
#define C1Z_PACK_PRINCIPALS_H

#include "grants.h"
#include "graph.h"

/*
 * Places are in the order of type, then id, by bytes.  ${types} is for each place the number of the type in the graph's
 * types, or NAMES_NONE.
 */
struct principals {
    const struct refs *refs;
    struct ranks ranks;
    uint32_t *types;
};

/* Put those of ${g} in order. Return 0 or -1 with ${e} (EX_OSERR). principals_release takes zeros, too. */
int principals_load(struct principals *p, const struct grants *g, const struct graph *graph, struct err *e);
void principals_release(struct principals *p);

#endif
