/*
 * btree_old.h: the tree of a table that has rows already, as it comes from outside: its pages, without its rows.
 */
#ifndef AB_BTREE_OLD_H
#define AB_BTREE_OLD_H

#include "btree_page.h"

/*
 * A page of a tree, and its greatest row id (of the rows of old leaves: or one that is greater, but less than those
 * after it).
 */
struct btree_child {
    int64_t id;
    uint32_t page;
};

/* Pages one after the other. */
struct btree_children {
    struct btree_child *data;
    size_t n, cap;
};

/* Add a page behind the others. Return 0, or -1 with ${e} (EX_OSERR). */
int btree_children_add(struct btree_children *c, int64_t id, uint32_t page, struct err *e);
void btree_children_release(struct btree_children *c);

/* The row id of cell ${i} of a leaf of a table in ${*id}. Return 0, or -1 with ${e} (EX_DATAERR). */
int btree_old_id(const struct btree_page *leaf, const struct btree_file *f, uint32_t i, int64_t *id, struct err *e);

/**
 * btree_old_read(f, root, leaves, inner, first, e):
 * Read the tree whose root is the inner page ${root}, which is taken: its leaves in order, its other inner pages (with
 * ids that say nothing), and its least row id.  Return 0, or -1 with ${e} as btree_table_begin; what the two hold is to
 * be released in either case.
 */
int btree_old_read(struct btree_file *f, uint32_t root, struct btree_children *leaves, struct btree_children *inner,
    int64_t *first, struct err *e);

#endif
