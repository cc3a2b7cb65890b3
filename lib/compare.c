#include "compare.h"

#include <string.h>

#include "bytes.h"
#include "json.h"
#include "pbwire.h"
#include "protojson.h"
#include "records.pb-c.h"

/* What a record may take in either form. */
#define RECORD_BYTES_MAX ((size_t)1 << 30)

/* A value longer than this is not shown. */
#define SHORT_VALUE 80

typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__Entitlement Entitlement;
typedef C1__Connector__V2__ResourceType ResourceType;
typedef C1__Connector__V2__Grant Grant;

void compare_init(struct compare *c)
{
    buf_init(&c->old, RECORD_BYTES_MAX);
    buf_init(&c->new, RECORD_BYTES_MAX);
    arena_init(&c->arena, 2 * RECORD_BYTES_MAX);
}

void compare_release(struct compare *c)
{
    buf_release(&c->old);
    buf_release(&c->new);
    arena_release(&c->arena);
}

static void reduce_resource(Resource *m)
{
    m->baton_resource = false;
    m->external_id = NULL;
    m->creation_source = 0;
}

static void reduce_entitlement(Entitlement *m, struct arena *a)
{
    m->resource = NULL;
    for (size_t i = 0; i < m->n_grantable_to; i++) {
        ResourceType *type = arena_zalloc(a, sizeof(*type));

        if (type == NULL)
            return;
        c1__connector__v2__resource_type__init(type);
        type->id = m->grantable_to[i]->id;
        m->grantable_to[i] = type;
    }
}

void compare_reduce(enum kind kind, ProtobufCMessage *message, struct arena *a)
{
    if (kind == KIND_RESOURCE)
        reduce_resource((Resource *)message);
    if (kind == KIND_ENTITLEMENT)
        reduce_entitlement((Entitlement *)message, a);
    if (kind == KIND_GRANT) {
        ((Grant *)message)->entitlement = NULL;
        ((Grant *)message)->principal = NULL;
    }
}

static bool is_same(const struct buf *a, const struct buf *b)
{
    return bytes_equal(a->data, a->len, b->data, b->len);
}

int compare_write(struct compare *c, const ProtobufCMessage *old, const ProtobufCMessage *new, struct err *e)
{
    int cut, also_cut;

    buf_clear(&c->old);
    buf_clear(&c->new);
    arena_reset(&c->arena);
    cut = protojson_write(&c->old, &c->arena, old, e);
    also_cut = cut < 0 ? -1 : protojson_write(&c->new, &c->arena, new, e);
    return also_cut < 0 ? -1 : cut | also_cut;
}

/*
 * Most records are the same to the byte; of the others, maps in annotations may only be in another order.  Where there
 * are fields that we do not know, the bytes count.
 */
int compare_differ(struct compare *c, const ProtobufCMessage *old, const ProtobufCMessage *new, struct err *e)
{
    int cut;

    buf_clear(&c->old);
    buf_clear(&c->new);
    if (pbwire_pack(&c->old, old) < 0 || pbwire_pack(&c->new, new) < 0)
        return err_set(e, EX_OSERR, "no memory for a record");
    if (is_same(&c->old, &c->new))
        return 0;
    cut = compare_write(c, old, new, e);
    if (cut < 0)
        return -1;
    return cut == 0 && is_same(&c->old, &c->new) ? 0 : 1;
}

/* Members that differ. */

/* The member ${name} of the object ${line}: its text, or an empty one. */
static struct json_str find_member(struct json *j, const struct buf *line, struct json_str name)
{
    struct json_str found, value = {NULL, 0};

    json_begin(j, line->data, line->len, 0);
    json_object(j);
    while (json_member(j, &found)) {
        struct json_str raw;

        if (json_skip(j, &raw) && bytes_equal(found.s, found.len, name.s, name.len))
            value = raw;
    }
    return value;
}

static void put_value(struct buf *out, struct json_str value)
{
    if (value.len == 0)
        buf_puts(out, "nothing");
    else
        buf_append(out, value.s, value.len);
}

static void put_member(struct buf *out, struct json_str name, struct json_str old, struct json_str new)
{
    if (bytes_equal(old.s, old.len, new.s, new.len))
        return;
    if (out->len > 0)
        buf_puts(out, ", ");
    buf_append(out, name.s, name.len);
    if (old.len > SHORT_VALUE || new.len > SHORT_VALUE)
        return;
    buf_putc(out, ' ');
    put_value(out, old);
    buf_puts(out, " -> ");
    put_value(out, new);
}

/* Go over the members of ${line}; with ${only_missing}, those that ${other} does not have. */
static int put_members(
    struct buf *out, struct json j[2], const struct buf *line, const struct buf *other, bool is_old, struct err *e)
{
    struct json_str name, raw;

    json_begin(&j[0], line->data, line->len, 0);
    json_object(&j[0]);
    while (json_member(&j[0], &name)) {
        struct json_str theirs;

        if (!json_skip(&j[0], &raw))
            break;
        theirs = find_member(&j[1], other, name);
        if (is_old)
            put_member(out, name, raw, theirs);
        else if (theirs.len == 0)
            put_member(out, name, theirs, raw);
    }
    return json_end(&j[0], e);
}

int compare_members(struct buf *out, const struct buf *old, const struct buf *new, struct err *e)
{
    struct json_limits limits = {.text_len = RECORD_BYTES_MAX};
    struct json j[2];
    int r;

    json_init(&j[0], &limits);
    json_init(&j[1], &limits);
    r = put_members(out, j, old, new, true, e);
    if (r == 0)
        r = put_members(out, j, new, old, false, e);
    json_release(&j[0]);
    json_release(&j[1]);
    return r;
}
