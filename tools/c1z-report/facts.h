/*
 * facts.h: what a sync says, as the data of the page.
 */
#ifndef C1Z_REPORT_FACTS_H
#define C1Z_REPORT_FACTS_H

#include "out.h"
#include "sides.h"

/**
 * facts_put(out, side, e):
 * Write the first members of an object, and not its closing brace:
 *     file, sync {id, type, started, ended, whole}
 *     caveats {chance, inactive}: what is said of roles that are not what they seem, as of caveats.h
 *     types         [id, name, user] each: user is 1 where resources of it are people, or left out
 *     resources     [type, id, name, parent]: the place of the parent among them, -1 for none, "type:id" if it is missing
 *     people        [resource, name, e-mail, login, state, standing, role, scope]: state is 1 disabled, 2 service account,
 *                   4 invitation, added up; standing the bits of people_weigh; role and scope are an invitation's
 *     entitlements  [resource, id, slug, admin, caveats]: the resource is a place, or "type:id" if it is missing; admin
 *                   is 1 or 0, caveats the bits of caveats_of; 0 is left out where it is last
 *     grants        [principal, entitlement, chains, more]: chains as of why_chains, of entitlements; where they are
 *                   left out it is held by itself and for no other reason; more is 1 if there are further ones
 *     unknown       how many more there are, which name things that the sync does not have
 *     strays        these, as of strays_put
 *     gaps          in words
 *     notes         [words, refused]: refused is 1 for what may be there and was not shown, or left out
 *     leftOut       the kinds of records that were left out of the sync on purpose
 *     adminsRefused whether one of these says so of the instance's admins
 * Return 0, or -1 with ${e} (as people_load, why_load, c1zmanifest_read; EX_IOERR, EX_OSERR).
 */
int facts_put(struct out *out, struct side *side, struct err *e);

#endif
