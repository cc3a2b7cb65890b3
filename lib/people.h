/*
 * people.h: what a sync says about its users, beside what they are called.
 */
#ifndef AB_PEOPLE_H
#define AB_PEOPLE_H

#include <stdbool.h>

#include "arena.h"
#include "c1znames.h"
#include "c1zread.h"

/*
 * One user; a text that is not known is empty.  ${disabled}: or deleted.  ${invited}: no account yet, an invitation that nobody has taken up, to
 * hold ${role} on the ${scope}, a resource.
 */
struct person {
    const struct c1znames_resource *resource;
    struct json_str email, login, name;
    bool disabled, service, invited;
    struct json_str role;
    struct c1zread_ref scope;
};

/*
 * The ${n} users ${person}, in the order of the names' resources; their texts are in ${texts}.  ${organizations}: the
 * sync has them as a type, as those of Airbyte do, so that who is in none of them can be told.
 */
struct people {
    struct person *person;
    size_t n, cap;
    struct arena texts;
    bool organizations;
};

/**
 * people_load(p, r, sync, names, e), people_release(p):
 * Read them. Return 0, or -1 with ${e} (as c1zread_message).  Release ${p} in both cases.
 */
int people_load(
    struct people *p, struct c1zread *r, const struct c1zread_sync *sync, const struct c1znames *names, struct err *e);
void people_release(struct people *p);

/* The person that ${resource} is, or NULL if it is no user. */
const struct person *people_find(const struct people *p, const struct c1znames_resource *resource);

/*
 * What the grants of one person come to, in bits: admin of the instance, an organization, or anything else; a role in an
 * organization or the instance, or in a sync without organizations any role; any role.
 */
enum {
    PEOPLE_ADMIN_INSTANCE = 1,
    PEOPLE_ADMIN_ORGANIZATION = 2,
    PEOPLE_ADMIN_WORKSPACE = 4,
    PEOPLE_IN_ORGANIZATION = 8,
    PEOPLE_HAS_ROLE = 16
};

/* Whether ${entitlement} makes an admin: its slug is "admin", or ends in "_admin". */
bool people_is_admin(const struct c1znames_entitlement *entitlement);

/* What holding ${entitlement} says about one of ${p}. An inactive membership of a group is no role. */
unsigned people_weigh(const struct people *p, const struct c1znames_entitlement *entitlement);

#endif
