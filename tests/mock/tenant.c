#include "tenant.h"

#include "text.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct tenant_key {
    struct uuid id;
    size_t index;
};

static const struct uuid zero_uuid;

/* ---- refusing ---- */

__attribute__((format(printf, 3, 4))) static int refuse(struct tenant_problem *p, int status, const char *fmt, ...)
{
    va_list ap;

    p->status = status;
    va_start(ap, fmt);
    vsnprintf(p->text, sizeof(p->text), fmt, ap);
    va_end(ap);
    return -1;
}

/* One element of a list of the file, for messages as well. */
struct element {
    const json_t *object;
    const char *list; /* the list's name */
    size_t index;
    struct tenant_problem *problem;
};

static int refuse_element(const struct element *e, const char *member, const char *what)
{
    return refuse(e->problem, EX_DATAERR, ".%s[%zu].%s: %s", e->list, e->index, member, what);
}

/* ---- members ---- */

/* A string member: *value points into the tree; NULL if it is absent or null and that is allowed. */
static int get_string(const struct element *e, const char *member, bool required, const char **value)
{
    const json_t *v = json_object_get(e->object, member);

    *value = json_string_value(v);
    if (*value && strlen(*value) != json_string_length(v))
        return refuse_element(e, member, "a NUL in the text");
    if (!*value && (required || (v && !json_is_null(v))))
        return refuse_element(e, member, "expected a string");
    return 0;
}

static int get_uuid(const struct element *e, const char *member, struct uuid *id)
{
    const char *text;

    if (get_string(e, member, true, &text))
        return -1;
    return uuid_parse(text, id) ? 0 : refuse_element(e, member, "not a UUID");
}

static int get_bool(const struct element *e, const char *member, bool absent, bool *value)
{
    const json_t *v = json_object_get(e->object, member);

    if (v && !json_is_boolean(v))
        return refuse_element(e, member, "expected true or false");
    *value = v ? json_is_true(v) : absent;
    return 0;
}

static char *copy_or_null(const char *s)
{
    return s ? text_copy(s, strlen(s)) : NULL;
}

/* Run ${read} over the elements of list ${name}, which may be absent; *n tells how many there are. */
static int each(struct tenant *t, const json_t *root, const char *name, struct tenant_problem *p, size_t *n,
    int (*read)(struct tenant *, const struct element *))
{
    const json_t *list = json_object_get(root, name);

    if (list && !json_is_array(list))
        return refuse(p, EX_DATAERR, ".%s: expected an array", name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct element e = {json_array_get(list, i), name, i, p};

        if (!json_is_object(e.object))
            return refuse(p, EX_DATAERR, ".%s[%zu]: expected an object", name, i);
        if (read(t, &e))
            return -1;
        (*n)++;
    }
    return 0;
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
            return refuse(p, EX_DATAERR, ".%s: id %s occurs twice", what, id);
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

/* Values of new objects; jansson hands NULL through to the call that would use it, so one check at the end is enough. */
static void set(json_t *object, const char *member, json_t *value)
{
    if (json_object_set_new(object, member, value)) {
        fputs("mock-airbyte: out of memory\n", stderr);
        _Exit(EX_OSERR);
    }
}

/* The compact text of ${object}, which is released. */
static char *dump(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);
    char *copy;

    if (!text) {
        fputs("mock-airbyte: out of memory\n", stderr);
        _Exit(EX_OSERR);
    }
    json_decref(object);
    /* jansson's own allocation may need jansson's own free. */
    copy = text_copy(text, strlen(text));
    free(text);
    return copy;
}

/* Copy the members of ${from} into ${to}, except those ${skip} names. */
static void set_others(json_t *to, const json_t *from, const char *const *skip)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)from, name, value)
    {
        bool skipped = false;

        for (const char *const *s = skip; *s && !skipped; s++)
            skipped = strcmp(*s, name) == 0;
        if (!skipped)
            set(to, name, json_incref(value));
    }
}

/* An optional member: the value, null or nothing at all, as the id has it. Clients must treat the last two alike. */
static void set_sometimes(json_t *object, const char *member, const struct uuid *id, uint32_t salt, json_t *value)
{
    uint32_t draw = uuid_hash(id, salt) % 4;

    if (draw == 0)
        set(object, member, json_null());
    if (draw > 1)
        set(object, member, value);
    else
        json_decref(value);
}

static json_t *uuid_value(const struct uuid *id)
{
    char text[UUID_TEXT_LEN + 1];

    uuid_format(id, text);
    return json_string(text);
}

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
    return json_pack("[{s:o,s:s,s:o}]", "id", uuid_value(id), "name", "dbt", "customDbtHost", secret_url(id, "DBT"));
}

/* WorkspaceRead: what the tenant file says, over what we make up. */
static char *workspace_json(const json_t *object, const struct uuid *id, const struct uuid *customer)
{
    static const char *const none[] = {NULL};
    json_t *o = json_object();

    set(o, "workspaceId", uuid_value(id));
    set_sometimes(o, "customerId", id, 1, uuid_value(customer));
    set_sometimes(o, "email", id, 2, json_string("owner@example.com"));
    set(o, "name", json_string(""));
    set(o, "slug", json_sprintf("workspace-%08x", (unsigned)uuid_hash(id, 3)));
    set(o, "initialSetupComplete", json_true());
    set_sometimes(o, "displaySetupWizard", id, 4, json_false());
    set_sometimes(o, "anonymousDataCollection", id, 5, json_false());
    set_sometimes(o, "news", id, 6, json_false());
    set_sometimes(o, "securityUpdates", id, 7, json_true());
    set_sometimes(o, "notifications", id, 8, json_array());
    set(o, "notificationSettings", notification_settings(id));
    set(o, "dataplaneGroupId", json_string("645a183f-b12b-4c6e-8ad3-99e165603450"));
    set_sometimes(o, "webhookConfigs", id, 9, webhook_configs(id));
    set(o, "tombstone", json_false());
    set_others(o, object, none);
    return dump(o);
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

    set(o, "workspaceId", uuid_value(id));
    set(o, "name", json_incref(json_object_get(object, "name")));
    set(o, "dataResidency", json_string(regions[uuid_hash(id, 10) % 3]));
    set(o, "notifications", n);
    set_others(o, object, config_only);
    return dump(o);
}

/* A text the tenant may lack: absent, or null, as the id has it. ${t} ends in a comma unless nothing was added. */
static void add_text(struct text *t, const char *member, const char *value, const struct uuid *id)
{
    if (!value && uuid_hash(id, 11) % 2)
        return;
    text_addf(t, "\"%s\":", member);
    if (value)
        text_quote(t, value, strlen(value));
    else
        text_puts(t, "null");
    text_puts(t, ",");
}

static void user_json(struct user *u, const json_t *object)
{
    static const char *const none[] = {NULL};
    char id[UUID_TEXT_LEN + 1];
    struct text access = {0}, listed = {0}, public = {0};
    json_t *o = json_object();

    uuid_format(&u->id, id);
    text_addf(&access, "\"userId\":\"%s\",", id);
    add_text(&access, "userEmail", u->email, &u->id);
    add_text(&access, "userName", u->name, &u->id);
    add_text(&listed, "name", u->name, &u->id);
    text_addf(&listed, "\"userId\":\"%s\",", id);
    add_text(&listed, "email", u->email, &u->id);
    text_puts(&public, "{");
    add_text(&public, "name", u->name, &u->id);
    add_text(&public, "email", u->email, &u->id);
    text_addf(&public, "\"id\":\"%s\"}", id);
    u->access = access.data;
    u->listed = listed.data;
    u->public_json = public.data;
    set_sometimes(o, "news", &u->id, 12, json_false());
    set(o, "metadata", json_object());
    set_others(o, object, none);
    u->json = dump(o);
}

/* ---- reading the lists ---- */

static int read_organization(struct tenant *t, const struct element *e)
{
    static const char *const skip[] = {"listed", NULL};
    struct organization *o = &t->organizations[t->n_organizations];
    const char *name, *email;
    json_t *object;

    *o = (struct organization){0};
    if (get_uuid(e, "organizationId", &o->id) || get_string(e, "organizationName", true, &name) ||
        get_string(e, "email", false, &email) || get_bool(e, "listed", true, &o->listed))
        return -1;
    o->name = copy_or_null(name);
    object = json_object();
    set(object, "organizationId", uuid_value(&o->id));
    set(object, "organizationName", json_string(name));
    set(object, "email", json_string(""));
    set_others(object, e->object, skip);
    o->json = dump(object);
    return 0;
}

static int read_workspace(struct tenant *t, const struct element *e)
{
    struct workspace *w = &t->workspaces[t->n_workspaces];
    struct uuid organization;
    const char *name;

    *w = (struct workspace){0};
    if (get_uuid(e, "workspaceId", &w->id) || get_uuid(e, "organizationId", &organization) ||
        get_string(e, "name", true, &name) || get_bool(e, "tombstone", false, &w->tombstone))
        return -1;
    w->organization = tenant_organization(t, &organization);
    if (w->organization == TENANT_NONE)
        return refuse_element(e, "organizationId", "no such organization");
    w->name = copy_or_null(name);
    w->json = workspace_json(e->object, &w->id, &organization);
    w->public_json = workspace_public_json(e->object, &w->id);
    return 0;
}

static int read_user(struct tenant *t, const struct element *e)
{
    struct user *u = &t->users[t->n_users];
    const char *name, *email;

    *u = (struct user){0};
    if (get_uuid(e, "userId", &u->id) || get_string(e, "name", false, &name) || get_string(e, "email", false, &email))
        return -1;
    u->is_default = uuid_is_zero(&u->id);
    u->name = copy_or_null(name);
    u->email = copy_or_null(email);
    user_json(u, e->object);
    return 0;
}

/* The one copy of this permission type, as JSON text. There are few of them. */
static const char *intern_type(struct tenant *t, const char *type)
{
    struct text quoted = {0};

    text_quote(&quoted, type, strlen(type));
    for (size_t i = 0; i < t->n_types; i++)
        if (strcmp(t->types[i], quoted.data) == 0) {
            text_release(&quoted);
            return t->types[i];
        }
    t->types = text_array(t->types, t->n_types + 1, sizeof(*t->types));
    t->types[t->n_types] = quoted.data;
    return t->types[t->n_types++];
}

/* Where the permission holds: the member that is there says it. */
static int read_scope(struct tenant *t, const struct element *e, struct permission *p)
{
    bool in_workspace = json_object_get(e->object, "workspaceId") != NULL;
    bool in_organization = json_object_get(e->object, "organizationId") != NULL;
    const char *member = in_workspace ? "workspaceId" : "organizationId";
    struct uuid id;

    if (in_workspace && in_organization)
        return refuse_element(e, "workspaceId", "a permission is for one workspace or one organization");
    p->scope = in_workspace ? ROLE_WORKSPACE : in_organization ? ROLE_ORGANIZATION : ROLE_INSTANCE;
    if (p->scope == ROLE_INSTANCE)
        return 0;
    if (get_uuid(e, member, &id))
        return -1;
    p->where = in_workspace ? tenant_workspace(t, &id) : tenant_organization(t, &id);
    return p->where == TENANT_NONE ? refuse_element(e, member, "no such one in this file") : 0;
}

static int read_permission(struct tenant *t, const struct element *e)
{
    struct permission *p = &t->permissions[t->n_permissions];
    struct uuid user;
    const char *type;

    *p = (struct permission){0};
    if (get_uuid(e, "permissionId", &p->id) || get_uuid(e, "userId", &user) ||
        get_string(e, "permissionType", true, &type) || read_scope(t, e, p))
        return -1;
    p->user = tenant_user(t, &user);
    if (p->user == TENANT_NONE)
        return refuse_element(e, "userId", "no such user in this file");
    p->rank = role_rank(type, p->scope);
    p->type = intern_type(t, type);
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
    return text_array(NULL, json_array_size(json_object_get(root, name)), size);
}

static void sort(void *list, size_t n, size_t size, int (*order)(const void *, const void *))
{
    if (n > 1)
        qsort(list, n, size, order);
}

static int index_organizations(struct tenant *t, struct tenant_problem *p)
{
    sort(t->organizations, t->n_organizations, sizeof(*t->organizations), organization_order);
    t->organization_keys = text_array(NULL, t->n_organizations, sizeof(*t->organization_keys));
    for (size_t i = 0; i < t->n_organizations; i++)
        t->organization_keys[i] = (struct tenant_key){t->organizations[i].id, i};
    return key_sort(t->organization_keys, t->n_organizations, "organizations", p);
}

static int index_workspaces(struct tenant *t, struct tenant_problem *p)
{
    sort(t->workspaces, t->n_workspaces, sizeof(*t->workspaces), workspace_order);
    t->workspace_keys = text_array(NULL, t->n_workspaces, sizeof(*t->workspace_keys));
    for (size_t i = 0; i < t->n_workspaces; i++)
        t->workspace_keys[i] = (struct tenant_key){t->workspaces[i].id, i};
    return key_sort(t->workspace_keys, t->n_workspaces, "workspaces", p);
}

static int index_users(struct tenant *t, struct tenant_problem *p)
{
    sort(t->users, t->n_users, sizeof(*t->users), user_order);
    t->user_keys = text_array(NULL, t->n_users, sizeof(*t->user_keys));
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
        if (callers)
            o->rank = p->rank;
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
            return refuse(problem, EX_DATAERR, ".permissions: user %s has two roles in one place", user);
        }
        place_permission(t, i);
    }
    return 0;
}

/* ---- the file ---- */

static int read_application(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    const json_t *application = json_object_get(root, "application");
    const char *id = json_string_value(json_object_get(application, "clientId"));
    const char *secret = json_string_value(json_object_get(application, "clientSecret"));
    const char *edition = json_string_value(json_object_get(root, "edition"));

    if (!id || !secret)
        return refuse(p, EX_DATAERR, ".application: expected clientId and clientSecret");
    if (!edition || (strcmp(edition, "community") && strcmp(edition, "enterprise") && strcmp(edition, "cloud")))
        return refuse(p, EX_DATAERR, ".edition: expected community, enterprise or cloud");
    t->client_id = copy_or_null(id);
    t->client_secret = copy_or_null(secret);
    t->edition = copy_or_null(edition);
    return 0;
}

static int read_caller(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    const char *text = json_string_value(json_object_get(root, "caller"));
    struct uuid id;

    if (!text || !uuid_parse(text, &id))
        return refuse(p, EX_DATAERR, ".caller: expected a UUID");
    t->caller = tenant_user(t, &id);
    return 0;
}

static int read_root(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    if (!json_is_object(root))
        return refuse(p, EX_DATAERR, "expected an object");
    t->organizations = room(root, "organizations", sizeof(*t->organizations));
    t->workspaces = room(root, "workspaces", sizeof(*t->workspaces));
    t->users = room(root, "users", sizeof(*t->users));
    t->permissions = room(root, "permissions", sizeof(*t->permissions));
    if (read_application(t, root, p) || each(t, root, "organizations", p, &t->n_organizations, read_organization) ||
        index_organizations(t, p) || each(t, root, "workspaces", p, &t->n_workspaces, read_workspace) ||
        index_workspaces(t, p) || each(t, root, "users", p, &t->n_users, read_user) || index_users(t, p) ||
        read_caller(t, root, p) || each(t, root, "permissions", p, &t->n_permissions, read_permission))
        return -1;
    return index_permissions(t, p);
}

int tenant_read(struct tenant *t, const char *file, struct tenant_problem *problem)
{
    json_error_t error;
    json_t *root;
    FILE *f;
    int status;

    *t = (struct tenant){.caller = TENANT_NONE};
    f = fopen(file, "re");
    if (!f)
        return refuse(problem, EX_NOINPUT, "cannot open '%s': %s", file, strerror(errno));
    root = json_loadf(f, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    fclose(f);
    if (!root)
        return refuse(problem, EX_DATAERR, "%s:%d:%d: %s", file, error.line, error.column, error.text);
    status = read_root(t, root, problem);
    json_decref(root);
    if (status) {
        char what[sizeof(problem->text)];

        memcpy(what, problem->text, sizeof(what));
        return refuse(problem, problem->status, "%s: %s", file, what);
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

bool tenant_reads(const struct tenant *t, const struct workspace *w)
{
    return t->caller_admin || w->rank >= ROLE_READER || t->organizations[w->organization].rank >= ROLE_READER;
}

void tenant_open(struct tenant *t)
{
    t->caller = tenant_user(t, &zero_uuid);
    t->caller_admin = true;
}
