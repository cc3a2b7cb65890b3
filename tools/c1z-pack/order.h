/*
 * order.h: the order in which a graph of expandable grants is worked out (reference/c1z-format.md section 8.2, the rules
 * of SDK 0.25).
 *
 * Members of a cycle do not expand into each other; what leads into or out of a cycle counts for each of them.
 */
#ifndef C1Z_PACK_ORDER_H
#define C1Z_PACK_ORDER_H

#include "graph.h"

/* One source of a destination; ${edge} says how, and by which line first. */
struct order_source {
    uint32_t from;
    const struct graph_edge *edge;
};

/* A destination with its ${n} sources, in order. ${leads_on}: it may be a source of others. */
struct order_step {
    uint32_t to;
    const struct order_source *sources;
    size_t n;
    bool leads_on;
};

/* How deep a chain of edges may be (20, or BATON_GRAPH_EXPAND_MAX_DEPTH), and whether cycles are an error. */
struct order_limits {
    int64_t depth;
    bool refuse_cycles;
};

/**
 * order_walk(g, limits, step, arg, e):
 * Merge the edges of ${g}, and call ${step} for every destination: once, with all its sources, and only after every
 * source of its sources; all in an order that depends on the edges alone.  Return 0; the first -1 of ${step}; or -1
 * with ${e}: EX_DATAERR for a chain that is too deep or a cycle that is refused, EX_OSERR.
 */
int order_walk(struct graph *g, const struct order_limits *limits,
    int (*step)(void *arg, const struct order_step *step, struct err *e), void *arg, struct err *e);

/* The limits as the environment sets them. Return 0, or -1 with ${e} (EX_CONFIG). */
int order_limits_from_env(struct order_limits *limits, struct err *e);

#endif
