/*
 * configapi.c: the config API, /api/v1.
 */
#include "room.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- section 3.2 ---- */

static void get_organization(struct call *c)
{
    size_t i = room_find(c, tenant_organization, c->tenant->release >= RELEASE_HEAD);
    const struct organization *o;

    if (i == TENANT_NONE)
        return;
    o = &c->tenant->organizations[i];
    if (tenant_rank(c->tenant, i) >= ROLE_MEMBER || (c->tenant->release >= RELEASE_HEAD && o->has_guest))
        piece_puts(&c->answer->body, o->json);
    else if (c->tenant->release >= RELEASE_HEAD)
        response_problem(c->answer, 403, "access to the organization is needed");
    else
        response_framework(c->answer, 403, NULL);
}

/* Whether the caller may ask about user ${i}: instance admins may ask about everyone, others about themselves. */
static bool may_ask_about(struct call *c, size_t i)
{
    if (c->tenant->caller_admin || i == c->tenant->caller)
        return true;
    response_framework(c->answer, 403, NULL);
    return false;
}

/* The organizations in which the user holds a role. */
static void list_users_organizations(struct call *c)
{
    size_t user = room_find(c, tenant_user, false);
    const struct tenant *t = c->tenant;

    if (user == TENANT_NONE || !may_ask_about(c, user))
        return;
    piece_puts(&c->answer->body, "{\"organizations\":[");
    for (size_t i = 0; i < t->n_permissions; i++) {
        const struct permission *p = &t->permissions[i];

        if (p->user != user || p->scope != ROLE_ORGANIZATION)
            continue;
        piece_puts(&c->answer->body, t->organizations[p->where].json);
        piece_puts(&c->answer->body, ",");
    }
    room_end_list(&c->answer->body, "]}");
}

/* ---- section 3.10 ---- */

static void list_users_permissions(struct call *c)
{
    size_t user = room_find(c, tenant_user, false);
    const struct tenant *t = c->tenant;

    if (user == TENANT_NONE || !may_ask_about(c, user))
        return;
    piece_puts(&c->answer->body, "{\"permissions\":[");
    for (size_t i = 0; i < t->n_permissions; i++)
        if (t->permissions[i].user == user) {
            room_add_permission(&c->answer->body, "", t, &t->permissions[i]);
            piece_puts(&c->answer->body, ",");
        }
    room_end_list(&c->answer->body, "]}");
}

/* ---- section 3.5 ---- */

/* Read the paging object. Without one all rows are the page. Return whether there can be an answer; if not it is made. */
static bool read_page(struct call *c, struct room_page *p)
{
    const json_t *page = json_object_get(c->body, "pagination");
    const json_t *size = json_object_get(page, "pageSize"), *offset = json_object_get(page, "rowOffset");

    *p = (struct room_page){.limit = SIZE_MAX};
    if (!page)
        return true;
    if (!json_is_integer(size) || !json_is_integer(offset)) {
        /* One of the two missing is a null dereference. */
        response_error_id(c->answer, 500);
        return false;
    }
    if (json_integer_value(size) < 0 || json_integer_value(offset) < 0) {
        response_known(c->answer, 409, "LIMIT and OFFSET must not be negative");
        return false;
    }
    *p = (struct room_page){.limit = (size_t)json_integer_value(size), .offset = (size_t)json_integer_value(offset)};
    room_skew(c, p);
    return true;
}

/* Whether ${name} contains ${part}, letters of ASCII in either case. */
static bool contains(const char *name, const char *part)
{
    return !part || strcasestr(name, part) != NULL;
}

/*
 * Whether the caller is refused the list, which depends on the release: up to 1.7 nobody was, 1.8 asked for a role, and
 * since 2.0 there is no refusal, but each caller sees what he can read.
 */
static bool is_refused(struct call *c, size_t organization)
{
    if (c->tenant->release != RELEASE_1_8 || c->tenant->caller_admin ||
        (organization != TENANT_NONE && tenant_rank(c->tenant, organization) >= ROLE_READER))
        return false;
    response_framework(c->answer, 403, NULL);
    return true;
}

/* Sorted by name, as the workspaces are. */
static void add_workspaces(struct call *c, size_t organization, struct room_page page)
{
    const char *part = json_string_value(json_object_get(c->body, "nameContains"));
    const struct tenant *t = c->tenant;
    struct piece *out = &c->answer->body;

    piece_puts(out, "{\"workspaces\":[");
    for (size_t i = 0; i < t->n_workspaces && page.limit > 0; i++) {
        const struct workspace *w = &t->workspaces[i];

        if (w->organization != organization || w->tombstone || !contains(w->name, part) ||
            (t->release >= RELEASE_2_0 && !tenant_lists(t, w)))
            continue;
        if (page.start > 0) {
            page.start--;
            continue;
        }
        page.limit--;
        piece_puts(out, w->json);
        piece_puts(out, ",");
    }
    room_end_list(out, "]}");
}

static void list_workspaces(struct call *c)
{
    size_t organization = c->has_id ? tenant_organization(c->tenant, &c->id) : TENANT_NONE;
    struct room_page page;

    if (!c->has_id)
        response_error_id(c->answer, 400);
    else if (!is_refused(c, organization) && read_page(c, &page))
        add_workspaces(c, organization, page);
}

/* ---- section 3.6 ---- */

static void get_workspace(struct call *c)
{
    bool dead_too = json_is_true(json_object_get(c->body, "includeTombstone"));
    size_t i = room_find(c, tenant_workspace, false);
    const struct workspace *w;

    if (i == TENANT_NONE)
        return;
    w = &c->tenant->workspaces[i];
    if (!tenant_reads(c->tenant, w))
        response_framework(c->answer, 403, NULL);
    else if (w->tombstone && !dead_too)
        response_error_id(c->answer, 404);
    else
        piece_puts(&c->answer->body, w->json);
}

/* ---- section 3.7 ---- */

/* One user's row: either permission may be NULL. */
static void add_access(struct piece *out, const struct tenant *t, const struct workspace *w, size_t user,
    const struct permission *in_workspace, const struct permission *in_organization)
{
    piece_puts(out, "{");
    piece_puts(out, t->users[user].access);
    room_add_uuid(out, "\"workspaceId\":\"", &w->id);
    if (in_workspace)
        room_add_permission(out, ",\"workspacePermission\":", t, in_workspace);
    if (in_organization)
        room_add_permission(out, ",\"organizationPermission\":", t, in_organization);
    piece_puts(out, "},");
}

/*
 * The union of both parts, one row per user. Both are in the order of the holders' names (tenant.h, invariant 2), so
 * this is a merge. Of the organization's permissions only those count that let their holder read workspaces; a type of
 * workspace permission that we do not know is shown, as a newer server would show its newer roles.
 */
static void add_accesses(struct piece *out, const struct tenant *t, const struct workspace *w)
{
    const struct organization *o = &t->organizations[w->organization];
    const struct permission *p = t->permissions + w->first_permission, *p_end = p + w->permissions;
    const struct permission *q = t->permissions + o->first_permission, *q_end = q + o->permissions;

    for (;;) {
        size_t user;
        bool in_p, in_q;

        while (q < q_end && q->rank < ROLE_READER)
            q++;
        if (p == p_end && q == q_end)
            return;
        in_p = q == q_end || (p < p_end && p->user <= q->user);
        in_q = p == p_end || (q < q_end && q->user <= p->user);
        user = in_p ? p->user : q->user;
        if (!t->users[user].is_default)
            add_access(out, t, w, user, in_p ? p : NULL, in_q ? q : NULL);
        p += in_p;
        q += in_q;
    }
}

static void list_access(struct call *c)
{
    size_t i;
    const struct workspace *w;

    if (room_empty_list(c, tenant_workspace, "usersWithAccess"))
        return;
    i = room_find(c, tenant_workspace, false);
    if (i == TENANT_NONE)
        return;
    w = &c->tenant->workspaces[i];
    if (!tenant_reads(c->tenant, w)) {
        response_framework(c->answer, 403, NULL);
        return;
    }
    piece_puts(&c->answer->body, "{\"usersWithAccess\":[");
    add_accesses(&c->answer->body, c->tenant, w);
    room_end_list(&c->answer->body, "]}");
}

/* ---- section 3.8 ---- */

static void add_member(struct piece *out, const struct tenant *t, const struct permission *p)
{
    if (t->users[p->user].is_default)
        return;
    piece_puts(out, "{");
    piece_puts(out, t->users[p->user].listed);
    room_add_uuid(out, "\"permissionId\":\"", &p->id);
    piece_puts(out, ",\"permissionType\":");
    piece_puts(out, p->type);
    room_add_uuid(out, ",\"organizationId\":\"", &t->organizations[p->where].id);
    piece_puts(out, "},");
}

static void list_members(struct call *c)
{
    const struct tenant *t = c->tenant;
    size_t i;
    const struct organization *o;

    if (room_empty_list(c, tenant_organization, "users"))
        return;
    i = room_find(c, tenant_organization, false);
    if (i == TENANT_NONE)
        return;
    o = &t->organizations[i];
    if (tenant_rank(t, i) < ROLE_MEMBER) {
        response_framework(c->answer, 403, NULL);
        return;
    }
    piece_puts(&c->answer->body, "{\"users\":[");
    for (size_t k = 0; k < o->permissions; k++)
        add_member(&c->answer->body, t, &t->permissions[o->first_permission + api_scatter(k, o->permissions)]);
    room_end_list(&c->answer->body, "]}");
}

/* ---- section 5.1 ---- */

static void get_user(struct call *c)
{
    size_t i = room_find(c, tenant_user, false);

    if (i == TENANT_NONE)
        return;
    if (may_ask_about(c, i))
        piece_puts(&c->answer->body, c->tenant->users[i].json);
}

/* ---- sections 3.16 and 3.17 ---- */

static void health(struct call *c)
{
    piece_puts(&c->answer->body, "{\"available\":true}");
}

static void login(struct call *c)
{
    login_answer(c, API_CONFIG);
}

const struct api_endpoint *config_endpoints(size_t *n)
{
    static const struct api_endpoint list[] = {
        {.method = "POST", .path = "/applications/token", .handle = login, .open = true, .lenient = true},
        {.method = "POST",
            .path = "/organizations/get",
            .handle = get_organization,
            .members = {{"organizationId", API_ID, true}}},
        {.method = "POST",
            .path = "/workspaces/list_by_organization_id",
            .handle = list_workspaces,
            .members = {{"organizationId", API_ID, true}, {"pagination", API_PAGE, false},
                {"nameContains", API_STRING, false}}},
        {.method = "POST",
            .path = "/workspaces/get",
            .handle = get_workspace,
            .members = {{"workspaceId", API_ID, true}, {"includeTombstone", API_BOOL, false}}},
        {.method = "POST",
            .path = "/users/list_access_info_by_workspace_id",
            .handle = list_access,
            .members = {{"workspaceId", API_ID, true}}},
        {.method = "POST",
            .path = "/users/list_by_organization_id",
            .handle = list_members,
            .members = {{"organizationId", API_ID, true}}},
        {.method = "POST",
            .path = "/organizations/list_by_user_id",
            .handle = list_users_organizations,
            .members = {{"userId", API_ID, true}, {"pagination", API_PAGE, false},
                {"nameContains", API_STRING, false}}},
        {.method = "POST",
            .path = "/permissions/list_by_user",
            .handle = list_users_permissions,
            .members = {{"userId", API_ID, true}}},
        {.method = "POST", .path = "/users/list_instance_admin", .handle = instance_admins},
        {.method = "POST", .path = "/users/list_instance_admins", .handle = instance_admins},
        {.method = "POST",
            .path = "/user_invitations/list_pending",
            .handle = invitations_list,
            .members = {{"scopeType", API_STRING, true}, {"scopeId", API_ID, true}}},
        {.method = "POST",
            .path = "/audit_logs/list",
            .handle = audit_list,
            .since = RELEASE_HEAD,
            .members = {{"organizationId", API_ID, true}, {"startTime", API_STRING, false},
                {"endTime", API_STRING, false}, {"workspaceId", API_ID, false}, {"actorId", API_STRING, false},
                {"operation", API_STRING, false}, {"success", API_BOOL, false}, {"searchText", API_STRING, false},
                {"pageSize", API_NUMBER, false}, {"pageToken", API_STRING, false}}},
        {.method = "POST",
            .path = "/groups/list",
            .handle = groups_list_config,
            .since = RELEASE_HEAD,
            .members = {{"organizationId", API_ID, true}}},
        {.method = "POST",
            .path = "/groups/get",
            .handle = groups_get_config,
            .since = RELEASE_HEAD,
            .members = {{"groupId", API_ID, true}}},
        {.method = "POST",
            .path = "/groups/list_members",
            .handle = groups_members_config,
            .since = RELEASE_HEAD,
            .members = {{"groupId", API_ID, true}}},
        {.method = "POST",
            .path = "/group_permissions/list",
            .handle = groups_permissions_config,
            .since = RELEASE_HEAD,
            .members = {{"groupId", API_ID, true}}},
        {.method = "POST", .path = "/users/get", .handle = get_user, .members = {{"userId", API_ID, true}}},
        {.method = "GET", .path = "/health", .handle = health, .open = true},
        {.method = "GET", .path = "/instance_configuration", .handle = instance_configuration, .open = true},
    };

    *n = sizeof(list) / sizeof(list[0]);
    return list;
}
