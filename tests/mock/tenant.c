#include "tenant.h"

#include "object.h"
#include "piece.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct tenant_key {
    struct uuid id;
    size_t index;
};

static const struct uuid zero_uuid;

static char *copy_or_null(const char *s)
{
    return s ? piece_copy(s, strlen(s)) : NULL;
}

/* ---- looking up by id ---- */

static int key_compare(const void *a, const void *b)
{
    return uuid_compare(&((const struct tenant_key *)a)->id, &((const struct tenant_key *)b)->id);
}

/* Sort ${keys} for key_find. Return -1 if an id occurs twice. */
static int key_sort(struct tenant_key *keys, size_t n, const char *what, struct tenant_problem *p)
{
    char id[UUID_TEXT_LEN + 1];

    if (n == 0)
        return 0;
    qsort(keys, n, sizeof(*keys), key_compare);
    for (size_t i = 1; i < n; i++)
        if (uuid_compare(&keys[i - 1].id, &keys[i].id) == 0) {
            uuid_format(&keys[i].id, id);
            return element_refuse_file(p, EX_DATAERR, ".%s: id %s occurs twice", what, id);
        }
    return 0;
}

static size_t key_find(const struct tenant_key *keys, size_t n, const struct uuid *id)
{
    struct tenant_key wanted = {*id, 0};
    const struct tenant_key *found = n ? bsearch(&wanted, keys, n, sizeof(*keys), key_compare) : NULL;

    return found ? found->index : TENANT_NONE;
}

size_t tenant_organization(const struct tenant *t, const struct uuid *id)
{
    return key_find(t->organization_keys, t->n_organizations, id);
}

size_t tenant_workspace(const struct tenant *t, const struct uuid *id)
{
    return key_find(t->workspace_keys, t->n_workspaces, id);
}

size_t tenant_user(const struct tenant *t, const struct uuid *id)
{
    return key_find(t->user_keys, t->n_users, id);
}

/* Names ascending, those without a name last, then ids. */
static int by_name(const char *a, const char *b, const struct uuid *a_id, const struct uuid *b_id)
{
    int order;

    if (!a || !b)
        order = (a == NULL) - (b == NULL);
    else
        order = strcmp(a, b);
    return order ? order : uuid_compare(a_id, b_id);
}

/* ---- the answers' objects ---- */

/* A made-up address that must never leave the stage that fetched it. */
static json_t *secret_url(const struct uuid *id, const char *kind)
{
    return json_sprintf("https://hooks.example.com/SECRET-%s-%08x", kind, (unsigned)uuid_hash(id, 77));
}

static json_t *notification_settings(const struct uuid *id)
{
    return json_pack("{s:{s:[s,s],s:{s:o}},s:{s:[]},s:{s:[s]}}", "sendOnFailure", "notificationType", "slack",
        "customerio", "slackConfiguration", "webhook", secret_url(id, "WEBHOOK"), "sendOnSuccess", "notificationType",
        "sendOnSyncDisabled", "notificationType", "customerio");
}

static json_t *webhook_configs(const struct uuid *id)
{
    return json_pack("[{s:o,s:s,s:o}]", "id", object_uuid(id), "name", "dbt", "customDbtHost", secret_url(id, "DBT"));
}

/* WorkspaceRead: what the tenant file says, over what we make up. */
static char *workspace_json(const json_t *object, const struct uuid *id, const struct uuid *customer)
{
    static const char *const none[] = {NULL};
    json_t *o = json_object();

    object_set(o, "workspaceId", object_uuid(id));
    object_set_sometimes(o, "customerId", id, 1, object_uuid(customer));
    object_set_sometimes(o, "email", id, 2, json_string("owner@example.com"));
    object_set(o, "name", json_string(""));
    object_set(o, "slug", json_sprintf("workspace-%08x", (unsigned)uuid_hash(id, 3)));
    object_set(o, "initialSetupComplete", json_true());
    object_set_sometimes(o, "displaySetupWizard", id, 4, json_false());
    object_set_sometimes(o, "anonymousDataCollection", id, 5, json_false());
    object_set_sometimes(o, "news", id, 6, json_false());
    object_set_sometimes(o, "securityUpdates", id, 7, json_true());
    object_set_sometimes(o, "notifications", id, 8, json_array());
    object_set(o, "notificationSettings", notification_settings(id));
    object_set(o, "dataplaneGroupId", json_string("645a183f-b12b-4c6e-8ad3-99e165603450"));
    object_set_sometimes(o, "webhookConfigs", id, 9, webhook_configs(id));
    object_set(o, "tombstone", json_false());
    object_copy(o, object, none);
    return object_dump(o);
}

/* WorkspaceResponse: only these members, and those of the tenant file that are in neither form. */
static char *workspace_public_json(const json_t *object, const struct uuid *id)
{
    static const char *const regions[] = {"auto", "us", "eu"};
    static const char *const config_only[] = {"workspaceId", "organizationId", "customerId", "name", "slug",
        "initialSetupComplete", "email", "displaySetupWizard", "anonymousDataCollection", "news", "securityUpdates",
        "notifications", "notificationSettings", "dataplaneGroupId", "webhookConfigs", "tombstone", NULL};
    json_t *o = json_object();
    json_t *n = json_pack("{s:{s:{s:b},s:{s:b,s:o}},s:{s:{s:b},s:{s:b}}}", "failure", "email", "enabled", 1, "webhook",
        "enabled", 1, "url", secret_url(id, "WEBHOOK"), "success", "email", "enabled", 0, "webhook", "enabled", 0);

    object_set(o, "workspaceId", object_uuid(id));
    object_set(o, "name", json_incref(json_object_get(object, "name")));
    object_set(o, "dataResidency", json_string(regions[uuid_hash(id, 10) % 3]));
    object_set(o, "notifications", n);
    object_copy(o, object, config_only);
    return object_dump(o);
}

/* A text the tenant may lack: absent, or null, as the id has it. ${t} ends in a comma unless nothing was added. */
static void add_text(struct piece *t, const char *member, const char *value, const struct uuid *id)
{
    if (!value && uuid_hash(id, 11) % 2)
        return;
    piece_addf(t, "\"%s\":", member);
    if (value)
        piece_quote(t, value, strlen(value));
    else
        piece_puts(t, "null");
    piece_puts(t, ",");
}

static void user_json(struct user *u, const json_t *object)
{
    static const char *const none[] = {NULL};
    char id[UUID_TEXT_LEN + 1];
    struct piece access = {0}, listed = {0}, public = {0};
    json_t *o = json_object();

    uuid_format(&u->id, id);
    piece_addf(&access, "\"userId\":\"%s\",", id);
    add_text(&access, "userEmail", u->email, &u->id);
    add_text(&access, "userName", u->name, &u->id);
    add_text(&listed, "name", u->name, &u->id);
    piece_addf(&listed, "\"userId\":\"%s\",", id);
    add_text(&listed, "email", u->email, &u->id);
    piece_puts(&public, "{");
    add_text(&public, "name", u->name, &u->id);
    add_text(&public, "email", u->email, &u->id);
    piece_addf(&public, "\"id\":\"%s\"}", id);
    u->access = access.data;
    u->listed = listed.data;
    u->public_json = public.data;
    object_set_sometimes(o, "news", &u->id, 12, json_false());
    object_set(o, "metadata", json_object());
    object_copy(o, object, none);
    u->json = object_dump(o);
}

/* ---- reading the lists ---- */

/* What the organization has bought beyond the rest. */
static int read_entitlements(const struct element *e, struct organization *o)
{
    const json_t *list = json_object_get(e->object, "entitlements"), *one;
    size_t i;

    if (list && !json_is_array(list))
        return element_refuse(e, "entitlements", "expected an array");
    json_array_foreach(list, i, one)
    {
        const char *name = json_string_value(one);

        if (!name)
            return element_refuse(e, "entitlements", "expected strings");
        o->has_groups |= strcmp(name, "feature-scim") == 0;
        o->has_audit |= strcmp(name, "feature-audit-logging") == 0;
    }
    return 0;
}

static int read_organization(void *context, const struct element *e)
{
    struct tenant *t = context;
    static const char *const skip[] = {"listed", "entitlements", NULL};
    struct organization *o = &t->organizations[t->n_organizations];
    const char *name, *email;
    json_t *object;

    *o = (struct organization){0};
    if (element_uuid(e, "organizationId", &o->id) || element_string(e, "organizationName", true, &name) ||
        element_string(e, "email", false, &email) || element_bool(e, "listed", true, &o->listed) ||
        read_entitlements(e, o))
        return -1;
    o->name = copy_or_null(name);
    object = json_object();
    object_set(object, "organizationId", object_uuid(&o->id));
    object_set(object, "organizationName", json_string(name));
    object_set(object, "email", json_string(""));
    object_copy(object, e->object, skip);
    o->json = object_dump(object);
    return 0;
}

static int read_workspace(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct workspace *w = &t->workspaces[t->n_workspaces];
    struct uuid organization;
    const char *name;

    *w = (struct workspace){0};
    if (element_uuid(e, "workspaceId", &w->id) || element_uuid(e, "organizationId", &organization) ||
        element_string(e, "name", true, &name) || element_bool(e, "tombstone", false, &w->tombstone))
        return -1;
    w->organization = tenant_organization(t, &organization);
    if (w->organization == TENANT_NONE)
        return element_refuse(e, "organizationId", "no such organization");
    w->name = copy_or_null(name);
    w->json = workspace_json(e->object, &w->id, &organization);
    w->public_json = workspace_public_json(e->object, &w->id);
    return 0;
}

static int read_user(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct user *u = &t->users[t->n_users];
    const char *name, *email;

    *u = (struct user){0};
    if (element_uuid(e, "userId", &u->id) || element_string(e, "name", false, &name) ||
        element_string(e, "email", false, &email))
        return -1;
    u->is_default = uuid_is_zero(&u->id);
    u->name = copy_or_null(name);
    u->email = copy_or_null(email);
    user_json(u, e->object);
    return 0;
}

const char *tenant_intern_type(struct tenant *t, const char *type)
{
    struct piece quoted = {0};

    piece_quote(&quoted, type, strlen(type));
    for (size_t i = 0; i < t->n_types; i++)
        if (strcmp(t->types[i], quoted.data) == 0) {
            piece_release(&quoted);
            return t->types[i];
        }
    t->types = piece_array(t->types, t->n_types + 1, sizeof(*t->types));
    t->types[t->n_types] = quoted.data;
    return t->types[t->n_types++];
}

int tenant_read_scope(const struct tenant *t, const struct element *e, enum role_scope *scope, size_t *where)
{
    bool in_workspace = json_object_get(e->object, "workspaceId") != NULL;
    bool in_organization = json_object_get(e->object, "organizationId") != NULL;
    const char *member = in_workspace ? "workspaceId" : "organizationId";
    struct uuid id;

    if (in_workspace && in_organization)
        return element_refuse(e, "workspaceId", "a permission is for one workspace or one organization");
    *scope = in_workspace ? ROLE_WORKSPACE : in_organization ? ROLE_ORGANIZATION : ROLE_INSTANCE;
    *where = 0;
    if (*scope == ROLE_INSTANCE)
        return 0;
    if (element_uuid(e, member, &id))
        return -1;
    *where = in_workspace ? tenant_workspace(t, &id) : tenant_organization(t, &id);
    return *where == TENANT_NONE ? element_refuse(e, member, "no such one in this file") : 0;
}

static int read_permission(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct permission *p = &t->permissions[t->n_permissions];
    struct uuid user;
    const char *type;

    *p = (struct permission){0};
    if (element_uuid(e, "permissionId", &p->id) || element_uuid(e, "userId", &user) ||
        element_string(e, "permissionType", true, &type) || tenant_read_scope(t, e, &p->scope, &p->where))
        return -1;
    p->user = tenant_user(t, &user);
    if (p->user == TENANT_NONE)
        return element_refuse(e, "userId", "no such user in this file");
    p->rank = role_rank(type, p->scope);
    p->type = tenant_intern_type(t, type);
    return 0;
}

/* ---- order and indexes ---- */

static int organization_order(const void *a, const void *b)
{
    const struct organization *x = a, *y = b;

    return by_name(x->name, y->name, &x->id, &y->id);
}

static int workspace_order(const void *a, const void *b)
{
    const struct workspace *x = a, *y = b;

    return by_name(x->name, y->name, &x->id, &y->id);
}

static int user_order(const void *a, const void *b)
{
    const struct user *x = a, *y = b;

    return by_name(x->name, y->name, &x->id, &y->id);
}

static int permission_order(const void *a, const void *b)
{
    const struct permission *x = a, *y = b;

    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->where != y->where)
        return x->where < y->where ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

/* Room for every element of list ${name}. */
static void *room(const json_t *root, const char *name, size_t size)
{
    return piece_array(NULL, json_array_size(json_object_get(root, name)), size);
}

static void sort(void *list, size_t n, size_t size, int (*order)(const void *, const void *))
{
    if (n > 1)
        qsort(list, n, size, order);
}

static int index_organizations(struct tenant *t, struct tenant_problem *p)
{
    sort(t->organizations, t->n_organizations, sizeof(*t->organizations), organization_order);
    t->organization_keys = piece_array(NULL, t->n_organizations, sizeof(*t->organization_keys));
    for (size_t i = 0; i < t->n_organizations; i++)
        t->organization_keys[i] = (struct tenant_key){t->organizations[i].id, i};
    return key_sort(t->organization_keys, t->n_organizations, "organizations", p);
}

static int index_workspaces(struct tenant *t, struct tenant_problem *p)
{
    sort(t->workspaces, t->n_workspaces, sizeof(*t->workspaces), workspace_order);
    t->workspace_keys = piece_array(NULL, t->n_workspaces, sizeof(*t->workspace_keys));
    for (size_t i = 0; i < t->n_workspaces; i++)
        t->workspace_keys[i] = (struct tenant_key){t->workspaces[i].id, i};
    return key_sort(t->workspace_keys, t->n_workspaces, "workspaces", p);
}

static int index_users(struct tenant *t, struct tenant_problem *p)
{
    sort(t->users, t->n_users, sizeof(*t->users), user_order);
    t->user_keys = piece_array(NULL, t->n_users, sizeof(*t->user_keys));
    for (size_t i = 0; i < t->n_users; i++)
        t->user_keys[i] = (struct tenant_key){t->users[i].id, i};
    return key_sort(t->user_keys, t->n_users, "users", p);
}

/* Note where the permissions of the place that ${p} is about are, and what the caller may do there. */
static void place_permission(struct tenant *t, size_t i)
{
    const struct permission *p = &t->permissions[i];
    bool callers = p->user == t->caller;

    if (p->scope == ROLE_ORGANIZATION) {
        struct organization *o = &t->organizations[p->where];

        if (o->permissions++ == 0)
            o->first_permission = i;
        if (callers) {
            o->rank = p->rank;
            o->is_held = true;
        }
    } else if (p->scope == ROLE_WORKSPACE) {
        struct workspace *w = &t->workspaces[p->where];

        if (w->permissions++ == 0)
            w->first_permission = i;
        if (callers)
            w->rank = p->rank;
        if (callers && p->rank > ROLE_NONE && !w->tombstone)
            t->organizations[w->organization].has_guest = true;
    } else if (callers && p->rank == ROLE_ADMIN) {
        t->caller_admin = true;
    }
}

static int index_permissions(struct tenant *t, struct tenant_problem *problem)
{
    char user[UUID_TEXT_LEN + 1];

    sort(t->permissions, t->n_permissions, sizeof(*t->permissions), permission_order);
    for (size_t i = 0; i < t->n_permissions; i++) {
        const struct permission *p = &t->permissions[i];

        if (i > 0 && p->scope != ROLE_INSTANCE && permission_order(p - 1, p) == 0) {
            uuid_format(&t->users[p->user].id, user);
            return element_refuse_file(problem, EX_DATAERR, ".permissions: user %s has two roles in one place", user);
        }
        place_permission(t, i);
    }
    return 0;
}

static int max(int a, int b)
{
    return a > b ? a : b;
}

/* A group's right counts for a member who holds a role of his own in the group's organization, and only within that. */
static bool counts_for_caller(const struct tenant *t, const struct group_member *m, const struct group_permission *p)
{
    size_t organization = t->groups.list[m->group].organization;
    size_t within = p->scope == ROLE_ORGANIZATION ? p->where : t->workspaces[p->where].organization;

    return m->user == t->caller && within == organization && t->organizations[organization].is_held;
}

/* What the caller may do by his groups. */
static void place_group_rights(struct tenant *t)
{
    const struct groups *g = &t->groups;

    for (size_t i = 0; i < g->n_members; i++) {
        const struct group *group = &g->list[g->members[i].group];

        for (size_t k = 0; k < group->permissions; k++) {
            const struct group_permission *p = &g->permissions[group->first_permission + k];

            if (!counts_for_caller(t, &g->members[i], p))
                continue;
            if (p->scope == ROLE_ORGANIZATION)
                t->organizations[p->where].group_rank = max(t->organizations[p->where].group_rank, p->rank);
            else
                t->workspaces[p->where].group_rank = max(t->workspaces[p->where].group_rank, p->rank);
        }
    }
}

/* ---- the file ---- */

static int read_application(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    const json_t *application = json_object_get(root, "application");
    const char *id = json_string_value(json_object_get(application, "clientId"));
    const char *secret = json_string_value(json_object_get(application, "clientSecret"));
    const char *edition = json_string_value(json_object_get(root, "edition"));

    if (!id || !secret)
        return element_refuse_file(p, EX_DATAERR, ".application: expected clientId and clientSecret");
    if (!edition || (strcmp(edition, "community") && strcmp(edition, "enterprise") && strcmp(edition, "cloud")))
        return element_refuse_file(p, EX_DATAERR, ".edition: expected community, enterprise or cloud");
    t->client_id = copy_or_null(id);
    t->client_secret = copy_or_null(secret);
    t->edition = copy_or_null(edition);
    return 0;
}

static int read_release(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    const json_t *release = json_object_get(root, "release");

    if (release && (!json_is_string(release) || !release_parse(json_string_value(release), &t->release)))
        return element_refuse_file(p, EX_DATAERR, ".release: expected 1.0, 1.8, 2.0, 2.1 or head");
    return 0;
}

static int read_caller(struct tenant *t, const json_t *root, const char *caller, struct tenant_problem *p)
{
    const char *text = caller ? caller : json_string_value(json_object_get(root, "caller"));
    struct uuid id;

    if (!text || !uuid_parse(text, &id))
        return element_refuse_file(p, EX_DATAERR, ".caller: expected a UUID");
    t->caller = tenant_user(t, &id);
    return 0;
}

static int read_root(struct tenant *t, const json_t *root, const char *caller, struct tenant_problem *p)
{
    if (!json_is_object(root))
        return element_refuse_file(p, EX_DATAERR, "expected an object");
    t->organizations = room(root, "organizations", sizeof(*t->organizations));
    t->workspaces = room(root, "workspaces", sizeof(*t->workspaces));
    t->users = room(root, "users", sizeof(*t->users));
    t->permissions = room(root, "permissions", sizeof(*t->permissions));
    if (read_application(t, root, p) || read_release(t, root, p) ||
        element_each(root, "organizations", p, &t->n_organizations, t, read_organization) ||
        index_organizations(t, p) || element_each(root, "workspaces", p, &t->n_workspaces, t, read_workspace) ||
        index_workspaces(t, p) || element_each(root, "users", p, &t->n_users, t, read_user) || index_users(t, p) ||
        read_caller(t, root, caller, p) || element_each(root, "permissions", p, &t->n_permissions, t, read_permission))
        return -1;
    if (index_permissions(t, p) || tenant_group_read(t, root, p))
        return -1;
    place_group_rights(t);
    return tenant_invitation_read(t, root, p) || tenant_audit_read(t, root, p) ? -1 : 0;
}

int tenant_read(struct tenant *t, const char *file, const char *caller, struct tenant_problem *problem)
{
    json_error_t error;
    json_t *root;
    FILE *f;
    int status;

    *t = (struct tenant){.caller = TENANT_NONE, .release = RELEASE_HEAD};
    f = fopen(file, "re");
    if (!f)
        return element_refuse_file(problem, EX_NOINPUT, "cannot open '%s': %s", file, strerror(errno));
    root = json_loadf(f, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    fclose(f);
    if (!root)
        return element_refuse_file(problem, EX_DATAERR, "%s:%d:%d: %s", file, error.line, error.column, error.text);
    status = read_root(t, root, caller, problem);
    json_decref(root);
    if (status) {
        char what[sizeof(problem->text)];

        memcpy(what, problem->text, sizeof(what));
        return element_refuse_file(problem, problem->status, "%s: %s", file, what);
    }
    return 0;
}

static void release_users(struct tenant *t)
{
    for (size_t i = 0; i < t->n_users; i++) {
        struct user *u = &t->users[i];

        free(u->name);
        free(u->email);
        free(u->json);
        free(u->access);
        free(u->listed);
        free(u->public_json);
    }
    free(t->users);
    free(t->user_keys);
}

void tenant_release(struct tenant *t)
{
    for (size_t i = 0; i < t->n_organizations; i++) {
        free(t->organizations[i].name);
        free(t->organizations[i].json);
    }
    for (size_t i = 0; i < t->n_workspaces; i++) {
        free(t->workspaces[i].name);
        free(t->workspaces[i].json);
        free(t->workspaces[i].public_json);
    }
    release_users(t);
    tenant_group_release(&t->groups);
    tenant_invitation_release(&t->invitations);
    tenant_audit_release(&t->audit);
    for (size_t i = 0; i < t->n_types; i++)
        free(t->types[i]);
    free(t->types);
    free(t->organizations);
    free(t->workspaces);
    free(t->organization_keys);
    free(t->workspace_keys);
    free(t->permissions);
    free(t->client_id);
    free(t->client_secret);
    free(t->edition);
    *t = (struct tenant){.caller = TENANT_NONE};
}

/* ---- rights ---- */

int tenant_rank(const struct tenant *t, size_t organization)
{
    const struct organization *o = &t->organizations[organization];

    if (t->caller_admin)
        return ROLE_ADMIN;
    return t->release >= RELEASE_HEAD ? max(o->rank, o->group_rank) : o->rank;
}

bool tenant_lists(const struct tenant *t, const struct workspace *w)
{
    return t->caller_admin || w->rank >= ROLE_READER || t->organizations[w->organization].rank >= ROLE_READER;
}

bool tenant_reads(const struct tenant *t, const struct workspace *w)
{
    return tenant_lists(t, w) || tenant_rank(t, w->organization) >= ROLE_READER ||
           (t->release >= RELEASE_HEAD && w->group_rank >= ROLE_READER);
}

void tenant_set_edition(struct tenant *t, const char *edition)
{
    free(t->edition);
    t->edition = piece_copy(edition, strlen(edition));
}

void tenant_open(struct tenant *t)
{
    t->caller = tenant_user(t, &zero_uuid);
    t->caller_admin = true;
}
