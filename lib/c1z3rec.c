#include "c1z3rec.h"

#include <string.h>

#include "annotations.pb-c.h"
#include "buf.h"
#include "bytes.h"
#include "c1zread_grant.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "storage.pb-c.h"
#include "wellknown.pb-c.h"

typedef C1__Connector__V2__Entitlement Entitlement;
typedef C1__Connector__V2__Grant Grant;
typedef C1__Connector__V2__GrantSources Sources;
typedef C1__Connector__V2__GrantSources__SourcesEntry SourcesEntry;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__ResourceId ResourceId;
typedef C1__Connector__V2__ResourceType ResourceType;
typedef C1__Storage__V3__EntitlementRecord EntitlementRecord;
typedef C1__Storage__V3__GrantExpandableRecord ExpandableRecord;
typedef C1__Storage__V3__GrantRecord GrantRecord;
typedef C1__Storage__V3__GrantRecord__SourcesEntry SourcesEntryRecord;
typedef C1__Storage__V3__ResourceRecord ResourceRecord;
typedef C1__Storage__V3__ResourceTypeRecord ResourceTypeRecord;
typedef Google__Protobuf__Any Any;

static const char *const traits[] = {"UNSPECIFIED", "USER", "GROUP", "ROLE", "APP", "SECRET", "SECURITY_INSIGHT",
    "SCOPE_BINDING", "VENDOR", "VENDOR_AGREEMENT", "LICENSE_PROFILE", "AGENT", "MANAGED_DEVICE"};
static const char *const purposes[] = {"", "ASSIGNMENT", "PERMISSION", "OWNERSHIP"};

/* The fields of a ResourceTypeRecord and of an EntitlementRecord that hold them. */
enum { TRAITS = 4, PURPOSE = 6 };

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

const char *c1z3rec_trait(int number)
{
    return number >= 0 && number < COUNT(traits) ? traits[number] : NULL;
}

const char *c1z3rec_purpose(int number)
{
    return number >= 0 && number < COUNT(purposes) ? purposes[number] : NULL;
}

/* Put ${text}, which the field ${number} of a record holds, to the fields of ${m} that are not known here. */
static void set_aside(ProtobufCMessage *m, uint32_t number, ProtobufCBinaryData text, struct arena *a)
{
    ProtobufCMessageUnknownField *all = m->unknown_fields;
    struct buf data;

    buf_init(&data, SIZE_MAX);
    buf_put_varint(&data, text.len);
    buf_append(&data, text.data, text.len);
    all[m->n_unknown_fields++] = (ProtobufCMessageUnknownField){
        number, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, data.len, arena_dup(a, data.data, data.len)};
    a->failed |= data.failed;
    buf_release(&data);
}

/*
 * The number of ${text} among ${n} ${names}.  A name of a newer toolkit has none: it is set aside in ${m}, which has
 * room for it, and 0 stands in for it, which says nothing, as it does for the real reader.
 */
static int number_of(
    ProtobufCBinaryData text, const char *const *names, int n, ProtobufCMessage *m, uint32_t number, struct arena *a)
{
    for (int i = 0; i < n; i++)
        if (bytes_equal(text.data, text.len, names[i], strlen(names[i])))
            return i;
    set_aside(m, number, text, a);
    return 0;
}

#define NEW(a, name) pbwire_new(a, &c1__connector__v2__##name##__descriptor)

static ResourceId *new_id(struct arena *a, ProtobufCBinaryData type, ProtobufCBinaryData id)
{
    ResourceId *m = NEW(a, resource_id);

    if (m == NULL)
        return NULL;
    m->resource_type = type;
    m->resource = id;
    return m;
}

static Resource *new_resource(struct arena *a, ProtobufCBinaryData type, ProtobufCBinaryData id)
{
    Resource *m = NEW(a, resource);

    if (m != NULL)
        m->id = new_id(a, type, id);
    return m;
}

static void put_traits(ResourceType *m, const ResourceTypeRecord *r, struct arena *a)
{
    m->traits = arena_zalloc(a, (r->n_traits + 1) * sizeof(*m->traits));
    m->base.unknown_fields = arena_alloc(a, (r->n_traits + 1) * sizeof(*m->base.unknown_fields));
    for (size_t i = 0; !a->failed && i < r->n_traits; i++) {
        int trait = number_of(r->traits[i], traits, COUNT(traits), &m->base, TRAITS, a);

        m->traits[i] = (C1__Connector__V2__ResourceType__Trait)trait;
        m->n_traits = i + 1;
    }
}

static ProtobufCMessage *make_resource_type(const ResourceTypeRecord *r, struct arena *a)
{
    ResourceType *m = NEW(a, resource_type);

    if (m == NULL)
        return NULL;
    m->id = r->external_id;
    m->display_name = r->display_name;
    m->annotations = r->annotations;
    m->n_annotations = r->n_annotations;
    m->description = r->description;
    m->sourced_externally = r->sourced_externally;
    put_traits(m, r, a);
    return &m->base;
}

static C1__Connector__V2__Status *make_status(const C1__Storage__V3__StatusRecord *r, struct arena *a)
{
    C1__Connector__V2__Status *m = NEW(a, status);

    if (m != NULL) {
        m->status = (C1__Connector__V2__Status__ResourceStatus)r->status;
        m->details = r->details;
    }
    return m;
}

static ProtobufCMessage *make_resource(const ResourceRecord *r, struct arena *a)
{
    Resource *m = new_resource(a, r->resource_type_id, r->resource_id);

    if (m == NULL)
        return NULL;
    m->display_name = r->display_name;
    m->description = r->description;
    m->annotations = r->annotations;
    m->n_annotations = r->n_annotations;
    m->profile = r->profile;
    m->created_at = r->created_at;
    if (r->parent != NULL)
        m->parent_resource_id = new_id(a, r->parent->resource_type_id, r->parent->resource_id);
    if (r->status != NULL)
        m->status = make_status(r->status, a);
    if (r->icon_asset_external_id.len > 0 && (m->icon = NEW(a, asset_ref)) != NULL)
        m->icon->id = r->icon_asset_external_id;
    return &m->base;
}

/* The resource types that an entitlement may be granted to, by their ids. */
static void put_grantable_to(Entitlement *m, const EntitlementRecord *r, struct arena *a)
{
    m->grantable_to = arena_zalloc(a, (r->n_grantable_to_resource_type_ids + 1) * sizeof(*m->grantable_to));
    for (size_t i = 0; m->grantable_to != NULL && i < r->n_grantable_to_resource_type_ids; i++) {
        ResourceType *type = NEW(a, resource_type);

        if (type == NULL)
            return;
        type->id = r->grantable_to_resource_type_ids[i];
        m->grantable_to[i] = type;
        m->n_grantable_to = i + 1;
    }
}

static ProtobufCMessage *make_entitlement(const EntitlementRecord *r, struct arena *a)
{
    Entitlement *m = NEW(a, entitlement);
    ProtobufCMessageUnknownField *aside = arena_alloc(a, sizeof(*aside));

    if (m == NULL || aside == NULL)
        return NULL;
    m->base.unknown_fields = aside;
    m->id = r->external_id;
    m->display_name = r->display_name;
    m->description = r->description;
    m->annotations = r->annotations;
    m->n_annotations = r->n_annotations;
    m->purpose = (C1__Connector__V2__Entitlement__PurposeValue)number_of(
        r->purpose, purposes, COUNT(purposes), &m->base, PURPOSE, a);
    m->slug = r->slug;
    if (r->resource != NULL)
        m->resource = new_resource(a, r->resource->resource_type_id, r->resource->resource_id);
    put_grantable_to(m, r, a);
    return &m->base;
}

static void put_entitlement(Grant *m, const C1__Storage__V3__EntitlementRef *ref, struct arena *a)
{
    Entitlement *entitlement = NEW(a, entitlement);

    if (entitlement == NULL)
        return;
    entitlement->id = ref->entitlement_id;
    entitlement->resource = new_resource(a, ref->resource_type_id, ref->resource_id);
    m->entitlement = entitlement;
}

static void put_principal(Grant *m, const C1__Storage__V3__PrincipalRef *ref, struct arena *a)
{
    Resource *principal = new_resource(a, ref->resource_type_id, ref->resource_id);

    if (principal != NULL && ref->parent_resource_id.len > 0)
        principal->parent_resource_id = new_id(a, ref->parent_resource_type_id, ref->parent_resource_id);
    m->principal = principal;
}

/* A grant's id where the record has none: that of the convention. */
static ProtobufCBinaryData default_id(const GrantRecord *r, struct arena *a)
{
    const ProtobufCBinaryData *parts[] = {
        &r->entitlement->entitlement_id, &r->principal->resource_type_id, &r->principal->resource_id};
    size_t len = parts[0]->len + parts[1]->len + parts[2]->len + 2;
    uint8_t *id = arena_alloc(a, len), *to = id;

    for (size_t i = 0; id != NULL && i < 3; i++) {
        if (i > 0)
            *to++ = ':';
        if (parts[i]->len > 0)
            memcpy(to, parts[i]->data, parts[i]->len);
        to += parts[i]->len;
    }
    return (ProtobufCBinaryData){len, id};
}

/* The fields of the two messages are the same. */
static void put_expandable(Grant *m, const ExpandableRecord *r, struct arena *a)
{
    ProtobufCBinaryData bytes;

    if (pbwire_pack_arena(a, &r->base, &bytes) == 0)
        c1zread_grant_expandable(&m->base, bytes, a);
}

static SourcesEntry *make_source(const SourcesEntryRecord *r, struct arena *a)
{
    SourcesEntry *m = NEW(a, grant_sources__sources_entry);

    if (m == NULL)
        return NULL;
    m->key = r->key;
    m->value = NEW(a, grant_sources__grant_source);
    if (m->value != NULL)
        m->value->is_direct = r->value->is_direct;
    return m;
}

static void put_sources(Grant *m, const GrantRecord *r, struct arena *a)
{
    Sources *sources = NEW(a, grant_sources);

    if (sources == NULL)
        return;
    sources->sources = arena_zalloc(a, r->n_sources * sizeof(*sources->sources));
    for (size_t i = 0; sources->sources != NULL && i < r->n_sources; i++) {
        sources->sources[i] = make_source(r->sources[i], a);
        sources->n_sources = i + 1;
    }
    m->sources = sources;
}

static ProtobufCMessage *make_grant(const GrantRecord *r, struct arena *a, struct err *e)
{
    Grant *m = NEW(a, grant);

    if (r->entitlement == NULL || r->principal == NULL) {
        err_set(e, EX_DATAERR, "a grant without an entitlement or a principal");
        return NULL;
    }
    if (m == NULL)
        return NULL;
    m->id = r->external_id.len > 0 ? r->external_id : default_id(r, a);
    m->annotations = r->annotations;
    m->n_annotations = r->n_annotations;
    put_entitlement(m, r->entitlement, a);
    put_principal(m, r->principal, a);
    if (r->expansion != NULL)
        put_expandable(m, r->expansion, a);
    if (r->n_sources > 0)
        put_sources(m, r, a);
    return &m->base;
}

static size_t collect_unknown(const ProtobufCMessage *record, ProtobufCMessageUnknownField *to);

/* Those in what the field ${f} of ${record} holds.  Messages of other packages go into ours as they are. */
static size_t collect_field(
    const ProtobufCMessage *record, const ProtobufCFieldDescriptor *f, ProtobufCMessageUnknownField *to)
{
    const ProtobufCMessageDescriptor *type = f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
    const char *at = (const char *)record + f->offset;
    const ProtobufCMessage *const *list = (const void *)at;
    size_t n = 0, len = 1;

    if (type == NULL || strcmp(type->package_name, record->descriptor->package_name) != 0)
        return 0;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        list = *(const ProtobufCMessage *const *const *)(const void *)at;
        len = *(const size_t *)(const void *)((const char *)record + f->quantifier_offset);
    }
    for (size_t i = 0; i < len; i++)
        n += list[i] != NULL ? collect_unknown(list[i], to != NULL ? to + n : NULL) : 0;
    return n;
}

/* Count the fields of ${record}, and of the records in it, that we do not know; copy them to ${to} unless it is NULL. */
static size_t collect_unknown(const ProtobufCMessage *record, ProtobufCMessageUnknownField *to)
{
    const ProtobufCMessageDescriptor *type = record->descriptor;
    size_t n = record->n_unknown_fields;

    if (to != NULL && n > 0)
        memcpy(to, record->unknown_fields, n * sizeof(*to));
    for (unsigned i = 0; i < type->n_fields; i++)
        n += collect_field(record, &type->fields[i], to != NULL ? to + n : NULL);
    return n;
}

/* A field that a newer toolkit wrote is not lost without a word: whoever shows ${m} sees that there is one. */
static void keep_unknown(ProtobufCMessage *m, const ProtobufCMessage *record, struct arena *a)
{
    size_t n = collect_unknown(record, NULL), aside = m->n_unknown_fields;
    ProtobufCMessageUnknownField *all;

    if (n == 0 || (all = arena_alloc(a, (aside + n) * sizeof(*all))) == NULL)
        return;
    if (aside > 0)
        memcpy(all, m->unknown_fields, aside * sizeof(*all));
    collect_unknown(record, all + aside);
    m->unknown_fields = all;
    m->n_unknown_fields = (unsigned)(aside + n);
}

static ProtobufCMessage *make(enum kind kind, const ProtobufCMessage *record, struct arena *a, struct err *e)
{
    switch (kind) {
    case KIND_RESOURCE_TYPE:
        return make_resource_type((const ResourceTypeRecord *)record, a);
    case KIND_RESOURCE:
        return make_resource((const ResourceRecord *)record, a);
    case KIND_ENTITLEMENT:
        return make_entitlement((const EntitlementRecord *)record, a);
    default:
        return make_grant((const GrantRecord *)record, a, e);
    }
}

int c1z3rec_message(enum kind kind, struct span value, struct arena *a, ProtobufCMessage **m, struct err *e)
{
    static const ProtobufCMessageDescriptor *const types[KIND_COUNT] = {
        [KIND_RESOURCE_TYPE] = &c1__storage__v3__resource_type_record__descriptor,
        [KIND_RESOURCE] = &c1__storage__v3__resource_record__descriptor,
        [KIND_ENTITLEMENT] = &c1__storage__v3__entitlement_record__descriptor,
        [KIND_GRANT] = &c1__storage__v3__grant_record__descriptor,
    };
    ProtobufCMessage *record;

    *m = NULL;
    if (pbwire_unpack(types[kind], value.data, value.len, a, &record, e) < 0)
        return -1;
    *m = make(kind, record, a, e);
    if (*m != NULL)
        keep_unknown(*m, record, a);
    if (*m != NULL && !a->failed)
        return 0;
    *m = NULL;
    return err_set(e, EX_OSERR, "no memory for a record");
}
