/*
 * caveats.h: what is to be said of roles that are not what they seem (reference/airbyte-api.md section 4.3).
 */
#ifndef AB_CAVEATS_H
#define AB_CAVEATS_H

#include <stdbool.h>

#include "buf.h"
#include "c1znames.h"

/* What one person holds on one resource, in bits, as far as there is something to say. */
enum { CAVEAT_SOURCE_EDITOR = 1, CAVEAT_DESTINATION_EDITOR = 2, CAVEAT_HIGHER = 4, CAVEAT_INACTIVE = 8 };

/* The bit of ${entitlement}, or 0. */
unsigned caveats_of(const struct c1znames_entitlement *entitlement);

/* Whether ${entitlement} is one of two roles, among those of ${held}, of which the server counts one by chance. */
bool caveats_undecided(unsigned held, const struct c1znames_entitlement *entitlement);

/* Append "undecided":true and "inactive":true, a comma before each, as far as it is so. */
void caveats_json(struct buf *out, unsigned held, const struct c1znames_entitlement *entitlement);

#define CAVEAT_ON_CHANCE "Of source editor and destination editor the server counts one only, and does not say which."
#define CAVEAT_ON_INACTIVE "An inactive member has nothing from the group: no role of his own in its organization."

#endif
