/*
 * holders.h: who holds the entitlements of a graph, as numbers: the sets by which grants are expanded.
 *
 * Each is 16 bytes, in a stash (stash.h): in memory up to HOLDERS_IN_MEMORY, beyond that in a file.
 */
#ifndef C1Z_PACK_HOLDERS_H
#define C1Z_PACK_HOLDERS_H

#include "grants.h"
#include "graph.h"
#include "principals.h"

#define HOLDERS_IN_MEMORY ((size_t)32 << 20)

/*
 * One grant to the principal at place ${principal}.  ${direct}: held directly, not only through other entitlements.
 * ${plain}: the message has type and id of its principal and no more.  ${grant}: the grant whose message has the
 * principal as the grants that follow have it; its own, but for one that expansion made.
 */
struct holder {
    uint32_t principal;
    bool direct, plain;
    uint64_t grant;
};

/* ${n} holders of one node in the stash, from holder number ${at} on, ordered by principal, then grant. */
struct holder_range {
    uint64_t at;
    uint32_t n;
};

/* ${of} has a range for each of the ${n_nodes} nodes; ${node} is that of each entitlement of the grants, or NAMES_NONE. */
struct holders {
    struct stash stash;
    struct holder_range *of;
    size_t n_nodes;
    uint32_t *node;
};

/**
 * holders_open(h, g, graph, p, dir, e):
 * Find the holders of all nodes of ${graph} among the grants ${g}, whose principals are ${p}.  Files go to ${dir}.
 * Return 0 or -1 with ${e}.  holders_close may always be called on a struct that was of zeros.
 */
int holders_open(struct holders *h, struct grants *g, const struct graph *graph, const struct principals *p,
    const char *dir, struct err *e);
void holders_close(struct holders *h);

/* The holders of ${node}, ${*n} of them, valid until the next call; NULL with ${e} on failure. */
const struct holder *holders_of(struct holders *h, uint32_t node, size_t *n, struct err *e);

/* Make ${list} of ${n}, in order, the holders of ${node}. Return 0 or -1 with ${e}. */
int holders_set(struct holders *h, uint32_t node, const struct holder *list, size_t n, struct err *e);

#endif
