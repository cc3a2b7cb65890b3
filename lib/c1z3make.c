#include "c1z3make.h"

#include "c1z3rec.h"
#include "pbwire.h"
#include "protofield.h"
#include "records.pb-c.h"
#include "storage.pb-c.h"
#include "wellknown.pb-c.h"

typedef C1__Connector__V2__Entitlement Entitlement;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__ResourceId ResourceId;
typedef C1__Connector__V2__ResourceType ResourceType;
typedef C1__Storage__V3__EntitlementRecord EntitlementRecord;
typedef C1__Storage__V3__ResourceRecord ResourceRecord;
typedef C1__Storage__V3__ResourceRef ResourceRef;
typedef C1__Storage__V3__ResourceTypeRecord ResourceTypeRecord;
typedef Google__Protobuf__Timestamp Timestamp;

/* Fields of Grant, of what is in it, and of its record. */
enum { GRANT_ENTITLEMENT = 1, GRANT_PRINCIPAL = 2, GRANT_ANNOTATIONS = 4, GRANT_SOURCES = 5 };
enum { ENTITLEMENT_RESOURCE = 1, SOURCES_ENTRY = 1, ENTRY_KEY = 1, ENTRY_VALUE = 2, SOURCE_IS_DIRECT = 1 };
enum { RESOURCE_ID = 1, RESOURCE_PARENT = 2, RESOURCE_BATON_RESOURCE = 6, RESOURCE_EXTERNAL_ID = 7 };
enum { ID_TYPE = 1, ID_RESOURCE = 2, ID_BATON_RESOURCE = 3 };
enum {
    RECORD_ID = 2,
    RECORD_ENTITLEMENT,
    RECORD_PRINCIPAL,
    RECORD_DISCOVERED_AT,
    RECORD_EXPANSION,
    RECORD_NEEDS_EXPANSION,
    RECORD_ANNOTATIONS,
    RECORD_SOURCES
};
#define RECORD_SOURCE_IS_DIRECT 4

static int pack(struct buf *out, const ProtobufCMessage *record, const struct arena *a, struct err *e)
{
    if (a->failed || pbwire_pack(out, record) < 0)
        return err_set(e, EX_OSERR, "no memory for a record");
    return 0;
}

/* The message in field ${number} of ${message}, or nothing. */
static struct span find(struct span message, uint32_t number)
{
    struct reader in = reader_of(message.data, message.len);
    struct span found = {NULL, 0};
    struct protofield f;

    while (protofield_next(&in, &f))
        if (f.number == number && f.wire == PROTOFIELD_BYTES)
            found = f.bytes;
    return found;
}

/* What a record cannot say is not to be lost in silence. */
static int refuse(const char *path, const char *what, struct err *e)
{
    return err_set(e, EX_DATAERR, "%s%s cannot be kept in format v3", path, what);
}

/* Whether field ${number} of ${message} is there, and is not the number 0. */
static bool has(struct span message, uint32_t number)
{
    struct reader in = reader_of(message.data, message.len);
    struct protofield f;
    bool said = false;

    while (protofield_next(&in, &f))
        if (f.number == number)
            said = f.wire == PROTOFIELD_BYTES || f.value != 0;
    return said;
}

/*
 * Refuse what the Resource ${m} says that no record keeps, neither its own nor those that know it by its id; ${path}
 * stands before its member in the error.
 */
static int check_resource(struct span m, const char *path, struct err *e)
{
    struct span parent = find(m, RESOURCE_PARENT);
    const char *lost = NULL;

    if (has(m, RESOURCE_BATON_RESOURCE))
        lost = "batonResource";
    else if (has(find(m, RESOURCE_ID), ID_BATON_RESOURCE))
        lost = "id.batonResource";
    else if (has(parent, ID_BATON_RESOURCE))
        lost = "parentResourceId.batonResource";
    else if (has(m, RESOURCE_EXTERNAL_ID))
        lost = "externalId";
    return lost == NULL ? 0 : refuse(path, lost, e);
}

static int make_resource_type(const ResourceType *m, Timestamp *when, struct arena *a, struct buf *out, struct err *e)
{
    ResourceTypeRecord r = C1__STORAGE__V3__RESOURCE_TYPE_RECORD__INIT;

    r.external_id = m->id;
    r.display_name = m->display_name;
    r.annotations = m->annotations;
    r.n_annotations = m->n_annotations;
    r.discovered_at = when;
    r.description = m->description;
    r.sourced_externally = m->sourced_externally;
    r.n_traits = m->n_traits;
    r.traits = arena_zalloc(a, (m->n_traits + 1) * sizeof(*r.traits));
    for (size_t i = 0; r.traits != NULL && i < m->n_traits; i++) {
        const char *name = c1z3rec_trait((int)m->traits[i]);

        if (name == NULL)
            return refuse("", "a trait without a name", e);
        r.traits[i] = pbwire_field(name);
    }
    return pack(out, &r.base, a, e);
}

static ResourceRef ref_of(const ResourceId *id)
{
    ResourceRef r = C1__STORAGE__V3__RESOURCE_REF__INIT;

    r.resource_type_id = id->resource_type;
    r.resource_id = id->resource;
    return r;
}

static int make_resource(const Resource *m, Timestamp *when, struct arena *a, struct buf *out, struct err *e)
{
    ResourceRecord r = C1__STORAGE__V3__RESOURCE_RECORD__INIT;
    C1__Storage__V3__StatusRecord status = C1__STORAGE__V3__STATUS_RECORD__INIT;
    ResourceRef parent;

    if (m->id != NULL) {
        r.resource_type_id = m->id->resource_type;
        r.resource_id = m->id->resource;
    }
    r.display_name = m->display_name;
    r.description = m->description;
    if (m->parent_resource_id != NULL && m->parent_resource_id->resource.len > 0) {
        parent = ref_of(m->parent_resource_id);
        r.parent = &parent;
    }
    r.annotations = m->annotations;
    r.n_annotations = m->n_annotations;
    r.discovered_at = when;
    r.profile = m->profile;
    if (m->status != NULL) {
        status.status = (int32_t)m->status->status;
        status.details = m->status->details;
        r.status = &status;
    }
    r.created_at = m->created_at;
    if (m->icon != NULL)
        r.icon_asset_external_id = m->icon->id;
    return pack(out, &r.base, a, e);
}

static int make_entitlement(const Entitlement *m, Timestamp *when, struct arena *a, struct buf *out, struct err *e)
{
    EntitlementRecord r = C1__STORAGE__V3__ENTITLEMENT_RECORD__INIT;
    const char *purpose = c1z3rec_purpose((int)m->purpose);
    ResourceRef resource;

    if (purpose == NULL)
        return refuse("", "a purpose without a name", e);
    r.external_id = m->id;
    if (m->resource != NULL && m->resource->id != NULL) {
        resource = ref_of(m->resource->id);
        r.resource = &resource;
    }
    r.display_name = m->display_name;
    r.description = m->description;
    r.purpose = pbwire_field(purpose);
    r.annotations = m->annotations;
    r.n_annotations = m->n_annotations;
    r.discovered_at = when;
    r.slug = m->slug;
    r.n_grantable_to_resource_type_ids = m->n_grantable_to;
    r.grantable_to_resource_type_ids = arena_zalloc(a, (m->n_grantable_to + 1) * sizeof(ProtobufCBinaryData));
    for (size_t i = 0; r.grantable_to_resource_type_ids != NULL && i < m->n_grantable_to; i++)
        r.grantable_to_resource_type_ids[i] = m->grantable_to[i]->id;
    return pack(out, &r.base, a, e);
}

static int check_record(enum kind kind, struct span message, struct err *e)
{
    if (kind == KIND_RESOURCE)
        return check_resource(message, "", e);
    return kind == KIND_ENTITLEMENT ? check_resource(find(message, ENTITLEMENT_RESOURCE), "resource.", e) : 0;
}

int c1z3make_record(
    enum kind kind, struct span message, struct timespec when, struct arena *a, struct buf *out, struct err *e)
{
    static const ProtobufCMessageDescriptor *const types[KIND_COUNT] = {
        [KIND_RESOURCE_TYPE] = &c1__connector__v2__resource_type__descriptor,
        [KIND_RESOURCE] = &c1__connector__v2__resource__descriptor,
        [KIND_ENTITLEMENT] = &c1__connector__v2__entitlement__descriptor,
    };
    Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    ProtobufCMessage *m;

    at.seconds = when.tv_sec;
    at.nanos = (int32_t)when.tv_nsec;
    if (pbwire_unpack(types[kind], message.data, message.len, a, &m, e) < 0 || check_record(kind, message, e) < 0)
        return -1;
    if (kind == KIND_RESOURCE_TYPE)
        return make_resource_type((const ResourceType *)m, &at, a, out, e);
    if (kind == KIND_RESOURCE)
        return make_resource((const Resource *)m, &at, a, out, e);
    return make_entitlement((const Entitlement *)m, &at, a, out, e);
}

void c1z3make_time(struct buf *out, uint32_t number, struct timespec when)
{
    const uint64_t seconds = (uint64_t)when.tv_sec, nanos = (uint64_t)when.tv_nsec;

    protofield_put_head(out, number, protofield_number_size(1, seconds) + protofield_number_size(2, nanos));
    protofield_put_number(out, 1, seconds);
    protofield_put_number(out, 2, nanos);
}

static void put_entitlement(const struct c1z3make_grant *g, struct buf *out)
{
    size_t len =
        protofield_size(1, g->on.type.len) + protofield_size(2, g->on.id.len) + protofield_size(3, g->entitlement.len);

    protofield_put_head(out, RECORD_ENTITLEMENT, len);
    protofield_put_bytes(out, 1, g->on.type);
    protofield_put_bytes(out, 2, g->on.id);
    protofield_put_bytes(out, 3, g->entitlement);
}

/* The principal's ${parent} is known from the grant's own copy of it. */
static void put_principal(const struct c1z3make_grant *g, struct span parent, struct buf *out)
{
    struct span type = find(parent, ID_TYPE), id = find(parent, ID_RESOURCE);
    size_t len = protofield_size(1, g->principal.type.len) + protofield_size(2, g->principal.id.len);

    protofield_put_head(out, RECORD_PRINCIPAL, len + protofield_size(3, type.len) + protofield_size(4, id.len));
    protofield_put_bytes(out, 1, g->principal.type);
    protofield_put_bytes(out, 2, g->principal.id);
    protofield_put_bytes(out, 3, type);
    protofield_put_bytes(out, 4, id);
}

/* An entry of a map has both its fields; the mark of a direct source has another number. */
static void put_source(struct span entry, struct buf *out)
{
    struct span key = find(entry, ENTRY_KEY), value = find(entry, ENTRY_VALUE);
    struct reader in = reader_of(value.data, value.len);
    struct protofield f;
    bool direct = false;
    size_t len;

    while (protofield_next(&in, &f))
        if (f.number == SOURCE_IS_DIRECT)
            direct = f.value != 0;
    len = direct ? 2 : 0;
    protofield_put_head(out, RECORD_SOURCES, (key.len > 0 ? protofield_size(ENTRY_KEY, key.len) : 2) + 2 + len);
    protofield_put_head(out, ENTRY_KEY, key.len);
    buf_append(out, key.data, key.len);
    protofield_put_head(out, ENTRY_VALUE, len);
    protofield_put_number(out, RECORD_SOURCE_IS_DIRECT, direct);
}

/* Put the fields ${number} of ${message}: annotations as they are, or the entries of the sources. */
static int put_list(struct span message, uint32_t number, struct buf *out, struct err *e)
{
    struct reader in = reader_of(message.data, message.len);
    struct protofield f;

    while (protofield_next(&in, &f)) {
        if (f.number != number || f.wire != PROTOFIELD_BYTES)
            continue;
        if (number == SOURCES_ENTRY) {
            put_source(f.bytes, out);
        } else {
            protofield_put_head(out, RECORD_ANNOTATIONS, f.bytes.len);
            buf_append(out, f.bytes.data, f.bytes.len);
        }
    }
    return in.bad ? err_set(e, EX_DATAERR, "a stored grant is malformed") : 0;
}

/* The resource and the principal that the message of ${g} has, if it has them. */
static int check_grant(const struct c1z3make_grant *g, struct span principal, struct err *e)
{
    struct span resource = find(find(g->message, GRANT_ENTITLEMENT), ENTITLEMENT_RESOURCE);
    struct span parent = find(principal, RESOURCE_PARENT);

    if (check_resource(resource, "entitlement.resource.", e) < 0 || check_resource(principal, "principal.", e) < 0)
        return -1;
    if (has(parent, ID_TYPE) && find(parent, ID_RESOURCE).len == 0)
        return refuse("principal.", "parentResourceId without a resource", e);
    return 0;
}

int c1z3make_grant(const struct c1z3make_grant *g, struct timespec when, struct buf *out, struct err *e)
{
    struct span principal = find(g->message, GRANT_PRINCIPAL);

    if (check_grant(g, principal, e) < 0)
        return -1;
    protofield_put_bytes(out, RECORD_ID, g->id);
    put_entitlement(g, out);
    put_principal(g, find(principal, RESOURCE_PARENT), out);
    c1z3make_time(out, RECORD_DISCOVERED_AT, when);
    if (g->expansion.len > 0) {
        protofield_put_bytes(out, RECORD_EXPANSION, g->expansion);
        protofield_put_number(out, RECORD_NEEDS_EXPANSION, 1);
    }
    if (put_list(g->message, GRANT_ANNOTATIONS, out, e) < 0 ||
        put_list(find(g->message, GRANT_SOURCES), SOURCES_ENTRY, out, e) < 0)
        return -1;
    return out->failed ? err_set(e, EX_OSERR, "no memory for a record") : 0;
}
