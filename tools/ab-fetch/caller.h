/*
 * caller.h: what the owner of the token may do, as far as his own roles tell: asked once, for it decides what is a gap.
 *
 * Roles that he has through groups do not show (reference airbyte-api.md section 3.9), and servers before 0.63 do not tell
 * any.  What is not known counts as not held.
 */
#ifndef AB_FETCH_CALLER_H
#define AB_FETCH_CALLER_H

#include "engine.h"

/*
 * ${call}: the question, NULL before it is asked and after it was answered.  ${known}: it was answered or refused, or
 * there is no need to ask.  ${asked}: it was.  ${told}: it was answered.  ${id}: his, NULL if it is not known.
 * ${organizations}: those of which he may read all.  ${held}: all organizations and workspaces in which he holds a role,
 * in the order told.
 */
struct caller {
    struct call *call;
    struct known unused;
    bool known, asked, told, admin;
    char *id;
    struct ids organizations;
    struct known held;
};

/* ${ask}: whether it matters in this run. */
void caller_init(struct caller *c, bool ask);
void caller_release(struct caller *c);

/* Ask, or take the answer. Return whether something has happened, or -1 with ${e}. */
int caller_advance(struct caller *c, struct engine *g, struct err *e);

/* Whether the roles below are known by now. */
bool caller_known(const struct caller *c);

/* His id is wanted as well: see to it that he is asked about. NULL if it is not known, or not yet (caller_known). */
const char *caller_id(struct caller *c);

/* Whether the server has told his roles. If not, he may be an instance admin for all that is known. */
bool caller_told(const struct caller *c);

/* Whether he is an instance admin. */
bool caller_is_admin(const struct caller *c);

/* Whether he may read all of an organization: as an instance admin, or with a role there that is at least a reader's. */
bool caller_reads(struct caller *c, const char *organization);

#endif
