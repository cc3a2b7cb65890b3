/*
 * fillindexes.h: the indexes of v1_grants, written from the numbers that grants are.
 */
#ifndef C1Z_PACK_FILLINDEXES_H
#define C1Z_PACK_FILLINDEXES_H

#include "btree.h"
#include "grantstable.h"
#include "store.h"

/**
 * fillindexes(s, t, f, e):
 * Fill each index of ${t}, which is empty, with the grants of ${s}, in ${f}.  Return 0 or -1 with ${e}.
 */
int fillindexes(struct store *s, const struct grantstable *t, struct btree_file *f, struct err *e);

#endif
