/*
 * missing.h: what the grants of a sync name and the sync does not have: resources and entitlements that stand in for
 * them, so that whoever holds such a grant is not passed over.
 */
#ifndef AB_MISSING_H
#define AB_MISSING_H

#include <stddef.h>

#include "arena.h"
#include "c1znames.h"

/* The ${n} resources ${resources}, in the order in which they were met, each once.  Begin with missing_init. */
struct missing {
    const struct c1znames_resource **resources;
    size_t n, cap;
    void *by_ref, *by_id;
    struct arena texts;
};

void missing_init(struct missing *m);
void missing_release(struct missing *m);

/**
 * missing_resource(m, names, ref), missing_entitlement(m, on, id):
 * What stands in for ${ref}, and for ${id} on ${on}, which ${names} do not have: called by the id, and ${missing}.  The
 * same for the same, and where it is until ${m} is released.  NULL if there is no memory.
 */
const struct c1znames_resource *missing_resource(
    struct missing *m, const struct c1znames *names, const struct c1zread_ref *ref);
const struct c1znames_entitlement *missing_entitlement(
    struct missing *m, const struct c1zread_ref *on, struct json_str id);

#endif
