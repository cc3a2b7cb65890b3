#include "people.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "user.h"

#define PEOPLE_MAX ((size_t)10000000)
#define MESSAGE_MAX ((size_t)256 << 20)
#define TEXTS_MAX ((size_t)8 << 30)

typedef C1__Connector__V2__Resource Resource;

/* A copy of ${text}. Without memory it is empty, and ${p}->texts.failed. */
static struct json_str keep(struct people *p, struct json_str text)
{
    const char *s = text.len > 0 ? arena_dup(&p->texts, text.s, text.len) : NULL;

    return (struct json_str){s != NULL ? s : "", s != NULL ? text.len : 0};
}

/* The text ${key} of a profile. */
static struct json_str profile_text(struct people *p, const Google__Protobuf__Struct *profile, const char *key)
{
    for (size_t i = 0; profile != NULL && i < profile->n_fields; i++) {
        const Google__Protobuf__Value *value = profile->fields[i]->value;

        if (json_eq(pbwire_str(profile->fields[i]->key), key) && value != NULL &&
            value->kind_case == GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE)
            return keep(p, pbwire_str(value->string_value));
    }
    return (struct json_str){"", 0};
}

/* Take what ${message} says; a user without a trait is known by name alone. */
static int read_person(struct people *p, struct person *who, const Resource *message, struct arena *a, struct err *e)
{
    struct user_facts facts;

    if (user_read(message, a, &facts, e) < 0)
        return -1;
    who->email = keep(p, facts.email);
    who->login = keep(p, facts.login);
    who->name = profile_text(p, facts.profile, "name");
    who->service = facts.service;
    who->disabled = facts.status == C1__CONNECTOR__V2__STATUS__RESOURCE_STATUS__RESOURCE_STATUS_DISABLED ||
                    facts.status == C1__CONNECTOR__V2__STATUS__RESOURCE_STATUS__RESOURCE_STATUS_DELETED;
    who->invited = who->disabled && json_eq(facts.status_details, "invitation pending");
    who->role = profile_text(p, facts.profile, "permission_type");
    who->scope.type = profile_text(p, facts.profile, "scope_type");
    who->scope.id = profile_text(p, facts.profile, "scope_id");
    return 0;
}

static int add(struct people *p, struct c1zread_rows *rows, const struct c1znames_resource *resource, struct arena *a,
    struct err *e)
{
    struct person *grown = grow_array(p->person, &p->cap, p->n + 1, PEOPLE_MAX, sizeof(*grown));
    ProtobufCMessage *m;

    if (grown == NULL)
        return err_set(e, EX_OSERR, "no memory for the users");
    p->person = grown;
    arena_reset(a);
    if (c1zread_message(rows, a, &m, e) < 0)
        return -1;
    grown[p->n] = (struct person){.resource = resource};
    if (read_person(p, &grown[p->n++], (const Resource *)m, a, e) < 0)
        return c1zread_place(rows, e);
    return p->texts.failed ? err_set(e, EX_OSERR, "no memory for the users") : 0;
}

static int by_resource(const void *a, const void *b)
{
    const struct person *x = a, *y = b;

    return (x->resource > y->resource) - (x->resource < y->resource);
}

int people_load(
    struct people *p, struct c1zread *r, const struct c1zread_sync *sync, const struct c1znames *names, struct err *e)
{
    struct c1zread_query query = {.sync = sync, .kind = KIND_RESOURCE, .order = C1ZREAD_STORED, .part = C1ZREAD_WHOLE};
    struct c1zread_rows *rows;
    struct c1zread_row row;
    struct arena arena;
    int n = -1;

    *p = (struct people){.organizations = c1znames_type(names, json_str_of("organization")) != NULL};
    arena_init(&p->texts, TEXTS_MAX);
    arena_init(&arena, MESSAGE_MAX);
    rows = c1zread_rows(r, &query, e);
    while (rows != NULL && (n = c1zread_next(rows, &row, e)) > 0) {
        const struct c1znames_resource *resource = c1znames_resource(names, &row.self);

        if (resource == NULL || resource->type == NULL || !resource->type->user)
            continue;
        n = add(p, rows, resource, &arena, e);
        if (n < 0)
            break;
    }
    c1zread_rows_close(rows);
    arena_release(&arena);
    if (n == 0 && p->n > 0)
        qsort(p->person, p->n, sizeof(*p->person), by_resource);
    return n;
}

void people_release(struct people *p)
{
    free(p->person);
    arena_release(&p->texts);
    p->person = NULL;
    p->n = p->cap = 0;
}

const struct person *people_find(const struct people *p, const struct c1znames_resource *resource)
{
    struct person key = {.resource = resource};

    return p->n > 0 ? bsearch(&key, p->person, p->n, sizeof(key), by_resource) : NULL;
}

static bool ends_with(struct json_str text, const char *end)
{
    size_t len = strlen(end);

    return text.len >= len && memcmp(text.s + text.len - len, end, len) == 0;
}

bool people_is_admin(const struct c1znames_entitlement *entitlement)
{
    return json_eq(entitlement->slug, "admin") || ends_with(entitlement->slug, "_admin");
}

unsigned people_weigh(const struct people *p, const struct c1znames_entitlement *entitlement)
{
    struct json_str type = entitlement->on.type;
    bool admin = people_is_admin(entitlement);
    unsigned role = PEOPLE_HAS_ROLE | (p->organizations ? 0u : PEOPLE_IN_ORGANIZATION);

    if (json_eq(type, "group"))
        return json_eq(entitlement->slug, "inactive_member") ? 0 : role;
    if (json_eq(type, "instance"))
        return role | PEOPLE_IN_ORGANIZATION | (admin ? PEOPLE_ADMIN_INSTANCE : 0u);
    if (json_eq(type, "organization"))
        return role | PEOPLE_IN_ORGANIZATION | (admin ? PEOPLE_ADMIN_ORGANIZATION : 0u);
    return role | (admin ? PEOPLE_ADMIN_WORKSPACE : 0u);
}
