/*
 * why.h: why somebody holds an entitlement: by himself, or because he holds another one, and so on down the chain.
 *
 * The sources of a grant name the entitlements that it comes from (reference/c1z-format.md section 8.3): the immediate
 * ones, which the same principal holds by grants that have sources of their own.
 */
#ifndef AB_WHY_H
#define AB_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "c1znames.h"
#include "c1zread.h"
#include "edges.h"
#include "err.h"
#include "missing.h"

/*
 * The most grants that are held, sources of one grant, steps of a chain, chains that are given for one grant, and steps
 * that are tried for them: where sources name each other in circles there are more ways than could ever be walked.
 */
#define WHY_GRANTS_MAX ((size_t)100000000)
#define WHY_SOURCES_MAX 4096
#define WHY_STEPS_MAX 32
#define WHY_CHAINS_MAX 64
#define WHY_TRIED_MAX 20000

/* An entitlement whose holders, or with ${own} those alone who hold it by themselves, have what a grant gives, too. */
struct why_carrier {
    const struct c1znames_entitlement *entitlement;
    bool own;
};

/*
 * A grant: ${entitlement} to ${principal}, both of the names or, if they are missing, of the why's ${missing}.  ${own}:
 * it is held by itself.  ${n_sources} entitlements from ${sources} on, in the why's array, are others that it comes
 * from.  ${n_carriers} from ${carriers} on, in the why's array of these, are those whose holders have it too because the
 * principal has (GrantExpandable, of this grant or of those that it comes from): none if the principal alone holds it,
 * and none are known but of grants that are loaded as those to a wanted resource.
 */
struct why_grant {
    const struct c1znames_resource *principal;
    const struct c1znames_entitlement *entitlement;
    uint32_t sources, n_sources, carriers, n_carriers; /* WHY_GRANTS_MAX in all */
    bool own;
};

/*
 * What to load: the grants to ${principal}; those that are on ${resource}, what they come from, and those to it, with
 * what these come from; or, with neither, all.  With ${bare} no sources are read, which is a good deal faster.  With
 * ${missing} grants whose principal or entitlement the sync does not have are loaded too.
 */
struct why_want {
    const struct c1znames_resource *principal, *resource;
    bool bare, missing;
};

/*
 * The ${n} grants ${grants}, in the order of their principal and then their entitlement as places in the names, or in
 * memory.  ${unknown} counts those wanted whose principal or entitlement the sync does not have; unless ${missing} ones
 * are wanted, these are not among them.  ${edges} are those of the grants that expand, by places in the names, as far as
 * they were needed.
 */
struct why {
    const struct c1znames *names;
    struct why_grant *grants;
    size_t n, cap;
    const struct c1znames_entitlement **sources;
    size_t n_sources, sources_cap;
    struct why_carrier *carriers;
    size_t n_carriers, carriers_cap;
    uint64_t unknown;
    struct missing missing;
    struct edges edges;
};

/**
 * why_load(w, r, sync, names, want, e), why_release(w):
 * Load the grants of ${sync} of ${r} that are wanted; ${names} are that sync's and outlive ${w}.  Return 0, or -1 with
 * ${e} (as c1zread_message; EX_OSERR).  Release ${w} in both cases.
 */
int why_load(struct why *w, struct c1zread *r, const struct c1zread_sync *sync, const struct c1znames *names,
    const struct why_want *want, struct err *e);
void why_release(struct why *w);

/* The place of ${entitlement}, which is not missing, among the names. */
static inline size_t why_place(const struct why *w, const struct c1znames_entitlement *entitlement)
{
    return (size_t)(entitlement - w->names->entitlements);
}

/* Whether ${source} gives ${target} only to those who hold it by themselves, as far as the edges are known. */
bool why_is_shallow(
    const struct why *w, const struct c1znames_entitlement *source, const struct c1znames_entitlement *target);

/* The order of grants, for qsort and bsearch. */
int why_compare(const void *a, const void *b);

/* The grant of ${entitlement} to ${principal} among those loaded, or NULL. */
const struct why_grant *why_find(
    const struct why *w, const struct c1znames_resource *principal, const struct c1znames_entitlement *entitlement);

/* The grants to ${principal}: the first of them, and how many in ${*n}. */
const struct why_grant *why_of(const struct why *w, const struct c1znames_resource *principal, size_t *n);

/**
 * why_chains(w, grant, each, arg, e):
 * Call ${each} for every chain of reasons for ${grant}: ${n} entitlements ${steps}, each of which gives the one before
 * it (the first gives ${grant}'s), the last held by itself; ${n} is 0 where ${grant} itself is.  No entitlement comes
 * twice in a chain, and none is followed by another that gives it only to those who hold that by themselves.  Return 0;
 * 1 if there are more, or may be, than were given (WHY_CHAINS_MAX, WHY_TRIED_MAX; the shortest first then); or -1 as
 * soon as ${each} does.
 */
typedef int why_each(void *arg, const struct c1znames_entitlement *const *steps, size_t n, struct err *e);
int why_chains(const struct why *w, const struct why_grant *grant, why_each *each, void *arg, struct err *e);

#endif
