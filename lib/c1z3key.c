#include "c1z3key.h"

/* The third byte of the keys of indexes. */
enum { INDEX_BY_PARENT = 1, INDEX_BY_PRINCIPAL = 4, INDEX_EXPANDABLE = 5 };

/*
 * Parts of a key have a zero between them, so that a zero in a part, and what stands for it, are written as two
 * bytes.
 */
static void put_part(struct buf *out, struct span part)
{
    const uint8_t *p = part.data, *end = p + part.len;

    buf_putc(out, '\0');
    while (p < end) {
        const uint8_t *from = p;

        while (p < end && p[0] > 1)
            p++;
        buf_append(out, from, (size_t)(p - from));
        if (p < end)
            buf_append(out, *p++ == 0 ? "\1\1" : "\1\2", 2);
    }
}

static void begin(struct buf *out, enum c1z3key_type type)
{
    const uint8_t head[2] = {C1Z3KEY_FIRST, (uint8_t)type};

    buf_append(out, head, sizeof(head));
}

static void put_ref(struct buf *out, const struct c1z3key_ref *ref)
{
    put_part(out, ref->type);
    put_part(out, ref->id);
}

/* What of ${id} stands behind "type:id:" of ${on}, or all of it: in ${*tail}. Return whether it begins so. */
static bool split(const struct c1z3key_ref *on, struct span id, struct span *tail)
{
    const size_t type = on->type.len, len = type + on->id.len + 2;

    *tail = id;
    if (id.len < len || id.data[type] != ':' || id.data[len - 1] != ':' ||
        span_compare((struct span){id.data, type}, on->type) != 0 ||
        span_compare((struct span){id.data + type + 1, on->id.len}, on->id) != 0)
        return false;
    *tail = (struct span){id.data + len, id.len - len};
    return true;
}

static void put_entitlement(struct buf *out, const struct c1z3key_ref *on, struct span id)
{
    struct span tail;
    const uint8_t flag = split(on, id, &tail) ? '1' : '0';

    put_ref(out, on);
    put_part(out, (struct span){&flag, 1});
    put_part(out, tail);
}

void c1z3key_one(struct buf *out, enum c1z3key_type type, struct span id)
{
    begin(out, type);
    put_part(out, id);
}

void c1z3key_resource(struct buf *out, const struct c1z3key_ref *self)
{
    begin(out, C1Z3KEY_RESOURCE);
    put_ref(out, self);
}

void c1z3key_entitlement(struct buf *out, const struct c1z3key_ref *on, struct span id)
{
    begin(out, C1Z3KEY_ENTITLEMENT);
    put_entitlement(out, on, id);
}

void c1z3key_grant(
    struct buf *out, const struct c1z3key_ref *on, struct span entitlement, const struct c1z3key_ref *principal)
{
    begin(out, C1Z3KEY_GRANT);
    put_entitlement(out, on, entitlement);
    put_ref(out, principal);
}

static void begin_index(struct buf *out, char which)
{
    begin(out, C1Z3KEY_INDEX);
    buf_putc(out, which);
}

void c1z3key_by_parent(struct buf *out, const struct c1z3key_ref *parent, const struct c1z3key_ref *self)
{
    begin_index(out, INDEX_BY_PARENT);
    put_ref(out, parent);
    put_ref(out, self);
}

void c1z3key_by_principal(
    struct buf *out, const struct c1z3key_ref *principal, const struct c1z3key_ref *on, struct span entitlement)
{
    begin_index(out, INDEX_BY_PRINCIPAL);
    put_ref(out, principal);
    put_entitlement(out, on, entitlement);
}

void c1z3key_expandable(
    struct buf *out, const struct c1z3key_ref *on, struct span entitlement, const struct c1z3key_ref *principal)
{
    begin_index(out, INDEX_EXPANDABLE);
    put_entitlement(out, on, entitlement);
    put_ref(out, principal);
}

void c1z3key_grants(struct buf *out)
{
    begin(out, C1Z3KEY_GRANT);
}

void c1z3key_by_principals(struct buf *out)
{
    begin_index(out, INDEX_BY_PRINCIPAL);
}

void c1z3key_meta(struct buf *out, const char *name)
{
    begin(out, C1Z3KEY_META);
    buf_puts(out, name);
}
