/*
 * whole.h: entitlements hold the resource they are on, as files that the SDK writes do: readers' exports print its name
 * from there.
 */
#ifndef C1Z_PACK_WHOLE_H
#define C1Z_PACK_WHOLE_H

#include "store.h"

/**
 * whole_apply(s, e):
 * In every entitlement of the sync in ${s}, whose references were checked, that gives its resource by id alone, put the
 * resource as it is stored, annotations and all: so it is in the files of the SDK.  Return 0 or -1 with ${e}.
 */
int whole_apply(struct store *s, struct err *e);

#endif
