/*
 * traits.h: resources that their type says are users, without saying anything of them.
 */
#ifndef C1Z_PACK_TRAITS_H
#define C1Z_PACK_TRAITS_H

#include "store.h"

/**
 * traits_check(s, e):
 * Warn, once, if resources of a type with TRAIT_USER in the sync of ${s} have no UserTrait: the SDK's own runtime refuses
 * them, and readers' exports leave them out.  Return 0 or -1 with ${e}.
 */
int traits_check(struct store *s, struct err *e);

#endif
