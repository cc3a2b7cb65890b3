/*
 * graph.h: which entitlement's holders get which other entitlement, and in what order that is worked out
 * (reference/c1z-format.md section 8.2, the rules of SDK 0.25).
 *
 * Nodes are entitlements.  Members of a cycle do not expand into each other; what leads into or out of a cycle counts
 * for each of them.  Several edges between the same two ends count as one: shallow only if all are, and filtered by
 * principal type only if all are, then by any of their types.
 */
#ifndef C1Z_PACK_GRAPH_H
#define C1Z_PACK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "wire.h"

/* Texts by number, in the order in which they were first met. */
struct graph_names {
    struct wire_bytes *list;
    uint32_t len, cap;
    uint32_t *table;
    uint32_t table_cap;
};

/* ${types} are numbers of type names, ascending, each once; none means principals of every type. */
struct graph_edge {
    uint32_t from, to;
    uint32_t *types;
    uint32_t n_types;
    bool shallow;
    uint64_t line;
};

struct graph {
    struct arena arena;
    struct graph_names nodes, types;
    struct graph_edge *edges;
    size_t n_edges, edges_cap;
};

/* One source of one destination; ${edge} says how, and by which line first. */
struct graph_step {
    struct wire_bytes from, to;
    const struct graph_edge *edge;
};

/* How deep a chain of edges may be (20, or BATON_GRAPH_EXPAND_MAX_DEPTH), and whether cycles are an error. */
struct graph_limits {
    int64_t depth;
    bool refuse_cycles;
};

void graph_init(struct graph *g);
void graph_release(struct graph *g);

/**
 * graph_add(g, from, to, shallow, types, n_types, line, e):
 * Add an edge that line ${line} asks for; everything is copied.  Return 0 or -1 with ${e} (EX_OSERR).
 */
int graph_add(struct graph *g, struct wire_bytes from, struct wire_bytes to, bool shallow,
    const struct wire_bytes *types, size_t n_types, uint64_t line, struct err *e);

/* Whether ${edge} lets principals of ${type} through. */
bool graph_admits(const struct graph *g, const struct graph_edge *edge, struct wire_bytes type);

/**
 * graph_walk(g, limits, step, arg, e):
 * Call ${step} for every source of every destination: a destination only after all sources of its sources, all steps
 * of one destination together, and all in an order that depends on the edges alone.  Return 0; the first -1 of
 * ${step}; or -1 with ${e}: EX_DATAERR for a chain that is too deep or a cycle that is refused, EX_OSERR.
 */
int graph_walk(struct graph *g, const struct graph_limits *limits,
    int (*step)(void *arg, const struct graph_step *step, struct err *e), void *arg, struct err *e);

/* The limits as the environment sets them. Return 0, or -1 with ${e} (EX_CONFIG). */
int graph_limits_from_env(struct graph_limits *limits, struct err *e);

#endif
