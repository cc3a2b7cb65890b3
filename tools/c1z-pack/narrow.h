/*
 * narrow.h: leaving records out of a sync, when they are checked: what whoever asked for it did not ask for.
 */
#ifndef C1Z_PACK_NARROW_H
#define C1Z_PACK_NARROW_H

#include "gaplist.h"
#include "store.h"

/* ${types} are the types of resources that stay, with commas; NULL: all. */
struct narrow {
    bool grants, entitlements;
    const char *types;
};

/**
 * narrow_apply(n, s, left_out, e):
 * Delete from the sync in ${s} all grants if ${n}->grants; all entitlements and grants if ${n}->entitlements; and, as
 * the SDK does, resource types and resources that are not of ${n}->types, entitlements on them, and grants of these or to
 * these.  Nothing of their bytes stays in the file.  Of what was there and is not any more, ${left_out} gets notes: of
 * grants, entitlements, and resource types with all that is of them, which are not named.  Return 0, or -1 with ${e}:
 * EX_DATAERR for a type that the sync does not have.
 */
int narrow_apply(const struct narrow *n, struct store *s, struct gaplist *left_out, struct err *e);

#endif
