/*
 * narrow.h: leaving records out of a sync, when they are checked: what whoever asked for it did not ask for.
 */
#ifndef C1Z_PACK_NARROW_H
#define C1Z_PACK_NARROW_H

#include "store.h"

/* ${types} are the types of resources that stay, with commas; NULL: all. */
struct narrow {
    bool grants, entitlements;
    const char *types;
};

/**
 * narrow_apply(n, s, e):
 * Delete from the sync in ${s} all grants if ${n}->grants; all entitlements and grants if ${n}->entitlements; and, as
 * the SDK does, resource types and resources that are not of ${n}->types, entitlements on them, and grants of these or to
 * these.  Nothing of their bytes stays in the file.  Return 0, or -1 with ${e}: EX_DATAERR for a type that the sync does
 * not have.
 */
int narrow_apply(const struct narrow *n, struct store *s, struct err *e);

#endif
