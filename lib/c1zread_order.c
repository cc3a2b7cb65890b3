/*
 * The sorted order of records, for whoever merges or searches them.
 */
#include "bytes.h"
#include "c1zread.h"

static int compare_text(struct json_str a, struct json_str b)
{
    return bytes_compare(a.s, a.len, b.s, b.len);
}

int c1zread_compare_ref(const struct c1zread_ref *a, const struct c1zread_ref *b)
{
    int order = compare_text(a->type, b->type);

    return order != 0 ? order : compare_text(a->id, b->id);
}

size_t c1zread_convention(const struct c1zread_ref *on, struct json_str id)
{
    size_t type_len = on->type.len, before = type_len + on->id.len + 2;

    if (id.len < before || !bytes_equal(id.s, type_len, on->type.s, type_len) || id.s[type_len] != ':' ||
        !bytes_equal(id.s + type_len + 1, on->id.len, on->id.s, on->id.len) || id.s[before - 1] != ':')
        return 0;
    return before;
}

int c1zread_compare_entitlement(
    const struct c1zread_ref *a_on, struct json_str a, const struct c1zread_ref *b_on, struct json_str b)
{
    int order = c1zread_compare_ref(a_on, b_on);

    if (order == 0)
        order = (c1zread_convention(a_on, a) > 0) - (c1zread_convention(b_on, b) > 0);
    return order != 0 ? order : compare_text(a, b);
}

int c1zread_compare_held(const struct c1zread_row *a, const struct c1zread_row *b)
{
    int order = c1zread_compare_entitlement(&a->on, a->entitlement, &b->on, b->entitlement);

    return order != 0 ? order : c1zread_compare_ref(&a->principal, &b->principal);
}

int c1zread_compare(enum kind kind, const struct c1zread_row *a, const struct c1zread_row *b)
{
    int order;

    switch (kind) {
    case KIND_RESOURCE_TYPE:
        return compare_text(a->id, b->id);
    case KIND_RESOURCE:
        return c1zread_compare_ref(&a->self, &b->self);
    case KIND_ENTITLEMENT:
        return c1zread_compare_entitlement(&a->on, a->id, &b->on, b->id);
    default:
        order = c1zread_compare_held(a, b);
        return order != 0 ? order : compare_text(a->id, b->id);
    }
}
