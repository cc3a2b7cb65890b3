/*
 * endpoint.h: the calls of the Airbyte API that are made (reference airbyte-api.md section 3), one row of a table each.
 */
#ifndef AB_FETCH_ENDPOINT_H
#define AB_FETCH_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "baseurl.h"
#include "buf.h"
#include "scope.h"

/* The two APIs: each has its own base URL and its own number of calls at a time. */
enum api { API_PUBLIC, API_CONFIG, API_COUNT };

/* What a call is for. */
enum purpose {
    FOR_LIST,   /* lists a resource under its parent: made for each parent met in the stream */
    FOR_SEARCH, /* lists a resource wherever it stands (survey.h) */
    FOR_LOOKUP, /* finds one by its id */
    FOR_DETOUR, /* lists it another way, where the list is refused */
};

/*
 * One call.  In ${path}, ${body} and ${role}, {organizationId}, {groupId}, {workspaceId} and {userId} stand for the ids
 * of the scope in which it is made.
 *   resource  what its rows are
 *   purpose   at most one row of the table is FOR_LIST of a resource
 *   instead   of a detour: the resource whose list it stands for
 *   about     of a look-up: the level of the id that is looked up
 *   body      NULL for a GET, else the JSON body of a POST
 *   paged     asked for with limit and offset, until a page is empty or says that it is the last; or, for a POST, with the
 *             token that the page before gave
 *   rows      the member of the answer that is the array of rows; "" if the answer is the array; NULL if it is the row
 *   next      of a paged list: the member of the answer that is a string, not empty, if there is another page.  Of a list
 *             that is not paged: the member that would say so if a later server cut it into pages, which is 76
 *   parent_id the member of a row that holds the id of the resource's parent, where that is wanted; or NULL
 *   since     the body has the time from which on rows are wanted, where there is one
 *   members   the only members of a row that may pass, and only with a scalar value, "a.b" for member b of the object a;
 *             NULL: the whole row passes
 *   more      members that may pass besides where that is asked for; or NULL
 *   own       made with the caller's own id, as {userId}
 *   admins    made only where the caller's roles show that he is an instance admin
 *   role      the role without which the server refuses the call; NULL: any valid token will do
 *
 * What always holds (tests/unit/ab-fetch/table.c):
 * 1. At most one row of the table is FOR_LIST of a resource; every resource that is not computed and has children is.
 * 2. The ids that ${path}, ${body} and ${role} name are borne by the resource, or it is a look-up or ${own}.
 * 3. A paged call has ${rows} and ${next}; the members that may pass hold the id and the parent's.
 * 4. ${parent_id} is there only for a resource whose parent opens a level.
 */
struct endpoint {
    enum resource resource;
    enum purpose purpose;
    enum resource instead;
    enum level about;
    enum api api;
    const char *path;
    const char *body;
    bool paged, since;
    const char *rows;
    const char *next;
    const char *parent_id;
    const char *const *members, *const *more;
    bool own, admins;
    const char *role;
};

/* The table, of ${endpoint_count} rows. */
extern const struct endpoint endpoint_table[];
extern const size_t endpoint_count;

/* The row of ${resource} and ${purpose}, or NULL. */
const struct endpoint *endpoint_find(enum resource resource, enum purpose purpose);

/* The other way to ask for what ${ep} lists, or NULL; it may have rows of another resource. */
const struct endpoint *endpoint_detour(const struct endpoint *ep);

/* The call for the caller's own roles, and the one for those of a user in an organization. */
const struct endpoint *endpoint_own_roles(void);
const struct endpoint *endpoint_member_roles(void);

/* Which part of a list is asked for: ${limit} rows from ${offset} on, or behind ${token}; since ${since}. NULL: not said. */
struct endpoint_part {
    unsigned limit;
    uint64_t offset;
    const char *token, *since;
};

/* Append the URL of a call; append the body of a POST. */
void endpoint_url(struct buf *out, const struct endpoint *ep, const struct baseurl *base, const struct scope *scope,
    const struct endpoint_part *part);
void endpoint_body(
    struct buf *out, const struct endpoint *ep, const struct scope *scope, const struct endpoint_part *part);

/* Append the call in words: "POST /users/list_by_organization_id (config API) for organization X". */
void endpoint_describe(struct buf *out, const struct endpoint *ep, const struct scope *scope);

/* Append the role that it needs: "organization_member on organization X". Nothing without ${ep}->role. */
void endpoint_role(struct buf *out, const struct endpoint *ep, const struct scope *scope);

/* Append the table for people to read. */
void endpoint_print(struct buf *out);

#endif
