/*
 * check.h: what can only be judged when the whole input is in: duplicates, and references in any order.
 */
#ifndef C1Z_PACK_CHECK_H
#define C1Z_PACK_CHECK_H

#include "store.h"

/**
 * check_duplicates(s, kind, e):
 * Make the unique index of ${kind}.  Of records with one id the first stays if the others are stored as the same bytes;
 * else return -1 with ${e} (EX_DATAERR), naming the first line that differs and the one before it.  Return 0 otherwise.
 */
int check_duplicates(struct store *s, enum c1zdb_kind kind, struct err *e);

/**
 * check_references(s, e):
 * See that what each record refers to is in the sync: a resource's type and parent, an entitlement's resource, a
 * grant's entitlement, with that entitlement's own resource, and its principal.  The unique indexes must be there.
 * Return 0, or -1 with ${e} (EX_DATAERR): the first line that refers to nothing, and by which member.
 */
int check_references(struct store *s, struct err *e);

#endif
