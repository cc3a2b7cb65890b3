/*
 * check.h: what can only be judged when the whole input is in: duplicates, and references in any order.
 */
#ifndef C1Z_PACK_CHECK_H
#define C1Z_PACK_CHECK_H

#include "store.h"

/**
 * check_duplicates(s, kind, e):
 * Make the unique index of ${kind}, which is not that of grants (twins.h).  Of records with one id the first stays if the others are stored as the same bytes;
 * else return -1 with ${e} (EX_DATAERR), naming the first line that differs and the one before it.  Return 0 otherwise.
 */
int check_duplicates(struct store *s, enum kind kind, struct err *e);

/**
 * check_references(s, finished, e):
 * See that what each record refers to is in the sync: a resource's type and parent, an entitlement's resource, a
 * grant's entitlement, with that entitlement's own resource, and its principal.  The unique indexes must be there.
 * Return 0, or -1 with ${e} (EX_DATAERR): the first line that refers to nothing, and by which member.
 *
 * With ${finished}, the input is a sync that some writer finished before: a parent or a principal that it lacks is only
 * warned about (the Go connector leaves out both, reference/baton-model.md section 5.8, and readers cope).
 */
int check_references(struct store *s, bool finished, struct err *e);

#endif
