#include "tenant_group.h"

#include "object.h"
#include "piece.h"
#include "tenant.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

/* ---- reading ---- */

static int read_group(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct group *g = &t->groups.list[t->groups.n];
    struct uuid organization;
    const char *name, *description;
    json_t *object;

    *g = (struct group){0};
    if (element_uuid(e, "groupId", &g->id) || element_uuid(e, "organizationId", &organization) ||
        element_string(e, "name", true, &name) || element_string(e, "description", false, &description))
        return -1;
    g->organization = tenant_organization(t, &organization);
    if (g->organization == TENANT_NONE)
        return element_refuse(e, "organizationId", "no such organization");
    g->name = piece_copy(name, strlen(name));
    object = json_object();
    object_set(object, "groupId", object_uuid(&g->id));
    object_copy(object, e->object, (const char *const[]){"groupId", NULL});
    g->json = object_dump(object);
    return 0;
}

static int read_member(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct group_member *m = &t->groups.members[t->groups.n_members];
    struct uuid group, user;

    *m = (struct group_member){.since = t->groups.n_members};
    if (element_uuid(e, "memberId", &m->id) || element_uuid(e, "groupId", &group) || element_uuid(e, "userId", &user))
        return -1;
    m->group = tenant_group(t, &group);
    m->user = tenant_user(t, &user);
    if (m->group == TENANT_NONE)
        return element_refuse(e, "groupId", "no such group");
    return m->user == TENANT_NONE ? element_refuse(e, "userId", "no such user in this file") : 0;
}

static int read_permission(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct group_permission *p = &t->groups.permissions[t->groups.n_permissions];
    struct uuid group;
    const char *type;

    *p = (struct group_permission){0};
    if (element_uuid(e, "permissionId", &p->id) || element_uuid(e, "groupId", &group) ||
        element_string(e, "permissionType", true, &type) || tenant_read_scope(t, e, &p->scope, &p->where))
        return -1;
    p->group = tenant_group(t, &group);
    if (p->group == TENANT_NONE)
        return element_refuse(e, "groupId", "no such group");
    if (p->scope == ROLE_INSTANCE)
        return element_refuse(e, "organizationId", "a group's permission is for a workspace or an organization");
    p->rank = role_rank(type, p->scope);
    p->type = tenant_intern_type(t, type);
    return 0;
}

/* ---- order ---- */

static int group_order(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int order = strcasecmp(x->name, y->name);

    return order ? order : uuid_compare(&x->id, &y->id);
}

static int member_order(const void *a, const void *b)
{
    const struct group_member *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->since < y->since) - (x->since > y->since);
}

static int permission_order(const void *a, const void *b)
{
    const struct group_permission *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return uuid_compare(&x->id, &y->id);
}

/* ${json}, an object, with the number of members at its end. */
static char *with_count(char *json, size_t members)
{
    struct piece t = {0};

    piece_add(&t, json, strlen(json) - 1);
    piece_addf(&t, ",\"memberCount\":%zu}", members);
    free(json);
    return t.data;
}

static void place(struct groups *g)
{
    for (size_t i = g->n_members; i-- > 0;) {
        g->list[g->members[i].group].members++;
        g->list[g->members[i].group].first_member = i;
    }
    for (size_t i = g->n_permissions; i-- > 0;) {
        g->list[g->permissions[i].group].permissions++;
        g->list[g->permissions[i].group].first_permission = i;
    }
    for (size_t i = 0; i < g->n; i++)
        g->list[i].json = with_count(g->list[i].json, g->list[i].members);
}

/* An id is that of one group, and a name that of one group of an organization. */
static int check(const struct groups *g, struct tenant_problem *p)
{
    char id[UUID_TEXT_LEN + 1];

    for (size_t i = 1; i < g->n; i++)
        for (size_t k = 0; k < i; k++) {
            uuid_format(&g->list[i].id, id);
            if (uuid_compare(&g->list[i].id, &g->list[k].id) == 0)
                return element_refuse_file(p, EX_DATAERR, ".groups: id %s occurs twice", id);
            if (g->list[i].organization == g->list[k].organization && strcasecmp(g->list[i].name, g->list[k].name) == 0)
                return element_refuse_file(p, EX_DATAERR, ".groups: the name of %s occurs twice", id);
        }
    return 0;
}

int tenant_group_read(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    struct groups *g = &t->groups;

    g->list = piece_array(NULL, json_array_size(json_object_get(root, "groups")), sizeof(*g->list));
    g->members = piece_array(NULL, json_array_size(json_object_get(root, "groupMembers")), sizeof(*g->members));
    g->permissions =
        piece_array(NULL, json_array_size(json_object_get(root, "groupPermissions")), sizeof(*g->permissions));
    if (element_each(root, "groups", p, &g->n, t, read_group))
        return -1;
    qsort(g->list, g->n, sizeof(*g->list), group_order);
    if (check(g, p) || element_each(root, "groupMembers", p, &g->n_members, t, read_member) ||
        element_each(root, "groupPermissions", p, &g->n_permissions, t, read_permission))
        return -1;
    qsort(g->members, g->n_members, sizeof(*g->members), member_order);
    qsort(g->permissions, g->n_permissions, sizeof(*g->permissions), permission_order);
    place(g);
    return 0;
}

void tenant_group_release(struct groups *g)
{
    for (size_t i = 0; i < g->n; i++) {
        free(g->list[i].name);
        free(g->list[i].json);
    }
    free(g->list);
    free(g->members);
    free(g->permissions);
    *g = (struct groups){0};
}

size_t tenant_group(const struct tenant *t, const struct uuid *id)
{
    for (size_t i = 0; i < t->groups.n; i++)
        if (uuid_compare(&t->groups.list[i].id, id) == 0)
            return i;
    return TENANT_NONE;
}
