#include "caller.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "rawline.h"

void caller_init(struct caller *c, bool ask)
{
    *c = (struct caller){.known = !ask};
    known_init(&c->unused);
    ids_init(&c->organizations);
    known_init(&c->held);
}

void caller_release(struct caller *c)
{
    call_free(c->call);
    free(c->id);
    known_release(&c->unused);
    ids_release(&c->organizations);
    known_release(&c->held);
}

/* One of his roles. */
struct role {
    struct json_str type, scope, scope_id, user;
};

static void read_role(struct json *j, struct role *role)
{
    struct json_str name;

    *role = (struct role){0};
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "permissionType"))
            rawline_take_string(j, &role->type);
        else if (json_eq(name, "scope"))
            rawline_take_string(j, &role->scope);
        else if (json_eq(name, "scopeId"))
            rawline_take_string(j, &role->scope_id);
        else if (json_eq(name, "userId"))
            rawline_take_string(j, &role->user);
        else
            json_skip(j, NULL);
    }
}

static bool is_word(struct json_str s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.s, word, s.len) == 0;
}

/* Whether a role in an organization lets its holder read all of it (reference airbyte-api.md section 4.2). */
static bool is_reading(struct json_str type)
{
    static const char *const types[] = {
        "organization_admin", "organization_editor", "organization_runner", "organization_reader"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (is_word(type, types[i]))
            return true;
    return false;
}

/* All his roles bear his id. */
static int take_id(struct caller *c, const struct role *role, struct err *e)
{
    if (c->id != NULL || !rawline_is_id(role->user))
        return 0;
    c->id = strndup(role->user.s, role->user.len);
    return c->id != NULL ? 0 : err_set(e, EX_OSERR, "no memory for the caller's roles");
}

/* What ${role} is in. */
static int take_held(struct caller *c, const struct role *role)
{
    uint32_t ignored;

    for (enum level level = LEVEL_ORGANIZATION; level <= LEVEL_WORKSPACE; level++)
        if (is_word(role->scope, resource_level_word(level)) && rawline_is_id(role->scope_id))
            return ids_add(&c->held.of[level], role->scope_id, &ignored);
    return 0;
}

static int take_roles(struct caller *c, const struct rows *rows, struct err *e)
{
    struct err ignored = {0};
    struct role role;
    struct json j;
    uint32_t index;
    int r = 0;

    json_init(&j, NULL);
    for (uint32_t i = 0; r == 0 && i < rows->n; i++) {
        struct json_str data = rows_data(rows, i);

        json_begin(&j, data.s, data.len, 0);
        read_role(&j, &role);
        if (json_end(&j, &ignored) < 0)
            r = err_set(e, EX_OSERR, "no memory for the caller's roles");
        else if (take_id(c, &role, e) < 0)
            r = -1;
        else if (take_held(c, &role) < 0)
            r = err_set(e, EX_OSERR, "no memory for the caller's roles");
        else if (is_word(role.type, "instance_admin"))
            c->admin = true;
        else if (is_reading(role.type) && rawline_is_id(role.scope_id) &&
                 ids_add(&c->organizations, role.scope_id, &index) < 0)
            r = err_set(e, EX_OSERR, "no memory for the caller's roles");
    }
    json_release(&j);
    return r;
}

/* Ask when there is room. */
static int ask(struct caller *c, struct engine *g, struct err *e)
{
    const struct endpoint *ep = endpoint_own_roles();

    if (!engine_room(g, ep->api))
        return 0;
    c->call = call_new(ep, NULL, &c->unused, 1);
    if (c->call == NULL)
        return err_set(e, EX_OSERR, "no memory for a call");
    return engine_start(g, c->call, e) < 0 ? -1 : 1;
}

int caller_advance(struct caller *c, struct engine *g, struct err *e)
{
    int r = 0;

    if (c->known)
        return 0;
    if (c->call == NULL)
        return ask(c, g, e);
    if (c->call->state == CALL_ACTIVE)
        return 0;
    if (c->call->state == CALL_DONE)
        r = take_roles(c, &c->call->rows, e);
    c->told = c->call->state == CALL_DONE;
    c->known = c->asked = true;
    call_free(c->call);
    c->call = NULL;
    log_debug("the caller's roles", LOG_STR("instance_admin", c->admin ? "yes" : "no"),
        LOG_INT("organizations_read", (int64_t)c->organizations.n));
    return r < 0 ? -1 : 1;
}

bool caller_known(const struct caller *c)
{
    return c->known;
}

const char *caller_id(struct caller *c)
{
    if (!c->asked)
        c->known = false;
    return c->id;
}

bool caller_told(const struct caller *c)
{
    return c->told;
}

bool caller_is_admin(const struct caller *c)
{
    return c->admin;
}

bool caller_reads(struct caller *c, const char *organization)
{
    uint32_t index;

    return c->admin || ids_find(&c->organizations, (struct json_str){organization, strlen(organization)}, &index);
}
