/*
 * hidden.h: resources that the stream does not have, but that it names: a gap says why.
 */
#ifndef C1Z_PACK_HIDDEN_H
#define C1Z_PACK_HIDDEN_H

#include "gaplist.h"
#include "store.h"

/**
 * hidden_add(s, gaps, e):
 * Add the resources that entitlements, or those of grants, are on, that the sync in ${s} lacks, and that one of
 * ${gaps} may hide: of a type in the sync, with a gap of this kind or of that of a parent that its other resources
 * have.  Such a one has an id and that for its name, and no parent.  Of its entitlements, those that grants name are
 * added: like one of the same slug on another resource of the type, where there is one.  The row of what is added has
 * the line of the record that named it first.
 *
 * Return how many resources were added, after a warning if there are any, or -1 with ${e}.  The unique indexes must be
 * there.
 */
int64_t hidden_add(struct store *s, const struct gaplist *gaps, struct err *e);

#endif
