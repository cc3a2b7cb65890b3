#include "refusal.h"

#include <stdlib.h>
#include <string.h>

#include "gap.h"

/* Classes of statuses. */
#define FORBIDDEN 1u    /* 403 */
#define MISSING 2u      /* 404 */
#define UNKNOWN 4u      /* 405, 501 */
#define UNAUTHORIZED 8u /* 401 with a new token: so servers answer where they have no such call */
#define DENIED (FORBIDDEN | UNAUTHORIZED)
#define ABSENT (MISSING | UNKNOWN)
#define EVERY (DENIED | ABSENT)

/* What a row asks of a fact. */
enum want { ANY, YES, NO };

#define ANYTHING RESOURCE_NONE

/* The parents for which a row is. */
#define UNASKED (1u << PARENT_UNASKED)
#define ALONE (1u << PARENT_ALONE)
#define THERE (1u << PARENT_THERE)
#define GONE (1u << PARENT_GONE)
#define ANY_PARENT (UNASKED | ALONE | THERE | GONE)

/* The first row that fits decides. ${old}: the server's release is known and has no such resource. */
static const struct {
    enum resource resource;
    unsigned purposes, statuses, parents;
    enum want required, unlicensed, detour, old;
    struct refusal_meaning meaning;
} table[] = {
#define ALL_PURPOSES (1u << FOR_LIST | 1u << FOR_SEARCH | 1u << FOR_LOOKUP | 1u << FOR_DETOUR)
#define LISTS (1u << FOR_LIST | 1u << FOR_DETOUR)
    {ANYTHING, ALL_PURPOSES, EVERY, ANY_PARENT, NO, YES, ANY, ANY, {REFUSAL_NOTE, "unlicensed"}},
    {ANYTHING, LISTS, FORBIDDEN | ABSENT, ANY_PARENT, ANY, ANY, YES, ANY, {REFUSAL_DETOUR, ""}},
    /* A workspace may have been deleted between two calls; what no list tells of is there, as far as anybody knows. */
    {RESOURCE_WORKSPACE_USER, LISTS, FORBIDDEN | MISSING, UNASKED, ANY, ANY, ANY, ANY, {REFUSAL_DOUBT, ""}},
    {RESOURCE_WORKSPACE_USER, LISTS, FORBIDDEN | MISSING, GONE, ANY, ANY, ANY, ANY, {REFUSAL_NOTE, "gone"}},
    {RESOURCE_WORKSPACE_USER, LISTS, MISSING, ALONE | THERE, ANY, ANY, ANY, ANY, {REFUSAL_GAP, "missing"}},
    {RESOURCE_WORKSPACE_USER, LISTS, FORBIDDEN, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_GAP, "forbidden"}},
    /* Workspaces that the caller may read show in the other list of them; others may be there. */
    {RESOURCE_WORKSPACE, LISTS, FORBIDDEN, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_GAP, "forbidden"}},
    {RESOURCE_WORKSPACE, LISTS, ABSENT, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_GAP, "missing"}},
    {RESOURCE_WORKSPACE, 1u << FOR_SEARCH, FORBIDDEN, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_GAP, "forbidden"}},
    {RESOURCE_ORGANIZATION_USER, LISTS, FORBIDDEN, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_GAP, "forbidden"}},
    {ANYTHING, ALL_PURPOSES, DENIED, ANY_PARENT, NO, ANY, ANY, YES, {REFUSAL_NOTE, "missing"}},
    /* These give no access: one more is no secret kept. */
    {RESOURCE_INVITATION, ALL_PURPOSES, DENIED, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_NOTE, "forbidden"}},
    {RESOURCE_WORKSPACE_INVITATION, ALL_PURPOSES, DENIED, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_NOTE, "forbidden"}},
    {RESOURCE_USER, ALL_PURPOSES, DENIED, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_NOTE, "forbidden"}},
    {RESOURCE_AUDIT_EVENT, ALL_PURPOSES, DENIED, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_NOTE, "forbidden"}},
    /* A group whose list has just shown it was deleted since. */
    {RESOURCE_GROUP_MEMBER, LISTS, MISSING, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_NOTE, "gone"}},
    {RESOURCE_GROUP_PERMISSION, LISTS, MISSING, ANY_PARENT, ANY, ANY, ANY, ANY, {REFUSAL_NOTE, "gone"}},
    {ANYTHING, ALL_PURPOSES, ABSENT, ANY_PARENT, NO, ANY, ANY, ANY, {REFUSAL_NOTE, "missing"}},
    {ANYTHING, ALL_PURPOSES, DENIED, ANY_PARENT, NO, ANY, ANY, ANY, {REFUSAL_GAP, "forbidden"}},
};

static unsigned class_of(int status)
{
    if (status == 401)
        return UNAUTHORIZED;
    if (status == 403)
        return FORBIDDEN;
    return status == 404 ? MISSING : UNKNOWN;
}

static bool fits(enum want want, bool is)
{
    return want == ANY || (want == YES) == is;
}

bool refusal_is_older(const char *release, const char *since)
{
    while (release != NULL && since != NULL) {
        char *end, *since_end;
        long a = strtol(release, &end, 10), b = strtol(since, &since_end, 10);

        if (end == release || since_end == since)
            return false;
        if (a != b)
            return a < b;
        if (*since_end != '.' || *end != '.')
            return false;
        release = end + 1;
        since = since_end + 1;
    }
    return false;
}

struct refusal_meaning refusal_judge(const struct refusal_case *c)
{
    const struct resource_info *info = &resource_table[c->resource];
    bool old = refusal_is_older(c->release, info->since);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if ((table[i].resource == ANYTHING || table[i].resource == c->resource) &&
            (table[i].purposes & (1u << c->purpose)) != 0 && (table[i].statuses & class_of(c->status)) != 0 &&
            (table[i].parents & (1u << c->parent)) != 0 && fits(table[i].required, info->required) &&
            fits(table[i].unlicensed, c->unlicensed) && fits(table[i].detour, c->detour) && fits(table[i].old, old))
            return table[i].meaning;
    return (struct refusal_meaning){REFUSAL_END, ""};
}

struct refusal_meaning refusal_judge_call(const struct call *c)
{
    return refusal_judge(&(struct refusal_case){
        .resource = c->ep->resource,
        .purpose = c->ep->purpose,
        .status = c->refusal.http_status,
        .parent = PARENT_ALONE,
    });
}

bool refusal_is_partial(const struct refusal_case *c, bool own, bool reads)
{
    return !reads && !(own && refusal_is_older(c->release, "2.0"));
}

static struct json_str text(const char *s)
{
    return (struct json_str){s, s != NULL ? strlen(s) : 0};
}

int refusal_role_len(const char *needs)
{
    return (int)strspn(needs, "abcdefghijklmnopqrstuvwxyz_");
}

void refusal_line(struct buf *out, enum refusal_kind kind, enum resource resource, const struct scope *scope,
    int status, const char *reason, const char *needs)
{
    const struct resource_info *info = &resource_table[resource];
    struct gap gap = {
        .note = kind == REFUSAL_NOTE,
        .of = text(info->name),
        .status = status,
        .reason = text(reason),
        .needs = {needs, needs != NULL ? (size_t)refusal_role_len(needs) : 0},
    };

    for (int i = 0; i < LEVEL_COUNT; i++)
        if (scope->id[i] != NULL && ((info->bears & LEVEL_BIT(i)) != 0 || i == (int)info->opens))
            gap.parents[gap.n_parents++] =
                (struct gap_parent){text(resource_level_name((enum level)i)), text(scope->id[i])};
    gap_put(out, &gap);
    buf_putc(out, '\n');
}

/* What would help against a 403: the role. */
static void put_role(struct buf *out, const struct call *c)
{
    static const char also[] = "self-managed servers also answer 403 where a call is missing";

    if (c->ep->role == NULL) {
        buf_printf(out, "any valid token will do for it, so something else refuses (%s)", also);
        return;
    }
    buf_puts(out, "it needs ");
    endpoint_role(out, c->ep, &c->scope);
    buf_printf(out, " (%s)", also);
}

int refusal_error(const struct call *c, struct err *e)
{
    const struct refusal *why = &c->refusal;
    struct err error = {0};
    struct buf hint;

    buf_init(&hint, 8192);
    if (why->http_status == 403)
        put_role(&hint, c);
    else
        buf_puts(&hint, why->hint);
    if (buf_cstr(&hint) == NULL)
        err_set(&error, EX_OSERR, "no memory for a message");
    else
        err_set(&error, why->exit_status, "HTTP status %d: %s%s%s", why->http_status, why->text,
            hint.len > 0 ? "; " : "", hint.data);
    call_context(c, &error);
    err_field_number(&error, "status", why->http_status);
    buf_clear(&hint);
    endpoint_role(&hint, c->ep, &c->scope);
    err_field(&error, "role", buf_cstr(&hint));
    buf_release(&hint);
    return err_take(e, &error);
}
