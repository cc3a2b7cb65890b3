#include "access.h"

#include "bytes.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "view.h"

typedef C1__Connector__V2__Grant Grant;

const struct sheet_columns access_grant_columns = {
    13, {{"ID", "id", true}, {"Resource Type", "resourceType", true}, {"Resource Type ID", "resourceTypeId", false},
            {"Resource", "resource", true}, {"Resource ID", "resourceId", false}, {"Entitlement", "entitlement", true},
            {"Entitlement ID", "entitlementId", false}, {"Principal", "principal", true},
            {"Principal Type", "principalType", false}, {"Principal Type ID", "principalTypeId", false},
            {"Principal ID", "principalId", false}, {"Direct", "direct", false},
            {"Inherited From", "inheritedFrom", false}}};

const struct sheet_columns access_access_columns = {
    12, {{"Principal", "principal", true}, {"Principal Type ID", "principalTypeId", false},
            {"Principal ID", "principalId", false}, {"Resource Type", "resourceType", true},
            {"Resource Type ID", "resourceTypeId", false}, {"Resource", "resource", true},
            {"Resource ID", "resourceId", false}, {"Permission", "permission", true},
            {"Entitlement", "entitlement", false}, {"Entitlement ID", "entitlementId", false},
            {"Direct", "direct", true}, {"Inherited From", "inheritedFrom", false}}};

/* Grants. */

/* What a grant is about, in names. */
struct grant_names {
    struct json_str type, resource, entitlement, permission, principal, principal_type, direct, inherited_from;
};

/* Find the entitlement of ${row} and the resource it is on, unless they are those of the last grant. */
static void hold(struct view *v, const struct c1zread_row *row)
{
    if (v->on == NULL || c1zread_compare_ref(&v->on->ref, &row->on) != 0)
        v->on = c1znames_resource(&v->names, &row->on);
    if (v->held == NULL || c1zread_compare_entitlement(&v->held->on, v->held->id, &row->on, row->entitlement) != 0)
        v->held = c1znames_entitlement(&v->names, &row->on, row->entitlement);
}

/* Whether the grant is held directly, and through which entitlements besides. */
static void read_sources(struct view *v, const struct c1zread_row *row, const Grant *grant, struct grant_names *names)
{
    bool direct = grant->sources == NULL || grant->sources->n_sources == 0;

    for (size_t i = 0; !direct && i < grant->sources->n_sources; i++) {
        struct json_str key = pbwire_str(grant->sources->sources[i]->key);

        if (bytes_equal(key.s, key.len, row->entitlement.s, row->entitlement.len))
            direct = true;
    }
    for (size_t i = 0; grant->sources != NULL && i < grant->sources->n_sources; i++) {
        struct json_str key = pbwire_str(grant->sources->sources[i]->key);

        if (!bytes_equal(key.s, key.len, row->entitlement.s, row->entitlement.len))
            view_add_to_list(v, key);
    }
    names->direct = json_str_of(direct ? "yes" : "no");
    names->inherited_from = view_take_text(v);
}

static void name_grant(
    struct view *v, const struct c1zread_row *row, const ProtobufCMessage *message, struct grant_names *names)
{
    const struct c1znames_resource *principal = c1znames_resource(&v->names, &row->principal);

    hold(v, row);
    names->type = view_type_name(v, v->on, row->on.type);
    names->resource = v->on != NULL ? v->on->name : c1znames_resource_name(&v->names, &row->on, &v->arena);
    names->entitlement =
        v->held != NULL ? v->held->name : c1znames_entitlement_name(&v->names, &row->on, row->entitlement, &v->arena);
    names->permission = v->held != NULL ? v->held->slug : names->entitlement;
    names->principal =
        principal != NULL ? principal->name : c1znames_resource_name(&v->names, &row->principal, &v->arena);
    names->principal_type = view_type_name(v, principal, row->principal.type);
    read_sources(v, row, (const Grant *)message, names);
}

static int put_grant(struct view *v, const struct c1zread_row *row, const ProtobufCMessage *message, struct err *e)
{
    struct grant_names n;

    name_grant(v, row, message, &n);
    return sheet_row(v->sheet,
        (struct json_str[]){row->id, n.type, row->on.type, n.resource, row->on.id, n.entitlement, row->entitlement,
            n.principal, n.principal_type, row->principal.type, row->principal.id, n.direct, n.inherited_from},
        e);
}

static int grants_body(struct view *v, struct err *e)
{
    return view_walk(v, KIND_GRANT, view_filtered, put_grant, e);
}

int access_grants(struct cat *c, struct sheet *s, struct err *e)
{
    return view_run(c, s, grants_body, e);
}

static int put_access(struct view *v, const struct c1zread_row *row, const ProtobufCMessage *message, struct err *e)
{
    struct grant_names n;

    name_grant(v, row, message, &n);
    return sheet_row(v->sheet,
        (struct json_str[]){n.principal, row->principal.type, row->principal.id, n.type, row->on.type, n.resource,
            row->on.id, n.permission, n.entitlement, row->entitlement, n.direct, n.inherited_from},
        e);
}

static int access_body(struct view *v, struct err *e)
{
    return view_walk(v, KIND_GRANT, view_filtered, put_access, e);
}

int access_access(struct cat *c, struct sheet *s, struct err *e)
{
    return view_run(c, s, access_body, e);
}
