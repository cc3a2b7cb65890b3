#include "c1znames.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "grow.h"
#include "pbwire.h"
#include "records.pb-c.h"

/* What one record may take as a message. */
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)

typedef C1__Connector__V2__ResourceType ResourceType;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__Entitlement Entitlement;

/* Loading. What fails for want of memory shows in the arena, or as an array that is not larger. */

static struct json_str keep(struct c1znames *n, struct json_str text)
{
    const char *copy = arena_dup(&n->texts, text.len > 0 ? text.s : "", text.len);

    return copy != NULL ? (struct json_str){copy, text.len} : (struct json_str){"", 0};
}

/* Keep ${name}, or use ${otherwise}, which is kept already. */
static struct json_str keep_or(struct c1znames *n, ProtobufCBinaryData name, struct json_str otherwise)
{
    return name.len > 0 ? keep(n, pbwire_str(name)) : otherwise;
}

/* Room for one more item in ${array}, or NULL. */
static void *grow(void *array, size_t count, size_t *cap, size_t size)
{
    return grow_array(array, cap, count + 1, SIZE_MAX / size, size);
}

static bool take_type(struct c1znames *n, size_t *cap, const struct c1zread_row *row, const ProtobufCMessage *message)
{
    const ResourceType *m = (const ResourceType *)message;
    struct c1znames_type *types = grow(n->types, n->n_types, cap, sizeof(*types)), *t;

    if (types == NULL)
        return false;
    n->types = types;
    t = &types[n->n_types++];
    t->id = keep(n, row->id);
    t->name = keep_or(n, m->display_name, t->id);
    t->user = false;
    for (size_t i = 0; i < m->n_traits; i++)
        t->user = t->user || m->traits[i] == C1__CONNECTOR__V2__RESOURCE_TYPE__TRAIT__TRAIT_USER;
    return true;
}

/* Keep a reference; the text of a type that the sync has is the type's own. */
static struct c1zread_ref keep_ref(struct c1znames *n, const struct c1zread_ref *ref)
{
    const struct c1znames_type *type = c1znames_type(n, ref->type);

    return (struct c1zread_ref){type != NULL ? type->id : keep(n, ref->type), keep(n, ref->id)};
}

static bool take_resource(
    struct c1znames *n, size_t *cap, const struct c1zread_row *row, const ProtobufCMessage *message)
{
    const Resource *m = (const Resource *)message;
    struct c1znames_resource *resources = grow(n->resources, n->n_resources, cap, sizeof(*resources)), *r;

    if (resources == NULL)
        return false;
    n->resources = resources;
    r = &resources[n->n_resources++];
    r->ref = keep_ref(n, &row->self);
    r->parent = keep_ref(n, &row->parent);
    r->name = keep_or(n, m->display_name, r->ref.id);
    r->type = c1znames_type(n, r->ref.type);
    r->missing = false;
    return true;
}

struct json_str c1znames_slug(const struct c1zread_ref *on, struct json_str id)
{
    size_t before = c1zread_convention(on, id);

    return (struct json_str){id.s + before, id.len - before};
}

static bool take_entitlement(
    struct c1znames *n, size_t *cap, const struct c1zread_row *row, const ProtobufCMessage *message)
{
    const Entitlement *m = (const Entitlement *)message;
    struct c1znames_entitlement *all = grow(n->entitlements, n->n_entitlements, cap, sizeof(*all)), *t;
    const struct c1znames_resource *on = c1znames_resource(n, &row->on);

    if (all == NULL)
        return false;
    n->entitlements = all;
    t = &all[n->n_entitlements++];
    t->on = on != NULL ? on->ref : keep_ref(n, &row->on);
    t->id = keep(n, row->id);
    t->slug = keep_or(n, m->slug, c1znames_slug(&t->on, t->id));
    t->name = keep_or(n, m->display_name, m->slug.len > 0 ? t->slug : t->id);
    t->missing = false;
    return true;
}

typedef bool take_function(struct c1znames *n, size_t *cap, const struct c1zread_row *row, const ProtobufCMessage *m);

static int load_rows(struct c1znames *n, struct c1zread_rows *rows, take_function *take, struct err *e)
{
    struct c1zread_row row;
    ProtobufCMessage *m;
    struct arena arena;
    size_t cap = 0;
    int r;

    arena_init(&arena, MESSAGE_BYTES_MAX);
    while ((r = c1zread_next(rows, &row, e)) > 0) {
        arena_reset(&arena);
        r = c1zread_message(rows, &arena, &m, e);
        if (r == 0 && (!take(n, &cap, &row, m) || n->texts.failed))
            r = err_set(e, EX_OSERR, "no memory for names");
        if (r < 0)
            break;
    }
    arena_release(&arena);
    return r;
}

int c1znames_load(struct c1znames *n, struct c1zread *r, const struct c1zread_sync *sync, struct err *e)
{
    static take_function *const take[] = {
        [KIND_RESOURCE_TYPE] = take_type, [KIND_RESOURCE] = take_resource, [KIND_ENTITLEMENT] = take_entitlement};

    *n = (struct c1znames){0};
    arena_init(&n->texts, SIZE_MAX);
    for (enum kind kind = 0; kind <= KIND_ENTITLEMENT; kind++) {
        struct c1zread_query query = {sync, kind, C1ZREAD_SORTED, C1ZREAD_WHOLE};
        struct c1zread_rows *rows = c1zread_rows(r, &query, e);
        int done = rows == NULL ? -1 : load_rows(n, rows, take[kind], e);

        c1zread_rows_close(rows);
        if (done < 0)
            return -1;
    }
    return 0;
}

void c1znames_release(struct c1znames *n)
{
    free(n->types);
    free(n->resources);
    free(n->entitlements);
    arena_release(&n->texts);
    *n = (struct c1znames){0};
}

/* Finding. */

static int compare_type(const void *key, const void *item)
{
    const struct json_str *id = key;
    struct c1zread_ref a = {*id, {NULL, 0}}, b = {((const struct c1znames_type *)item)->id, {NULL, 0}};

    return c1zread_compare_ref(&a, &b);
}

static int compare_resource(const void *key, const void *item)
{
    return c1zread_compare_ref(key, &((const struct c1znames_resource *)item)->ref);
}

static int compare_entitlement(const void *key, const void *item)
{
    const struct c1znames_entitlement *a = key, *b = item;

    return c1zread_compare_entitlement(&a->on, a->id, &b->on, b->id);
}

const struct c1znames_type *c1znames_type(const struct c1znames *n, struct json_str id)
{
    return n->n_types == 0 ? NULL : bsearch(&id, n->types, n->n_types, sizeof(*n->types), compare_type);
}

const struct c1znames_resource *c1znames_resource(const struct c1znames *n, const struct c1zread_ref *ref)
{
    if (n->n_resources == 0)
        return NULL;
    return bsearch(ref, n->resources, n->n_resources, sizeof(*n->resources), compare_resource);
}

const struct c1znames_entitlement *c1znames_entitlement(
    const struct c1znames *n, const struct c1zread_ref *on, struct json_str id)
{
    struct c1znames_entitlement key = {.on = *on, .id = id};

    if (n->n_entitlements == 0)
        return NULL;
    return bsearch(&key, n->entitlements, n->n_entitlements, sizeof(*n->entitlements), compare_entitlement);
}

/* Showing. */

static struct json_str missing(struct arena *a, const char *what, struct json_str first, struct json_str second)
{
    size_t len = strlen(what) + first.len + (second.s != NULL ? 1 + second.len : 0) + 1;
    char *text = arena_alloc(a, len), *at = text;

    if (text == NULL)
        return (struct json_str){"", 0};
    at = mempcpy(at, what, strlen(what));
    at = mempcpy(at, first.s, first.len);
    if (second.s != NULL) {
        *at++ = ':';
        at = mempcpy(at, second.s, second.len);
    }
    *at = ')';
    return (struct json_str){text, len};
}

struct json_str c1znames_type_name(const struct c1znames *n, struct json_str id, struct arena *a)
{
    const struct c1znames_type *t = c1znames_type(n, id);

    return t != NULL ? t->name : missing(a, "MISSING RESOURCE TYPE (", id, (struct json_str){NULL, 0});
}

struct json_str c1znames_resource_name(const struct c1znames *n, const struct c1zread_ref *ref, struct arena *a)
{
    const struct c1znames_resource *r = c1znames_resource(n, ref);

    return r != NULL ? r->name : missing(a, "MISSING RESOURCE (", ref->type, ref->id);
}

struct json_str c1znames_entitlement_name(
    const struct c1znames *n, const struct c1zread_ref *on, struct json_str id, struct arena *a)
{
    const struct c1znames_entitlement *t = c1znames_entitlement(n, on, id);

    return t != NULL ? t->name : missing(a, "MISSING ENTITLEMENT (", id, (struct json_str){NULL, 0});
}

size_t c1znames_of_type(const struct c1znames *n, struct json_str type)
{
    size_t count = 0;

    for (size_t i = 0; i < n->n_resources; i++)
        count += bytes_equal(n->resources[i].ref.type.s, n->resources[i].ref.type.len, type.s, type.len);
    return count;
}

size_t c1znames_users(const struct c1znames *n)
{
    size_t users = 0;

    for (size_t i = 0; i < n->n_resources; i++)
        users += n->resources[i].type != NULL && n->resources[i].type->user;
    return users;
}
