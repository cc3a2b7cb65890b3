/*
 * graph.h: which entitlement's holders get which other entitlement (reference/c1z-format.md section 8.2, the rules of
 * SDK 0.25).  In what order that is worked out is order.h's.
 *
 * Nodes are entitlements.  Several edges between the same two ends count as one: shallow only if all are, and filtered
 * by principal type only if all are, then by any of their types.
 */
#ifndef C1Z_PACK_GRAPH_H
#define C1Z_PACK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "names.h"
#include "wire.h"

/*
 * ${types} are numbers of type names, ascending, each once; none means principals of every type.  ${line} is the first
 * line that asks for the edge.
 */
struct graph_edge {
    uint32_t from, to;
    uint32_t *types;
    uint32_t n_types;
    bool shallow;
    uint64_t line;
};

/* ${nodes} are ids of entitlements, ${types} names of resource types. */
struct graph {
    struct arena arena;
    struct names nodes, types;
    struct graph_edge *edges;
    size_t n_edges, edges_cap;
};

void graph_init(struct graph *g);
void graph_release(struct graph *g);

/**
 * graph_add(g, from, to, shallow, types, n_types, line, e):
 * Add an edge that line ${line} asks for; everything is copied.  Return 0 or -1 with ${e} (EX_OSERR).
 */
int graph_add(struct graph *g, struct wire_bytes from, struct wire_bytes to, bool shallow,
    const struct wire_bytes *types, size_t n_types, uint64_t line, struct err *e);

/* Whether ${edge} lets principals of the type with number ${type} (NAMES_NONE: one that no edge names) through. */
bool graph_admits(const struct graph_edge *edge, uint32_t type);

/**
 * graph_merge(g, edges, n, e):
 * Sort the ${*n} ${edges}, which are those of ${g} or made of them, by destination, then source, and make one of those
 * with the same ends; ${*n} is how many are left.  Return 0 or -1 with ${e} (EX_OSERR).
 */
int graph_merge(struct graph *g, struct graph_edge *edges, size_t *n, struct err *e);

#endif
