#include "tenant_invitation.h"

#include "object.h"
#include "piece.h"
#include "tenant.h"

#include <stdlib.h>
#include <string.h>

/* Times that the file does not give. */
#define TIME_DEFAULT 1790000000

static int read_scope(struct tenant *t, const struct element *e, struct invitation *i)
{
    const char *type;
    struct uuid id;

    if (element_string(e, "scopeType", true, &type) || element_uuid(e, "scopeId", &id))
        return -1;
    i->scope = strcmp(type, "workspace") == 0 ? ROLE_WORKSPACE : ROLE_ORGANIZATION;
    if (i->scope == ROLE_ORGANIZATION && strcmp(type, "organization") != 0)
        return element_refuse(e, "scopeType", "expected organization or workspace");
    i->where = i->scope == ROLE_WORKSPACE ? tenant_workspace(t, &id) : tenant_organization(t, &id);
    return i->where == TENANT_NONE ? element_refuse(e, "scopeId", "no such one in this file") : 0;
}

/* The object with what the file says, and what it leaves out made up. */
static json_t *make_object(const struct element *e, const char *status)
{
    json_t *o = json_object();

    object_copy(o, e->object, (const char *const[]){"inviteCode", NULL});
    object_set(o, "status", json_string(status));
    if (!json_object_get(o, "createdAt"))
        object_set(o, "createdAt", json_integer(TIME_DEFAULT));
    if (!json_object_get(o, "updatedAt"))
        object_set(o, "updatedAt", json_integer(TIME_DEFAULT));
    return o;
}

static int read_invitation(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct invitation *i = &t->invitations.list[t->invitations.n];
    const char *email, *role, *status, *code;
    struct uuid id, inviter;
    json_t *object;

    *i = (struct invitation){0};
    if (element_uuid(e, "id", &id) || element_uuid(e, "inviterUserId", &inviter) ||
        element_string(e, "invitedEmail", true, &email) || element_string(e, "permissionType", true, &role) ||
        element_string(e, "status", false, &status) || element_string(e, "inviteCode", false, &code) ||
        read_scope(t, e, i))
        return -1;
    i->pending = !status || strcmp(status, "pending") == 0;
    object = make_object(e, status ? status : "pending");
    i->json = object_dump(json_deep_copy(object));
    object_set(object, "inviteCode",
        code ? json_string(code) : json_sprintf("SECRET-INVITE-%08x", (unsigned)uuid_hash(&id, 80)));
    i->json_code = object_dump(object);
    return 0;
}

int tenant_invitation_read(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    size_t n = json_array_size(json_object_get(root, "invitations"));

    t->invitations.list = piece_array(NULL, n, sizeof(*t->invitations.list));
    return element_each(root, "invitations", p, &t->invitations.n, t, read_invitation);
}

void tenant_invitation_release(struct invitations *i)
{
    for (size_t k = 0; k < i->n; k++) {
        free(i->list[k].json);
        free(i->list[k].json_code);
    }
    free(i->list);
    *i = (struct invitations){0};
}
