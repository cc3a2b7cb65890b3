/*
 * c1znames.h: what the things of a sync are called, for output that shows names beside ids.
 *
 * Resource types, resources and entitlements are held in memory, about 100 bytes each and their texts; grants are not.
 */
#ifndef AB_C1ZNAMES_H
#define AB_C1ZNAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "c1zread.h"
#include "err.h"

/* A resource type: ${name} is its display name, or its id where it has none; ${user} says that it has TRAIT_USER. */
struct c1znames_type {
    struct json_str id, name;
    bool user;
};

/* A resource: ${ref} is its id, ${name} its display name, or the id where it has none.  ${type} is NULL if it is not in
   the sync; ${parent} is empty if it has none.  ${missing}: it stands in for one that the sync does not have
   (missing.h); none of the names is. */
struct c1znames_resource {
    struct c1zread_ref ref, parent;
    struct json_str name;
    const struct c1znames_type *type;
    bool missing;
};

/* An entitlement: the resource it is on, its id, its display name (or slug, or id), its slug (or the id's last part).
   ${missing} as above. */
struct c1znames_entitlement {
    struct c1zread_ref on;
    struct json_str id, name, slug;
    bool missing;
};

/*
 * 1. Each of the three arrays is in the order of c1zread_compare.
 * 2. All texts are in ${texts}.
 */
struct c1znames {
    struct c1znames_type *types;
    struct c1znames_resource *resources;
    struct c1znames_entitlement *entitlements;
    size_t n_types, n_resources, n_entitlements;
    struct arena texts;
};

/**
 * c1znames_load(n, r, sync, e):
 * Read what is called how in ${sync} of ${r}.  Return 0, or -1 with ${e} (as c1zread_message).  c1znames_release may be
 * called after both, and on a struct of zeros.
 */
int c1znames_load(struct c1znames *n, struct c1zread *r, const struct c1zread_sync *sync, struct err *e);
void c1znames_release(struct c1znames *n);

/* Find one of them, or NULL where the sync does not have it. */
const struct c1znames_type *c1znames_type(const struct c1znames *n, struct json_str id);
const struct c1znames_resource *c1znames_resource(const struct c1znames *n, const struct c1zread_ref *ref);
const struct c1znames_entitlement *c1znames_entitlement(
    const struct c1znames *n, const struct c1zread_ref *on, struct json_str id);

/* How many resources are of the type ${type}; of a type with TRAIT_USER. */
size_t c1znames_of_type(const struct c1znames *n, struct json_str type);
size_t c1znames_users(const struct c1znames *n);

/* The last part of the id of an entitlement on ${on}, behind its resource's type and id, or all of it. */
struct json_str c1znames_slug(const struct c1zread_ref *on, struct json_str id);

/**
 * c1znames_type_name(n, id, a), c1znames_resource_name(n, ref, a), c1znames_entitlement_name(n, on, id, a):
 * What to show for it: its name, or what the real reader shows for a missing one, "MISSING RESOURCE (type:id)", made in
 * ${a}.
 */
struct json_str c1znames_type_name(const struct c1znames *n, struct json_str id, struct arena *a);
struct json_str c1znames_resource_name(const struct c1znames *n, const struct c1zread_ref *ref, struct arena *a);
struct json_str c1znames_entitlement_name(
    const struct c1znames *n, const struct c1zread_ref *on, struct json_str id, struct arena *a);

#endif
