/*
 * holders.h: who holds the entitlements of a graph, as numbers: the sets by which grants are expanded.
 *
 * They lie in a temporary table, which SQLite sorts and keeps on disk beyond its cache.  In memory are the holders of
 * one entitlement at a time, 16 bytes each, and those of the ones asked for last, at most HOLDERS_KEPT in all.
 */
#ifndef C1Z_PACK_HOLDERS_H
#define C1Z_PACK_HOLDERS_H

#include "graph.h"
#include "principals.h"
#include "store.h"

/* 32 MiB. */
#define HOLDERS_KEPT ((size_t)2 << 20)

/*
 * One grant to ${principal}.  ${direct}: held directly, not only through other entitlements.  ${plain}: the message has
 * type and id of its principal and no more.  ${row}: the row whose message has the principal as the grants that follow
 * have it; the grant's own, but for one that expansion made.
 */
struct holder {
    uint32_t principal;
    bool direct, plain;
    int64_t row;
};

/* ${len} holders of one entitlement, ordered by principal, then row. */
struct holder_list {
    struct holder *list;
    size_t len, cap;
};

/* ${kept} has a list for each node, empty where none is kept, ${n_kept} holders in all; ${scratch} is the one read last. */
struct holders {
    struct c1zdb *db;
    sqlite3_stmt *add, *read;
    struct holder_list *kept;
    size_t n_nodes, n_kept;
    struct holder_list scratch;
};

/**
 * holders_open(h, s, g, p, total, e):
 * Find the holders of all nodes of ${g} among the grants of the sync in ${s}, whose principals are ${p}.  ${*total} is
 * how many grants they get over all edges, one step far: about what expansion will make.  Return 0 or -1 with ${e}.
 * holders_release may always be called on a struct that was of zeros.
 */
int holders_open(
    struct holders *h, struct store *s, const struct graph *g, struct principals *p, uint64_t *total, struct err *e);
void holders_release(struct holders *h);

/* Add a holder that expansion made. Not for a node that was asked for with ${keep}. */
int holders_add(struct holders *h, uint32_t node, const struct holder *holder, struct err *e);

/**
 * holders_of(h, node, keep, list, e):
 * The holders of ${node}, valid until the next call; with ${keep}, it will be asked for again and gets none besides.
 * Return 0 or -1 with ${e}.
 */
int holders_of(struct holders *h, uint32_t node, bool keep, const struct holder_list **list, struct err *e);

#endif
