#include "protojson_types.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "annotations.pb-c.h"
#include "c1z.pb-c.h"
#include "calls.pb-c.h"
#include "insight.pb-c.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "traits.pb-c.h"
#include "vendor.pb-c.h"
#include "wellknown.pb-c.h"

#define V2(name) &c1__connector__v2__##name##__descriptor
#define WKT(name) &google__protobuf__##name##__descriptor

/* Every message of proto/ that can stand in an Any: all but the entries of maps. */
static const ProtobufCMessageDescriptor *const descriptors[] = {
    V2(child_resource_type),
    V2(skip_entitlements_and_grants),
    V2(skip_grants),
    V2(skip_entitlements),
    V2(type_scoped_entitlements),
    V2(type_scoped_grants),
    V2(capability_permissions),
    V2(capability_permission),
    V2(opt_in_required),
    V2(deprecated),
    V2(skip_sync_anomaly_detection),
    V2(external_link),
    V2(v1_identifier),
    V2(raw_id),
    V2(aliases),
    V2(baton_id),
    V2(external_resource_match),
    V2(external_resource_match_all),
    V2(external_resource_match_id),
    V2(insert_resource_grants),
    V2(grant_metadata),
    V2(grant_expandable),
    V2(grant_immutable),
    V2(entitlement_immutable),
    V2(entitlement_exclusion_group),
    V2(etag),
    V2(etag_metadata),
    V2(etag_match),
    V2(grant_already_exists),
    V2(grant_already_revoked),
    V2(grant_replaced),
    V2(resource_deleted),
    V2(resource_does_not_exist),
    V2(request_id),
    V2(rate_limit_description),
    V2(rate_limit_wait_report),
    V2(session_store_usage),
    V2(session_store_usage__op_stats),
    V2(enqueue_page_tokens),
    V2(source_cache_capability),
    V2(source_cache_record),
    V2(source_cache_replay),
    V2(source_cache_lookup_offer),
    V2(source_cache_lookup_ask),
    V2(source_cache_lookup_ask__query),
    V2(source_cache_lookup_answers),
    V2(source_cache_lookup_answers__answer),
    V2(external_ticket_settings),
    V2(external_ticket_ref),
    V2(security_insight_trait),
    V2(security_insight_trait__user_target),
    V2(security_insight_trait__app_user_target),
    V2(security_insight_trait__external_resource_target),
    V2(risk_score),
    V2(risk_factor),
    V2(issue),
    V2(resource_type),
    V2(resource_id),
    V2(resource),
    V2(status),
    V2(external_id),
    V2(asset_ref),
    V2(entitlement),
    V2(grant),
    V2(grant_sources),
    V2(grant_sources__grant_source),
    V2(user_trait),
    V2(user_trait__email),
    V2(user_trait__status),
    V2(user_trait__mfastatus),
    V2(user_trait__ssostatus),
    V2(user_trait__structured_name),
    V2(group_trait),
    V2(role_trait),
    V2(role_scope_conditions),
    V2(role_scope_condition),
    V2(scope_binding_trait),
    V2(app_trait),
    V2(secret_trait),
    V2(license_profile_trait),
    V2(non_human_identity_trait),
    V2(agent_trait),
    V2(managed_device_trait),
    V2(device_os),
    V2(vendor_trait),
    V2(money),
    V2(vendor_agreement_trait),
    V2(line_item),
    WKT(any),
    WKT(struct),
    WKT(value),
    WKT(list_value),
    WKT(timestamp),
    WKT(duration),
    WKT(empty),
    WKT(double_value),
    WKT(float_value),
    WKT(int64_value),
    WKT(uint64_value),
    WKT(int32_value),
    WKT(uint32_value),
    WKT(bool_value),
    WKT(string_value),
    WKT(bytes_value),
    &c1__c1z__v1__sync_details__descriptor,
};

#define TYPES (sizeof(descriptors) / sizeof(descriptors[0]))

/* A field that is declared, and so printed, before one with a lower number. */
static const struct moved {
    const ProtobufCMessageDescriptor *type;
    uint32_t number, before;
} moved[] = {
    {V2(grant), 5, 4},
    {V2(user_trait), 13, 8},
};

#define MOVED (sizeof(moved) / sizeof(moved[0]))

/* Messages with a JSON form of their own. */
static const struct special {
    const ProtobufCMessageDescriptor *type;
    enum pj_form form;
} specials[] = {
    {WKT(any), PJ_ANY},
    {WKT(timestamp), PJ_TIMESTAMP},
    {WKT(duration), PJ_DURATION},
    {WKT(struct), PJ_STRUCT},
    {WKT(value), PJ_VALUE},
    {WKT(list_value), PJ_LIST},
    {WKT(empty), PJ_EMPTY},
    {WKT(double_value), PJ_WRAPPER},
    {WKT(float_value), PJ_WRAPPER},
    {WKT(int64_value), PJ_WRAPPER},
    {WKT(uint64_value), PJ_WRAPPER},
    {WKT(int32_value), PJ_WRAPPER},
    {WKT(uint32_value), PJ_WRAPPER},
    {WKT(bool_value), PJ_WRAPPER},
    {WKT(string_value), PJ_WRAPPER},
    {WKT(bytes_value), PJ_WRAPPER},
};

#define SPECIALS (sizeof(specials) / sizeof(specials[0]))

/*
 * The tables are built once, out of the descriptors, and never change again.  Their sizes suffice for proto/; if that
 * grows beyond them, the first use of any of them aborts, which no test can miss.
 */
enum { FIELDS_MAX = 512, NAMES_MAX = 16384, SLOTS_MAX = 4096, TYPE_SLOTS = 512 };

static struct pj_type types[TYPES];
static uint16_t type_slots[TYPE_SLOTS]; /* 1 + index in types, 0 if free */
static struct pj_field fields[FIELDS_MAX];
static size_t fields_len;
static char names[NAMES_MAX];
static size_t names_len;
static uint8_t slots[SLOTS_MAX]; /* 1 + index of a field in its type, 0 if free */
static size_t slots_len;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void require(bool fits)
{
    if (!fits)
        abort();
}

static inline uint32_t hash_name(const char *s, size_t len)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t h = len * odd, w;

    for (; len >= sizeof(w); s += sizeof(w), len -= sizeof(w)) {
        memcpy(&w, s, sizeof(w));
        h = (h ^ w) * odd;
        h ^= h >> 32;
    }
    for (w = 0; len > 0; len--)
        w = w << 8 | (unsigned char)s[len - 1];
    h = (h ^ w) * odd;
    return (uint32_t)(h >> 32);
}

static bool same_name(struct json_str a, const char *s, size_t len)
{
    return a.len == len && memcmp(a.s, s, len) == 0;
}

/* The JSON name of a field: each underscore dropped and the letter behind it raised. */
static struct json_str json_name(const char *proto_name)
{
    struct json_str name = {names + names_len, 0};
    bool raise = false;

    require(names_len + strlen(proto_name) <= NAMES_MAX);
    for (const char *p = proto_name; *p != '\0'; p++) {
        if (*p != '_')
            names[names_len++] = raise && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        raise = *p == '_';
    }
    name.len = (size_t)(names + names_len - name.s);
    return name;
}

static const struct pj_type *type_of(const ProtobufCMessageDescriptor *pb)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (descriptors[i] == pb)
            return &types[i];
    }
    return NULL;
}

static void fill_field(struct pj_field *f, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *pb)
{
    const ProtobufCMessageDescriptor *message = pb->type == PROTOBUF_C_TYPE_MESSAGE ? pb->descriptor : NULL;

    f->pb = pb;
    f->proto_name = (struct json_str){pb->name, strlen(pb->name)};
    f->json_name = json_name(pb->name);
    f->repeated = pb->label == PROTOBUF_C_LABEL_REPEATED;
    f->map = pbwire_is_map(pb);
    f->string = pbwire_is_string(type, pb);
    f->oneof = (pb->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    if (f->map)
        message = message->fields[1].descriptor;
    f->message = message == NULL ? NULL : type_of(message);
    require(message == NULL || f->message != NULL);
}

/* Exchange places until the field of ${number} stands right before that of ${before}. */
static void move_field(struct pj_field *list, unsigned n, uint32_t number, uint32_t before)
{
    for (unsigned i = n - 1; i > 0; i--) {
        struct pj_field f = list[i];
        if (f.pb->id != number)
            continue;
        while (i > 0 && list[i - 1].pb->id >= before && list[i].pb->id == number) {
            list[i] = list[i - 1];
            list[--i] = f;
        }
        return;
    }
}

static void add_slot(struct pj_type *t, struct json_str name, unsigned field)
{
    uint8_t *table = slots + (t->slots - slots);
    uint32_t at = hash_name(name.s, name.len) & t->slots_mask;

    while (table[at] != 0)
        at = (at + 1) & t->slots_mask;
    table[at] = (uint8_t)(field + 1);
}

static void fill_type(struct pj_type *t, const ProtobufCMessageDescriptor *pb)
{
    struct pj_field *list = fields + fields_len;
    uint32_t size = 4;

    require(fields_len + pb->n_fields <= FIELDS_MAX && pb->n_fields <= 32);
    *t = (struct pj_type){.pb = pb, .name = {pb->name, strlen(pb->name)}, .fields = list, .n_fields = pb->n_fields};
    fields_len += pb->n_fields;
    for (size_t i = 0; i < SPECIALS; i++) {
        if (specials[i].type == pb)
            t->form = specials[i].form;
    }
    for (unsigned i = 0; i < pb->n_fields; i++)
        fill_field(&list[i], pb, &pb->fields[i]);
    for (size_t i = 0; i < MOVED; i++) {
        if (moved[i].type == pb)
            move_field(list, pb->n_fields, moved[i].number, moved[i].before);
    }
    while (size < 4 * pb->n_fields)
        size *= 2;
    require(slots_len + size <= SLOTS_MAX);
    t->slots = slots + slots_len;
    t->slots_mask = size - 1;
    slots_len += size;
    for (unsigned i = 0; i < pb->n_fields; i++) {
        list[i].bit = UINT32_C(1) << i;
        add_slot(t, list[i].json_name, i);
        if (!same_name(list[i].json_name, list[i].proto_name.s, list[i].proto_name.len))
            add_slot(t, list[i].proto_name, i);
    }
}

static void build_tables(void)
{
    for (size_t i = 0; i < TYPES; i++) {
        uint32_t at;

        fill_type(&types[i], descriptors[i]);
        at = hash_name(types[i].name.s, types[i].name.len) % TYPE_SLOTS;
        while (type_slots[at] != 0)
            at = (at + 1) % TYPE_SLOTS;
        type_slots[at] = (uint16_t)(i + 1);
    }
}

const struct pj_type *protojson_types_find(const char *name, size_t len)
{
    pthread_once(&once, build_tables);
    for (uint32_t at = hash_name(name, len) % TYPE_SLOTS; type_slots[at] != 0; at = (at + 1) % TYPE_SLOTS) {
        const struct pj_type *t = &types[type_slots[at] - 1];
        if (same_name(t->name, name, len))
            return t;
    }
    return NULL;
}

const struct pj_type *protojson_types_find_url(const char *url, size_t len)
{
    const char *slash = len > 0 ? memrchr(url, '/', len) : NULL;
    const char *name = slash == NULL ? url : slash + 1;

    return protojson_types_find(name, len - (size_t)(name - url));
}

const struct pj_type *protojson_types_of(const ProtobufCMessageDescriptor *pb)
{
    return protojson_types_find(pb->name, strlen(pb->name));
}

const struct pj_field *protojson_types_field(const struct pj_type *t, struct json_str name)
{
    for (uint32_t at = hash_name(name.s, name.len) & t->slots_mask; t->slots[at] != 0; at = (at + 1) & t->slots_mask) {
        const struct pj_field *f = &t->fields[t->slots[at] - 1];
        if (same_name(f->json_name, name.s, name.len) || same_name(f->proto_name, name.s, name.len))
            return f;
    }
    return NULL;
}
