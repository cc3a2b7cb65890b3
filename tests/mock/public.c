/*
 * public.c: the public API, /api/public/v1.
 */
#include "room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where links lead: the server's own idea of its address, which no client can reach (section 3.0.4). */
#define LINK_BASE "http://localhost:8001/api/public"
#define LINK_BASE_CLOUD "https://api.airbyte.com"

/* ---- section 3.1 ---- */

/* Before 2.0 only a role in the organization itself counted. */
static bool is_listed(const struct tenant *t, const struct organization *o)
{
    return o->rank >= ROLE_MEMBER || (t->release >= RELEASE_2_0 && (t->caller_admin || o->has_guest));
}

static void list_organizations(struct call *c)
{
    const struct tenant *t = c->tenant;
    struct piece *out = &c->answer->body;
    const char *separator = "";

    piece_puts(out, "{\"data\":[");
    for (size_t i = 0; i < t->n_organizations; i++) {
        const struct organization *o = &t->organizations[i];

        if (!o->listed || !is_listed(t, o))
            continue;
        piece_puts(out, separator);
        piece_puts(out, o->json);
        separator = ",";
    }
    piece_puts(out, "]}");
}

/* ---- section 3.4 ---- */

/* What a request for workspaces asks for. */
struct window {
    struct room_page page;
    bool include_deleted;
    struct piece ids; /* the ids asked for, joined by commas; empty if none was named */
    size_t *list;     /* the workspaces that qualify, in the order of the answer */
    size_t n;
};

/* Read limit, offset and includeDeleted. Return whether they are right; if not the answer is made. */
static bool read_window(struct call *c, struct window *w)
{
    const char *deleted = form_get(&c->query, "includeDeleted");
    enum room_wrong wrong = room_page(c, &w->page);

    w->include_deleted = deleted && strcmp(deleted, "true") == 0;
    if (wrong == ROOM_WRONG_NOT && deleted && !w->include_deleted && strcmp(deleted, "false") != 0)
        wrong = ROOM_WRONG_FORM;
    return room_right(c, wrong);
}

/* Add the workspace with this id to ${w}. Return whether the caller may read it; if not the answer is made. */
static bool add_wanted(struct call *c, struct window *w, const char *text)
{
    struct uuid id;
    bool is_uuid = uuid_parse(text, &id);
    size_t i = is_uuid ? tenant_workspace(c->tenant, &id) : TENANT_NONE;

    if (i != TENANT_NONE ? !tenant_reads(c->tenant, &c->tenant->workspaces[i]) : !is_uuid || !c->tenant->caller_admin) {
        room_refuse_scope(c, !is_uuid);
        return false;
    }
    if (w->ids.len)
        piece_puts(&w->ids, ",");
    piece_puts(&w->ids, text);
    if (i == TENANT_NONE || (c->tenant->workspaces[i].tombstone && !w->include_deleted))
        return true;
    w->list = piece_array(w->list, w->n + 1, sizeof(*w->list));
    w->list[w->n++] = i;
    return true;
}

/* The ids in the query, which may be repeated or joined by commas. */
static bool add_all_wanted(struct call *c, struct window *w)
{
    bool readable = true;

    for (size_t i = 0; i < c->query.n && readable; i++) {
        char *rest = c->query.fields[i].value, *id;

        if (strcmp(c->query.fields[i].name, "workspaceIds") != 0)
            continue;
        while (readable && (id = strsep(&rest, ",")) != NULL)
            readable = add_wanted(c, w, id);
    }
    return readable;
}

/* All that the caller can read, in an order that is none. */
static void add_readable(const struct call *c, struct window *w)
{
    const struct tenant *t = c->tenant;

    w->list = piece_array(NULL, t->n_workspaces, sizeof(*w->list));
    for (size_t k = 0; k < t->n_workspaces; k++) {
        size_t i = api_scatter(k, t->n_workspaces);

        if (!t->workspaces[i].tombstone && tenant_lists(t, &t->workspaces[i]))
            w->list[w->n++] = i;
    }
}

static const char *link_base(const struct tenant *t)
{
    return strcmp(t->edition, "cloud") == 0 ? LINK_BASE_CLOUD : LINK_BASE;
}

/* One link; ${again} repeats the limit, as the server's one builder for both links does. */
static void add_link(const struct call *c, const struct window *w, size_t offset, bool again)
{
    struct piece *out = &c->answer->body;

    piece_addf(
        out, "\"%s/v1/workspaces?includeDeleted=%s", link_base(c->tenant), w->include_deleted ? "true" : "false");
    if (w->ids.len) {
        piece_puts(out, "&workspaceIds=");
        piece_puts(out, w->ids.data);
    }
    if (again)
        piece_addf(out, "&limit=%zu", w->page.limit);
    piece_addf(out, "&limit=%zu&offset=%zu\"", w->page.limit, offset);
}

/*
 * Where the page starts in the list. Overlapping pages begin with rows of the page before; none is lost as long as the
 * client's offsets are multiples of its limit.
 */
static size_t page_start(const struct call *c, const struct window *w)
{
    size_t shared = c->api->overlap && w->page.limit > 1 ? (w->page.limit + 9) / 10 : 0;

    return w->page.start / w->page.limit * (w->page.limit - shared) + w->page.start % w->page.limit;
}

static void add_page(struct call *c, const struct window *w)
{
    struct piece *out = &c->answer->body;
    size_t start = page_start(c, w);
    size_t n = start < w->n ? w->n - start : 0;
    bool backwards = c->api->overlap && w->page.offset / w->page.limit % 2;

    if (n > w->page.limit)
        n = w->page.limit;
    piece_puts(out, "{\"previous\":");
    if (w->page.offset > 0)
        add_link(c, w, w->page.offset > w->page.limit ? w->page.offset - w->page.limit : 0, n > 0);
    else
        piece_puts(out, "\"\"");
    piece_puts(out, ",\"next\":");
    if (n > 0)
        add_link(c, w, w->page.offset + w->page.limit, false);
    else
        piece_puts(out, "\"\"");
    piece_puts(out, ",\"data\":[");
    for (size_t k = 0; k < n; k++) {
        if (k > 0)
            piece_puts(out, ",");
        piece_puts(out, c->tenant->workspaces[w->list[start + (backwards ? n - 1 - k : k)]].public_json);
    }
    piece_puts(out, "]}");
}

static void list_workspaces(struct call *c)
{
    struct window w = {0};
    bool named = form_get(&c->query, "workspaceIds") != NULL;

    if (read_window(c, &w)) {
        if (!named)
            add_readable(c, &w);
        if (!named || add_all_wanted(c, &w))
            add_page(c, &w);
    }
    piece_release(&w.ids);
    free(w.list);
}

static void get_workspace(struct call *c)
{
    const char *text = strrchr(c->request->path, '/') + 1;
    struct uuid id;
    bool is_uuid = uuid_parse(text, &id);
    size_t i = is_uuid ? tenant_workspace(c->tenant, &id) : TENANT_NONE;
    bool live = i != TENANT_NONE && !c->tenant->workspaces[i].tombstone;

    if (!is_uuid || (i == TENANT_NONE ? !c->tenant->caller_admin : !tenant_reads(c->tenant, &c->tenant->workspaces[i])))
        room_refuse_scope(c, !is_uuid);
    else if (!live)
        response_problem(c->answer, 404, text);
    else
        piece_puts(&c->answer->body, c->tenant->workspaces[i].public_json);
}

/* ---- section 3.8 ---- */

/* Whether ${text} is in a list parameter, whose values may be joined by commas. */
static bool is_named(const struct form *query, const char *parameter, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < query->n; i++) {
        const char *s = query->fields[i].value;

        if (strcmp(query->fields[i].name, parameter) != 0)
            continue;
        for (;;) {
            size_t part = strcspn(s, ",");

            if (part == len && memcmp(s, text, len) == 0)
                return true;
            if (s[part] == '\0')
                break;
            s += part + 1;
        }
    }
    return false;
}

/* The union of both filters, or everyone if there is none. */
static bool is_wanted(const struct call *c, const struct user *u)
{
    char id[UUID_TEXT_LEN + 1];

    if (!form_get(&c->query, "ids") && !form_get(&c->query, "emails"))
        return true;
    uuid_format(&u->id, id);
    return is_named(&c->query, "ids", id) || (u->email && is_named(&c->query, "emails", u->email));
}

static void list_users(struct call *c)
{
    const char *text = form_get(&c->query, "organizationId"), *separator = "";
    const struct tenant *t = c->tenant;
    const struct organization *o = NULL;
    struct uuid id;
    bool is_uuid;
    size_t i;

    if (!text) {
        response_framework(c->answer, 400, "Required QueryValue [organizationId] not specified");
        return;
    }
    is_uuid = uuid_parse(text, &id);
    i = is_uuid ? tenant_organization(t, &id) : TENANT_NONE;
    if (i != TENANT_NONE)
        o = &t->organizations[i];
    if (!is_uuid || !(t->caller_admin || (o && tenant_rank(t, i) >= ROLE_MEMBER))) {
        room_refuse_scope(c, !is_uuid);
        return;
    }
    piece_puts(&c->answer->body, "{\"data\":[");
    for (size_t k = 0; o && k < o->permissions; k++) {
        const struct permission *p = &t->permissions[o->first_permission + api_scatter(k, o->permissions)];

        if (t->users[p->user].is_default || !is_wanted(c, &t->users[p->user]))
            continue;
        piece_puts(&c->answer->body, separator);
        piece_puts(&c->answer->body, t->users[p->user].public_json);
        separator = ",";
    }
    piece_puts(&c->answer->body, "]}");
}

/* ---- section 3.9 ---- */

static void add_permission(struct piece *out, const struct tenant *t, const struct permission *p)
{
    static const char *const scopes[] = {
        [ROLE_ORGANIZATION] = "organization", [ROLE_WORKSPACE] = "workspace", [ROLE_INSTANCE] = "none"};
    static const struct uuid none;
    char id[UUID_TEXT_LEN + 1], user[UUID_TEXT_LEN + 1], scope[UUID_TEXT_LEN + 1];

    uuid_format(&p->id, id);
    uuid_format(&t->users[p->user].id, user);
    uuid_format(p->scope == ROLE_WORKSPACE      ? &t->workspaces[p->where].id
                : p->scope == ROLE_ORGANIZATION ? &t->organizations[p->where].id
                                                : &none,
        scope);
    piece_addf(out,
        "{\"permissionId\":\"%s\",\"permissionType\":%s,\"userId\":\"%s\",\"scopeId\":\"%s\",\"scope\":\"%s\"}", id,
        p->type, user, scope, scopes[p->scope]);
}

/* Whether ${p} is shown to who asks about another user in an organization: up to 1.7 with those on its workspaces. */
static bool is_within(const struct tenant *t, const struct permission *p, size_t organization)
{
    if (p->scope == ROLE_WORKSPACE && t->release < RELEASE_1_8)
        return t->workspaces[p->where].organization == organization;
    return p->scope == ROLE_ORGANIZATION && p->where == organization;
}

/* The permissions of ${user}, all or those of one organization. */
static void add_permissions(struct call *c, size_t user, size_t organization)
{
    const struct tenant *t = c->tenant;
    const char *separator = "";

    piece_puts(&c->answer->body, "{\"data\":[");
    for (size_t i = 0; i < t->n_permissions && user != TENANT_NONE; i++) {
        const struct permission *p = &t->permissions[i];

        if (p->user != user || (organization != TENANT_NONE && !is_within(t, p, organization)))
            continue;
        piece_puts(&c->answer->body, separator);
        add_permission(&c->answer->body, t, p);
        separator = ",";
    }
    piece_puts(&c->answer->body, "]}");
}

static void list_permissions(struct call *c)
{
    const char *user_text = form_get(&c->query, "userId"), *organization_text = form_get(&c->query, "organizationId");
    const struct tenant *t = c->tenant;
    struct uuid id;
    bool user_is_uuid = user_text && uuid_parse(user_text, &id);
    size_t user = user_is_uuid ? tenant_user(t, &id) : TENANT_NONE, organization;
    bool organization_is_uuid;

    if (!user_text || (user != TENANT_NONE && user == t->caller)) {
        add_permissions(c, t->caller, TENANT_NONE);
        return;
    }
    if (!organization_text) {
        response_problem(c->answer, 400, "organizationId is needed for other users");
        return;
    }
    organization_is_uuid = uuid_parse(organization_text, &id);
    organization = organization_is_uuid ? tenant_organization(t, &id) : TENANT_NONE;
    if (!user_is_uuid || !organization_is_uuid)
        room_refuse_scope(c, true);
    else if (!t->caller_admin && (organization == TENANT_NONE || tenant_rank(t, organization) < ROLE_ADMIN))
        room_refuse_scope(c, false);
    else if (organization == TENANT_NONE)
        add_permissions(c, TENANT_NONE, TENANT_NONE);
    else
        add_permissions(c, user, organization);
}

/* What the tenant has nothing of, but clients of other kinds list. */
static void list_nothing(struct call *c)
{
    piece_puts(&c->answer->body, "{\"previous\":\"\",\"next\":\"\",\"data\":[]}");
}

/* ---- section 3.16 ---- */

/* Text with the type of JSON, as some builds send it. */
static void health(struct call *c)
{
    piece_puts(&c->answer->body, "Successful operation");
}

static void login(struct call *c)
{
    login_answer(c, API_PUBLIC);
}

const struct api_endpoint *public_endpoints(size_t *n)
{
    static const struct api_endpoint list[] = {
        {.method = "POST",
            .path = "/applications/token",
            .handle = login,
            .open = true,
            .forms = true,
            .lenient = true},
        {.method = "GET", .path = "/organizations", .handle = list_organizations},
        {.method = "GET", .path = "/workspaces", .handle = list_workspaces},
        {.method = "GET", .path = "/workspaces/*", .handle = get_workspace},
        {.method = "GET", .path = "/users", .handle = list_users},
        {.method = "GET", .path = "/permissions", .handle = list_permissions},
        {.method = "GET", .path = "/connections", .handle = list_nothing},
        {.method = "GET", .path = "/groups", .handle = groups_list, .since = RELEASE_2_1},
        {.method = "GET", .path = "/groups/*", .handle = groups_get, .since = RELEASE_2_1},
        {.method = "GET", .path = "/groups/*/members", .handle = groups_members, .since = RELEASE_2_1},
        {.method = "GET", .path = "/groups/*/permissions", .handle = groups_permissions, .since = RELEASE_2_1},
        {.method = "GET", .path = "/health", .handle = health, .open = true},
    };

    *n = sizeof(list) / sizeof(list[0]);
    return list;
}
