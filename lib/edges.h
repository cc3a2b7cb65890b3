/*
 * edges.h: which entitlements give others: who holds the source of an edge holds its target too.  Entitlements are
 * numbers here.
 */
#ifndef AB_EDGES_H
#define AB_EDGES_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* The most edges. */
#define EDGES_MAX ((size_t)100000000)

/* ${shallow}: who holds the source by himself holds the target, and nobody else does (GrantExpandable). */
struct edge {
    size_t source, target;
    bool shallow;
};

/* ${n} edges in ${list}; in order once edges_sort was called. Begin with zeros; 24 bytes for each. */
struct edges {
    struct edge *list;
    size_t n, cap;
};

/* Add an edge. Return 0, or -1 with ${e} (EX_OSERR). */
int edges_add(struct edges *x, struct edge edge, struct err *e);

/* To be called when all edges were added, and before what is below. */
void edges_sort(struct edges *x);

/* Whether all edges from ${source} to ${target} are shallow, and there is one. */
bool edges_shallow(const struct edges *x, size_t source, size_t target);

/**
 * edges_spread(x, marks, n, e):
 * Of ${n} entitlements, those with a mark (not 0) in ${marks} are wanted: mark what gives them too, what gives that, and
 * so on.  All numbers in ${x} are less than ${n}.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int edges_spread(const struct edges *x, unsigned char *marks, size_t n, struct err *e);

void edges_release(struct edges *x);

#endif
