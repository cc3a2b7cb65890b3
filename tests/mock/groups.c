/*
 * groups.c: the endpoints of groups, reference/airbyte-api.md section 3.13. Whoever asks must be admin of the group's
 * organization, and that must be entitled to groups, in this order; of a group's own paths its existence comes first.
 */
#include "room.h"

#include <stdlib.h>
#include <string.h>

/* Whether the caller may see groups of this organization; if not the answer is made. ${problem}: in form P. */
static bool may_see(struct call *c, size_t organization, bool problem)
{
    const struct tenant *t = c->tenant;

    if (tenant_rank(t, organization) < ROLE_ADMIN) {
        if (problem)
            response_problem(c->answer, 403, "role ORGANIZATION_ADMIN is needed");
        else
            response_framework(c->answer, 403, NULL);
        return false;
    }
    if (strcmp(t->edition, "enterprise") == 0 || t->organizations[organization].has_groups)
        return true;
    response_unlicensed(c->answer, "feature-scim");
    return false;
}

/* The group that a path or a body names, or NULL with the answer made. ${text}: the id as it was sent. */
static const struct group *find_group(struct call *c, const char *text)
{
    struct uuid id;
    bool is_uuid = uuid_parse(text, &id);
    size_t i = is_uuid ? tenant_group(c->tenant, &id) : TENANT_NONE;

    if (!is_uuid) {
        room_refuse_scope(c, true);
        return NULL;
    }
    if (i == TENANT_NONE) {
        response_problem_of(c->answer, 404, "group", text);
        return NULL;
    }
    return may_see(c, c->tenant->groups.list[i].organization, true) ? &c->tenant->groups.list[i] : NULL;
}

/* The group of a public path: /groups/ID or /groups/ID/what. */
static const struct group *group_of_path(struct call *c)
{
    const char *start = strstr(c->request->path, "/groups/") + strlen("/groups/");
    char *id = piece_copy(start, strcspn(start, "/"));
    const struct group *g = find_group(c, id);

    free(id);
    return g;
}

static const struct group *group_of_body(struct call *c)
{
    return find_group(c, json_string_value(json_object_get(c->body, "groupId")));
}

/* ---- rows ---- */

static void add_member(struct piece *out, const struct tenant *t, const struct group_member *m)
{
    room_add_uuid(out, "{\"memberId\":\"", &m->id);
    room_add_uuid(out, ",\"groupId\":\"", &t->groups.list[m->group].id);
    piece_puts(out, ",");
    piece_puts(out, t->users[m->user].access);
    room_end_list(out, "},");
}

static void add_permission(struct piece *out, const struct tenant *t, const struct group_permission *p)
{
    room_add_uuid(out, "{\"permissionId\":\"", &p->id);
    room_add_uuid(out, ",\"groupId\":\"", &t->groups.list[p->group].id);
    piece_addf(out, ",\"permissionType\":%s", p->type);
    if (p->scope == ROLE_WORKSPACE)
        room_add_uuid(out, ",\"workspaceId\":\"", &t->workspaces[p->where].id);
    else
        room_add_uuid(out, ",\"organizationId\":\"", &t->organizations[p->where].id);
    piece_puts(out, "},");
}

/* ---- the public form ---- */

/* The organization that the query names, or TENANT_NONE with the answer made. */
static size_t organization_of_query(struct call *c)
{
    const char *text = form_get(&c->query, "organizationId");
    struct uuid id;
    bool is_uuid = text && uuid_parse(text, &id);
    size_t i = is_uuid ? tenant_organization(c->tenant, &id) : TENANT_NONE;

    if (!text)
        response_problem(c->answer, 400, "organizationId is needed");
    else if (i == TENANT_NONE)
        room_refuse_scope(c, !is_uuid);
    return i != TENANT_NONE && may_see(c, i, true) ? i : TENANT_NONE;
}

/* A link to another page: relative, and without the /api that it would need. */
static void add_link(struct piece *out, const char *name, const char *path, const struct room_page *p, size_t offset)
{
    piece_addf(out, ",\"%s\":\"/public/v1/groups%slimit=%zu&offset=%zu\"", name, path, p->limit, offset);
}

/* The end of a page, with its links; ${path} is what stands between "groups" and the window. */
static void end_page(struct piece *out, const char *path, const struct room_page *p, bool more)
{
    room_end_list(out, "]");
    if (more)
        add_link(out, "next", path, p, p->offset + p->limit);
    if (p->offset > 0)
        add_link(out, "previous", path, p, p->offset > p->limit ? p->offset - p->limit : 0);
    piece_puts(out, "}");
}

/* The places of an organization's groups among all, in the order of the answer, which is none. *n tells how many. */
static size_t *groups_of(const struct tenant *t, size_t organization, size_t *n)
{
    size_t *list = piece_array(NULL, t->groups.n, sizeof(*list));

    *n = 0;
    for (size_t k = 0; k < t->groups.n; k++) {
        size_t i = api_scatter(k, t->groups.n);

        if (t->groups.list[i].organization == organization)
            list[(*n)++] = i;
    }
    return list;
}

void groups_list(struct call *c)
{
    struct piece *out = &c->answer->body, path = {0};
    size_t organization, n, *list;
    struct room_page p;

    if (!room_right(c, room_page(c, &p)))
        return;
    organization = organization_of_query(c);
    if (organization == TENANT_NONE)
        return;
    list = groups_of(c->tenant, organization, &n);
    piece_puts(out, "{\"data\":[");
    for (size_t i = p.start; i < n && i - p.start < p.limit; i++)
        piece_addf(out, "%s,", c->tenant->groups.list[list[i]].json);
    room_add_uuid(&path, "?organizationId=", &c->tenant->organizations[organization].id);
    path.data[path.len - 1] = '&'; /* it was a quote */
    end_page(out, path.data, &p, p.start + p.limit < n || c->request->skew.loop);
    piece_release(&path);
    free(list);
}

void groups_get(struct call *c)
{
    const struct group *g = group_of_path(c);

    if (g)
        piece_puts(&c->answer->body, g->json);
}

/* Here the server does not look ahead: a full page has a next one, be it empty. */
void groups_members(struct call *c)
{
    const struct tenant *t = c->tenant;
    struct piece *out = &c->answer->body, path = {0};
    const struct group *g;
    struct room_page p;
    size_t n = 0;

    if (!room_right(c, room_page(c, &p)))
        return;
    g = group_of_path(c);
    if (!g)
        return;
    piece_puts(out, "{\"data\":[");
    for (size_t i = p.start; i < g->members && n < p.limit; i++, n++)
        add_member(out, t, &t->groups.members[g->first_member + i]);
    room_add_uuid(&path, "/", &g->id);
    path.data[path.len - 1] = '\0';
    path.len--;
    piece_puts(&path, "/members?");
    end_page(out, path.data, &p, n == p.limit);
    piece_release(&path);
}

static void add_permissions(struct call *c, const struct group *g, const char *member)
{
    const struct tenant *t = c->tenant;

    piece_addf(&c->answer->body, "{\"%s\":[", member);
    for (size_t i = 0; i < g->permissions; i++)
        add_permission(&c->answer->body, t, &t->groups.permissions[g->first_permission + i]);
    room_end_list(&c->answer->body, "]}");
}

void groups_permissions(struct call *c)
{
    const struct group *g = group_of_path(c);

    if (g)
        add_permissions(c, g, "data");
}

/* ---- the config form ---- */

void groups_list_config(struct call *c)
{
    const struct tenant *t = c->tenant;
    size_t organization;

    if (room_empty_list(c, tenant_organization, "groups"))
        return;
    organization = room_find(c, tenant_organization, false);
    if (organization == TENANT_NONE || !may_see(c, organization, false))
        return;
    piece_puts(&c->answer->body, "{\"groups\":[");
    for (size_t i = 0; i < t->groups.n; i++)
        if (t->groups.list[i].organization == organization)
            piece_addf(&c->answer->body, "%s,", t->groups.list[i].json);
    room_end_list(&c->answer->body, "]}");
}

void groups_get_config(struct call *c)
{
    const struct group *g = group_of_body(c);

    if (g)
        piece_puts(&c->answer->body, g->json);
}

void groups_members_config(struct call *c)
{
    const struct tenant *t = c->tenant;
    const struct group *g = group_of_body(c);

    if (!g)
        return;
    piece_puts(&c->answer->body, "{\"members\":[");
    for (size_t i = 0; i < g->members; i++)
        add_member(&c->answer->body, t, &t->groups.members[g->first_member + i]);
    room_end_list(&c->answer->body, "]}");
}

void groups_permissions_config(struct call *c)
{
    const struct group *g = group_of_body(c);

    if (g)
        add_permissions(c, g, "permissions");
}
