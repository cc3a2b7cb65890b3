#include "selection.h"

#include <string.h>

#include "bytes.h"

unsigned selection_bits(const struct selection *f)
{
    return (f->resource_type != NULL ? SELECTION_RESOURCE_TYPE : 0) | (f->resource != NULL ? SELECTION_RESOURCE : 0) |
           (f->entitlement != NULL ? SELECTION_ENTITLEMENT : 0) | (f->principal != NULL ? SELECTION_PRINCIPAL : 0);
}

static bool is_id(const char *wanted, struct json_str id)
{
    return wanted == NULL || bytes_equal(wanted, strlen(wanted), id.s, id.len);
}

/* Whether ${wanted} is the id of ${ref}, or its type, a colon and its id. */
static bool is_ref(const char *wanted, const struct c1zread_ref *ref)
{
    size_t type_len = ref->type.len;

    if (is_id(wanted, ref->id))
        return true;
    return strlen(wanted) == type_len + 1 + ref->id.len && bytes_equal(wanted, type_len, ref->type.s, type_len) &&
           wanted[type_len] == ':' && bytes_equal(wanted + type_len + 1, ref->id.len, ref->id.s, ref->id.len);
}

bool selection_passes(const struct selection *f, enum kind kind, const struct c1zread_row *row)
{
    switch (kind) {
    case KIND_RESOURCE_TYPE:
        return is_id(f->resource_type, row->id);
    case KIND_RESOURCE:
        return is_id(f->resource_type, row->self.type) && is_ref(f->resource, &row->self);
    case KIND_ENTITLEMENT:
        return is_id(f->resource_type, row->on.type) && is_ref(f->resource, &row->on) && is_id(f->entitlement, row->id);
    default:
        return is_id(f->resource_type, row->on.type) && is_ref(f->resource, &row->on) &&
               is_id(f->entitlement, row->entitlement) && is_ref(f->principal, &row->principal);
    }
}

/* Whether the record with the ids ${row} is the resource ${wanted}, is on it, or is to it. */
static bool names_resource(const char *wanted, const struct c1zread_row *row)
{
    return is_ref(wanted, &row->self) || is_ref(wanted, &row->on) || is_ref(wanted, &row->principal);
}

static bool names_type(const char *wanted, enum kind kind, const struct c1zread_row *row)
{
    return (kind == KIND_RESOURCE_TYPE && is_id(wanted, row->id)) || is_id(wanted, row->self.type) ||
           is_id(wanted, row->on.type);
}

static bool names_entitlement(const char *wanted, enum kind kind, const struct c1zread_row *row)
{
    return (kind == KIND_ENTITLEMENT && is_id(wanted, row->id)) || is_id(wanted, row->entitlement);
}

unsigned selection_knows(const struct selection *f, enum kind kind, const struct c1zread_row *row)
{
    unsigned known = (names_type(f->resource_type, kind, row) ? SELECTION_RESOURCE_TYPE : 0) |
                     (names_resource(f->resource, row) ? SELECTION_RESOURCE : 0) |
                     (names_entitlement(f->entitlement, kind, row) ? SELECTION_ENTITLEMENT : 0) |
                     (names_resource(f->principal, row) ? SELECTION_PRINCIPAL : 0);

    /* A filter that is not there lets everything pass. */
    return known & selection_bits(f);
}
