/*
 * edges.h: which entitlements give others: who holds the source of an edge holds its target too.  Entitlements are
 * numbers here.
 */
#ifndef AB_EDGES_H
#define AB_EDGES_H

#include <stddef.h>

#include "err.h"

/* The most edges. */
#define EDGES_MAX ((size_t)100000000)

struct edge {
    size_t source, target;
};

/* ${n} edges in ${list}, in any order. Begin with zeros; 16 bytes for each. */
struct edges {
    struct edge *list;
    size_t n, cap;
};

/* Add an edge. Return 0, or -1 with ${e} (EX_OSERR). */
int edges_add(struct edges *x, size_t source, size_t target, struct err *e);

/**
 * edges_spread(x, marks, n, e):
 * Of ${n} entitlements, those with a mark (not 0) in ${marks} are wanted: mark what gives them too, what gives that, and
 * so on.  All numbers in ${x} are less than ${n}.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int edges_spread(struct edges *x, unsigned char *marks, size_t n, struct err *e);

void edges_release(struct edges *x);

#endif
