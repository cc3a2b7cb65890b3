/*
 * invitations.c: the endpoint of pending invitations, reference/airbyte-api.md section 3.14.
 */
#include "room.h"

#include <string.h>

/* Whether the caller may see the invitations to a place: as reader of it or of its organization. */
static bool may_see(const struct tenant *t, enum role_scope scope, size_t where)
{
    if (scope == ROLE_ORGANIZATION)
        return tenant_rank(t, where) >= ROLE_READER;
    return tenant_reads(t, &t->workspaces[where]);
}

/* A bare array of those to this very place. Servers before RELEASE_HEAD tell the code of each. */
static void add_pending(struct call *c, enum role_scope scope, size_t where)
{
    const struct invitations *all = &c->tenant->invitations;

    piece_puts(&c->answer->body, "[");
    for (size_t i = 0; i < all->n; i++) {
        const struct invitation *one = &all->list[i];

        if (one->pending && one->scope == scope && one->where == where)
            piece_addf(&c->answer->body, "%s,", c->tenant->release < RELEASE_HEAD ? one->json_code : one->json);
    }
    room_end_list(&c->answer->body, "]");
}

void invitations_list(struct call *c)
{
    const char *type = json_string_value(json_object_get(c->body, "scopeType"));
    enum role_scope scope = strcmp(type, "workspace") == 0 ? ROLE_WORKSPACE : ROLE_ORGANIZATION;
    size_t where = TENANT_NONE;

    if (!c->has_id || (scope == ROLE_ORGANIZATION && strcmp(type, "organization") != 0)) {
        response_error_id(c->answer, 400);
        return;
    }
    where = scope == ROLE_WORKSPACE ? tenant_workspace(c->tenant, &c->id) : tenant_organization(c->tenant, &c->id);
    if (where == TENANT_NONE && c->tenant->caller_admin)
        piece_puts(&c->answer->body, "[]");
    else if (where == TENANT_NONE || !may_see(c->tenant, scope, where))
        response_framework(c->answer, 403, NULL);
    else
        add_pending(c, scope, where);
}
