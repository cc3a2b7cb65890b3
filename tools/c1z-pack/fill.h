/*
 * fill.h: the grants of the sync written into the table v1_grants and its indexes as pages, without SQL: that is most of
 * what there is to write.
 */
#ifndef C1Z_PACK_FILL_H
#define C1Z_PACK_FILL_H

#include "grantstable.h"
#include "store.h"

/**
 * fill_grants(s, t, e):
 * Put all grants of ${s} into the table ${t}, which is known, behind its rows; and if it was empty, into its indexes, all
 * of which are there and empty.  All that SQL changed was committed and flushed; after it, SQLite is to read the file
 * anew.  Return 0 or -1 with ${e}.
 */
int fill_grants(struct store *s, const struct grantstable *t, struct err *e);

#endif
