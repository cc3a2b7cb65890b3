#include "missing.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>

#include "grow.h"

void missing_init(struct missing *m)
{
    *m = (struct missing){0};
    arena_init(&m->texts, SIZE_MAX);
}

/* What the trees point to is in the arena. */
static void keep_item(void *item)
{
    (void)item;
}

void missing_release(struct missing *m)
{
    tdestroy(m->by_ref, keep_item);
    tdestroy(m->by_id, keep_item);
    free(m->resources);
    arena_release(&m->texts);
    missing_init(m);
}

static struct json_str keep(struct missing *m, struct json_str text)
{
    const char *copy = arena_dup(&m->texts, text.len > 0 ? text.s : "", text.len);

    return copy != NULL ? (struct json_str){copy, text.len} : (struct json_str){"", 0};
}

static int compare_resources(const void *a, const void *b)
{
    const struct c1znames_resource *x = a, *y = b;

    return c1zread_compare_ref(&x->ref, &y->ref);
}

static int compare_entitlements(const void *a, const void *b)
{
    const struct c1znames_entitlement *x = a, *y = b;

    return c1zread_compare_entitlement(&x->on, x->id, &y->on, y->id);
}

/* A new resource, noted, or NULL. */
static struct c1znames_resource *add_resource(
    struct missing *m, const struct c1znames *names, const struct c1zread_ref *ref)
{
    const struct c1znames_resource **grown =
        grow_array(m->resources, &m->cap, m->n + 1, SIZE_MAX / sizeof(*grown), sizeof(*grown));
    struct c1znames_resource *r = arena_zalloc(&m->texts, sizeof(*r));

    if (grown != NULL)
        m->resources = grown;
    if (grown == NULL || r == NULL)
        return NULL;
    r->ref = (struct c1zread_ref){keep(m, ref->type), keep(m, ref->id)};
    r->name = r->ref.id;
    r->type = c1znames_type(names, ref->type);
    r->missing = true;
    if (m->texts.failed || tsearch(r, &m->by_ref, compare_resources) == NULL)
        return NULL;
    m->resources[m->n++] = r;
    return r;
}

const struct c1znames_resource *missing_resource(
    struct missing *m, const struct c1znames *names, const struct c1zread_ref *ref)
{
    const struct c1znames_resource key = {.ref = *ref};
    void *node = tfind(&key, &m->by_ref, compare_resources);

    return node != NULL ? *(const struct c1znames_resource **)node : add_resource(m, names, ref);
}

static struct c1znames_entitlement *add_entitlement(struct missing *m, const struct c1zread_ref *on, struct json_str id)
{
    struct c1znames_entitlement *t = arena_zalloc(&m->texts, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->on = (struct c1zread_ref){keep(m, on->type), keep(m, on->id)};
    t->id = t->name = keep(m, id);
    t->slug = c1znames_slug(&t->on, t->id);
    t->missing = true;
    return !m->texts.failed && tsearch(t, &m->by_id, compare_entitlements) != NULL ? t : NULL;
}

const struct c1znames_entitlement *missing_entitlement(
    struct missing *m, const struct c1zread_ref *on, struct json_str id)
{
    const struct c1znames_entitlement key = {.on = *on, .id = id};
    void *node = tfind(&key, &m->by_id, compare_entitlements);

    return node != NULL ? *(const struct c1znames_entitlement **)node : add_entitlement(m, on, id);
}
