/*
 * config.c: the config API, /api/v1.
 */
#include "api.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- answers that several endpoints share ---- */

/*
 * The index of the object whose id is in the body, as ${lookup} finds it, or TENANT_NONE with the answer made. Whoever is not
 * instance admin must not learn whether an id exists; ${problem} says which form the refusal has.
 */
static size_t find(struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), bool problem)
{
    size_t i = c->has_id ? lookup(c->tenant, &c->id) : TENANT_NONE;

    if (i != TENANT_NONE)
        return i;
    if (c->tenant->caller_admin)
        answer_error_id(c->answer, c->has_id ? 404 : 400);
    else if (problem)
        answer_problem(c->answer, 403, "access to the organization is needed");
    else
        answer_framework(c->answer, 403, NULL);
    return TENANT_NONE;
}

/* What an instance admin gets who lists something of an id that does not exist. Return whether that was so. */
static bool is_empty_list(
    struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), const char *member)
{
    if (!c->tenant->caller_admin || !c->has_id || lookup(c->tenant, &c->id) != TENANT_NONE)
        return false;
    text_addf(&c->answer->body, "{\"%s\":[]}", member);
    return true;
}

static void add_uuid(struct text *t, const char *before, const struct uuid *id)
{
    char text[UUID_TEXT_LEN + 2];

    uuid_format(id, text);
    text[UUID_TEXT_LEN] = '"';
    text_puts(t, before);
    text_add(t, text, UUID_TEXT_LEN + 1);
}

/* ---- section 3.2 ---- */

static void get_organization(struct call *c)
{
    size_t i = find(c, tenant_organization, true);
    const struct organization *o;

    if (i == TENANT_NONE)
        return;
    o = &c->tenant->organizations[i];
    if (c->tenant->caller_admin || o->rank >= ROLE_MEMBER || o->has_guest)
        text_puts(&c->answer->body, o->json);
    else
        answer_problem(c->answer, 403, "access to the organization is needed");
}

/* ---- section 3.5 ---- */

/* A window on a list of rows. */
struct page {
    long long size, offset; /* ${size} negative: all */
};

/* Read the paging object. Return whether there can be an answer; if not it is made. */
static bool read_page(struct call *c, struct page *p)
{
    const json_t *page = json_object_get(c->body, "pagination");
    const json_t *size = json_object_get(page, "pageSize"), *offset = json_object_get(page, "rowOffset");

    *p = (struct page){-1, 0};
    if (!page)
        return true;
    if (!json_is_integer(size) || !json_is_integer(offset)) {
        /* One of the two missing is a null dereference. */
        answer_error_id(c->answer, 500);
        return false;
    }
    *p = (struct page){json_integer_value(size), json_integer_value(offset)};
    if (p->size >= 0 && p->offset >= 0)
        return true;
    answer_known(c->answer, 409, "LIMIT and OFFSET must not be negative");
    return false;
}

/* Whether ${name} contains ${part}, letters of ASCII in either case. */
static bool contains(const char *name, const char *part)
{
    return !part || strcasestr(name, part) != NULL;
}

/* Only what the caller can read, so nothing rather than a refusal; sorted by name, as the workspaces are. */
static void list_workspaces(struct call *c)
{
    const char *part = json_string_value(json_object_get(c->body, "nameContains"));
    size_t organization = c->has_id ? tenant_organization(c->tenant, &c->id) : TENANT_NONE;
    struct text *out = &c->answer->body;
    const char *separator = "";
    struct page page;

    if (!c->has_id) {
        answer_error_id(c->answer, 400);
        return;
    }
    if (!read_page(c, &page))
        return;
    text_puts(out, "{\"workspaces\":[");
    for (size_t i = 0; i < c->tenant->n_workspaces && page.size != 0; i++) {
        const struct workspace *w = &c->tenant->workspaces[i];

        if (w->organization != organization || w->tombstone || !tenant_reads(c->tenant, w) ||
            !contains(w->name, part) || page.offset-- > 0)
            continue;
        page.size--;
        text_puts(out, separator);
        text_puts(out, w->json);
        separator = ",";
    }
    text_puts(out, "]}");
}

/* ---- section 3.6 ---- */

static void get_workspace(struct call *c)
{
    bool dead_too = json_is_true(json_object_get(c->body, "includeTombstone"));
    size_t i = find(c, tenant_workspace, false);
    const struct workspace *w;

    if (i == TENANT_NONE)
        return;
    w = &c->tenant->workspaces[i];
    if (!tenant_reads(c->tenant, w))
        answer_framework(c->answer, 403, NULL);
    else if (w->tombstone && !dead_too)
        answer_error_id(c->answer, 404);
    else
        text_puts(&c->answer->body, w->json);
}

/* ---- section 3.7 ---- */

/* PermissionRead, after the name of a member. */
static void add_permission(struct text *out, const char *member, const struct tenant *t, const struct permission *p)
{
    text_puts(out, member);
    add_uuid(out, "{\"permissionId\":\"", &p->id);
    text_puts(out, ",\"permissionType\":");
    text_puts(out, p->type);
    add_uuid(out, ",\"userId\":\"", &t->users[p->user].id);
    if (p->scope == ROLE_WORKSPACE)
        add_uuid(out, ",\"workspaceId\":\"", &t->workspaces[p->where].id);
    if (p->scope == ROLE_ORGANIZATION)
        add_uuid(out, ",\"organizationId\":\"", &t->organizations[p->where].id);
    text_puts(out, "}");
}

/* One user's row: either permission may be NULL. */
static void add_access(struct text *out, const struct tenant *t, const struct workspace *w, size_t user,
    const struct permission *in_workspace, const struct permission *in_organization)
{
    text_puts(out, "{");
    text_puts(out, t->users[user].access);
    add_uuid(out, "\"workspaceId\":\"", &w->id);
    if (in_workspace)
        add_permission(out, ",\"workspacePermission\":", t, in_workspace);
    if (in_organization)
        add_permission(out, ",\"organizationPermission\":", t, in_organization);
    text_puts(out, "},");
}

/*
 * The union of both parts, one row per user. Both are in the order of the holders' names (tenant.h, invariant 2), so
 * this is a merge. Of the organization's permissions only those count that let their holder read workspaces; a type of
 * workspace permission that we do not know is shown, as a newer server would show its newer roles.
 */
static void add_accesses(struct text *out, const struct tenant *t, const struct workspace *w)
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

/* Elements were added with a comma after each: the last one's goes. */
static void end_list(struct text *out, const char *end)
{
    if (out->data[out->len - 1] == ',')
        out->len--;
    text_puts(out, end);
}

static void list_access(struct call *c)
{
    size_t i;
    const struct workspace *w;

    if (is_empty_list(c, tenant_workspace, "usersWithAccess"))
        return;
    i = find(c, tenant_workspace, false);
    if (i == TENANT_NONE)
        return;
    w = &c->tenant->workspaces[i];
    if (!tenant_reads(c->tenant, w)) {
        answer_framework(c->answer, 403, NULL);
        return;
    }
    text_puts(&c->answer->body, "{\"usersWithAccess\":[");
    add_accesses(&c->answer->body, c->tenant, w);
    end_list(&c->answer->body, "]}");
}

/* ---- section 3.8 ---- */

static void add_member(struct text *out, const struct tenant *t, const struct permission *p)
{
    if (t->users[p->user].is_default)
        return;
    text_puts(out, "{");
    text_puts(out, t->users[p->user].listed);
    add_uuid(out, "\"permissionId\":\"", &p->id);
    text_puts(out, ",\"permissionType\":");
    text_puts(out, p->type);
    add_uuid(out, ",\"organizationId\":\"", &t->organizations[p->where].id);
    text_puts(out, "},");
}

static void list_members(struct call *c)
{
    const struct tenant *t = c->tenant;
    size_t i;
    const struct organization *o;

    if (is_empty_list(c, tenant_organization, "users"))
        return;
    i = find(c, tenant_organization, false);
    if (i == TENANT_NONE)
        return;
    o = &t->organizations[i];
    if (!t->caller_admin && o->rank < ROLE_MEMBER) {
        answer_framework(c->answer, 403, NULL);
        return;
    }
    text_puts(&c->answer->body, "{\"users\":[");
    for (size_t k = 0; k < o->permissions; k++)
        add_member(&c->answer->body, t, &t->permissions[o->first_permission + api_scatter(k, o->permissions)]);
    end_list(&c->answer->body, "]}");
}

/* ---- section 5.1 ---- */

/* Instance admins may ask about everyone, others about themselves. */
static void get_user(struct call *c)
{
    size_t i = find(c, tenant_user, false);

    if (i == TENANT_NONE)
        return;
    if (c->tenant->caller_admin || i == c->tenant->caller)
        text_puts(&c->answer->body, c->tenant->users[i].json);
    else
        answer_framework(c->answer, 403, NULL);
}

/* ---- sections 3.16 and 3.17 ---- */

static void health(struct call *c)
{
    text_puts(&c->answer->body, "{\"available\":true}");
}

static void instance_configuration(struct call *c)
{
    bool community = strcmp(c->tenant->edition, "community") == 0;
    const char *mode = c->api->auth_off ? "none" : community ? "simple" : "oidc";

    text_addf(&c->answer->body,
        "{\"edition\":\"%s\",\"version\":\"2.0.0\",\"auth\":{\"mode\":\"%s\",\"clientId\":\"airbyte-webapp\","
        "\"defaultRealm\":\"airbyte\"},\"airbyteUrl\":\"https://airbyte.example.com\",%s\"initialSetupComplete\":true,"
        "\"defaultUserId\":\"00000000-0000-0000-0000-000000000000\","
        "\"defaultOrganizationId\":\"00000000-0000-0000-0000-000000000000\","
        "\"defaultOrganizationEmail\":\"ops@example.com\",\"trackingStrategy\":\"logging\"}",
        c->tenant->edition, mode, community ? "" : "\"licenseStatus\":\"pro\",");
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
        {.method = "POST", .path = "/users/get", .handle = get_user, .members = {{"userId", API_ID, true}}},
        {.method = "GET", .path = "/health", .handle = health, .open = true},
        {.method = "GET", .path = "/instance_configuration", .handle = instance_configuration, .open = true},
    };

    *n = sizeof(list) / sizeof(list[0]);
    return list;
}
