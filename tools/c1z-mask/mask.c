#include "mask.h"

#include <string.h>

#include "bytes.h"
#include "c1zread.h"
#include "pbwire.h"
#include "policy.h"
#include "protojson.h"
#include "records.pb-c.h"
#include "wellknown.pb-c.h"

/* No record of ours is nested so deep; the reader takes no deeper ones. */
#define DEPTH_MAX PBWIRE_DEPTH_MAX

typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__ResourceId ResourceId;
typedef C1__Connector__V2__Entitlement Entitlement;
typedef C1__Connector__V2__Grant Grant;
typedef Google__Protobuf__Any Any;
typedef Google__Protobuf__Struct Struct;
typedef Google__Protobuf__Value Value;

/* One record in work. */
struct work {
    struct mask *m;
    struct arena *a;
    unsigned depth;
};

static int mask_message(struct work *w, ProtobufCMessage *message, struct err *e);

void mask_init(struct mask *m, struct pseudonym *p)
{
    *m = (struct mask){.pseudonym = p};
    entitlements_init(&m->entitlements);
    entitlements_init(&m->strangers);
}

void mask_release(struct mask *m)
{
    entitlements_release(&m->entitlements);
    entitlements_release(&m->strangers);
}

static ProtobufCBinaryData data_of(struct json_str text)
{
    return (ProtobufCBinaryData){text.len, (uint8_t *)text.s};
}

static struct json_str masked(struct work *w, struct json_str text)
{
    return pseudonym_of(w->m->pseudonym, text, w->a);
}

/* ${text}, if ${policy} keeps it, else its pseudonym. */
static struct json_str kept_or_masked(struct work *w, enum policy policy, struct json_str text)
{
    return policy_keeps(policy, text) ? text : masked(w, text);
}

/* The texts, one behind the other, ${between} them. */
static struct json_str joined(struct work *w, const struct json_str *parts, size_t n, char between)
{
    size_t len = n - 1;
    char *text, *at;

    for (size_t i = 0; i < n; i++)
        len += parts[i].len;
    text = at = arena_alloc(w->a, len + 1);
    if (text == NULL)
        return (struct json_str){"", 0};
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            *at++ = between;
        at = mempcpy(at, parts[i].s, parts[i].len);
    }
    return (struct json_str){text, len};
}

/* Entitlements and grants: ids that are made of others are made anew of what these became. */

static struct c1zread_ref ref_of(const Resource *resource)
{
    if (resource == NULL || resource->id == NULL)
        return (struct c1zread_ref){{"", 0}, {"", 0}};
    return (struct c1zread_ref){pbwire_str(resource->id->resource_type), pbwire_str(resource->id->resource)};
}

static struct json_str entitlement_id(struct work *w, const struct c1zread_ref *on, struct json_str id)
{
    size_t before = c1zread_convention(on, id);
    struct json_str parts[3];

    if (before == 0 || on->id.len == 0)
        return masked(w, id);
    parts[0] = kept_or_masked(w, POLICY_WORD, on->type);
    parts[1] = masked(w, on->id);
    parts[2] = kept_or_masked(w, POLICY_WORD, (struct json_str){id.s + before, id.len - before});
    return joined(w, parts, 3, ':');
}

/* "Acme admin", where admin is the slug: what Acme became, and admin. */
static struct json_str entitlement_name(struct work *w, struct json_str name, struct json_str slug)
{
    size_t before = name.len - slug.len;
    struct json_str parts[2];

    if (slug.len == 0 || slug.len > name.len || !policy_keeps(POLICY_WORD, slug) ||
        !bytes_equal(name.s + before, slug.len, slug.s, slug.len))
        return masked(w, name);
    if (before == 0)
        return name;
    if (name.s[before - 1] != ' ' || before == 1)
        return masked(w, name);
    parts[0] = masked(w, (struct json_str){name.s, before - 1});
    parts[1] = slug;
    return joined(w, parts, 2, ' ');
}

/* References to an entitlement cannot be masked, because what ${id} became is not known, or not in time. */
static int refuse_reference(struct json_str id, struct err *e)
{
    return err_set(e, EX_DATAERR,
        "'%.*s' is referred to before its entitlement: put entitlements first, as c1z-cat does",
        (int)(id.len > 256 ? 256 : id.len), id.s);
}

/* Remember that the entitlement ${id} became ${became}.  A reference before it must have become the same. */
static int note_entitlement(struct work *w, struct json_str id, struct json_str became, struct err *e)
{
    struct pseudonym_mark mark = pseudonym_mark(w->m->pseudonym, id);
    struct json_str before = entitlements_find(&w->m->strangers, mark);

    if (before.len > 0 && !bytes_equal(before.s, before.len, became.s, became.len))
        return refuse_reference(id, e);
    return entitlements_add(&w->m->entitlements, mark, became) ? 0 : err_set(e, EX_OSERR, "no memory for entitlements");
}

static int mask_entitlement(struct work *w, Entitlement *m, struct err *e)
{
    struct c1zread_ref on = ref_of(m->resource);
    struct json_str id = pbwire_str(m->id), became = entitlement_id(w, &on, id), name;

    if (became.len > 0 && note_entitlement(w, id, became, e) < 0)
        return -1;
    /* These two hang on others; the rest is by the table. */
    name = entitlement_name(w, pbwire_str(m->display_name), pbwire_str(m->slug));
    m->id = m->display_name = data_of((struct json_str){"", 0});
    if (mask_message(w, &m->base, e) < 0)
        return -1;
    m->id = data_of(became);
    m->display_name = data_of(name);
    return 0;
}

/* The id of a grant: by the convention that of its entitlement, and type and id of its principal. */
static struct json_str grant_id(struct work *w, const Grant *m)
{
    struct c1zread_ref principal = ref_of(m->principal), on;
    struct json_str id = pbwire_str(m->id), parts[3];

    if (m->entitlement == NULL)
        return masked(w, id);
    parts[0] = pbwire_str(m->entitlement->id);
    parts[1] = principal.type;
    parts[2] = principal.id;
    if (!bytes_equal(joined(w, parts, 3, ':').s, parts[0].len + parts[1].len + parts[2].len + 2, id.s, id.len))
        return masked(w, id);
    on = ref_of(m->entitlement->resource);
    parts[0] = entitlement_id(w, &on, parts[0]);
    parts[1] = kept_or_masked(w, POLICY_WORD, principal.type);
    parts[2] = masked(w, principal.id);
    return joined(w, parts, 3, ':');
}

static int mask_grant(struct work *w, Grant *m, struct err *e)
{
    struct json_str became = grant_id(w, m);

    m->id = data_of((struct json_str){"", 0});
    if (mask_message(w, &m->base, e) < 0)
        return -1;
    m->id = data_of(became);
    return 0;
}

/* Profiles. */

static void mask_value(struct work *w, enum policy policy, Value *value);

static void mask_struct(struct work *w, Struct *m)
{
    for (size_t i = 0; i < m->n_fields; i++) {
        struct json_str key = pbwire_str(m->fields[i]->key);

        enum policy policy = policy_of_key(key);

        if (policy == POLICY_UNKNOWN)
            m->fields[i]->key = data_of(masked(w, key));
        if (m->fields[i]->value != NULL)
            mask_value(w, policy, m->fields[i]->value);
    }
    pbwire_sort_map((ProtobufCMessage **)m->fields, m->n_fields);
}

/* ${policy} is that of the key under which the value stands. */
static void mask_value(struct work *w, enum policy policy, Value *value)
{
    switch (value->kind_case) {
    case GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE:
        value->string_value = data_of(kept_or_masked(w, policy, pbwire_str(value->string_value)));
        break;
    case GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE:
        value->number_value = 0;
        break;
    case GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE:
        mask_struct(w, value->struct_value);
        break;
    case GOOGLE__PROTOBUF__VALUE__KIND_LIST_VALUE:
        for (size_t i = 0; i < value->list_value->n_values; i++)
            mask_value(w, policy, value->list_value->values[i]);
        break;
    default:
        break;
    }
}

/* Any message, by the table. */

static int refuse(const ProtobufCMessageDescriptor *type, const char *field, struct err *e)
{
    return err_set(e, EX_DATAERR, "%s%s%s: not known how to mask", type->name, field != NULL ? "." : "",
        field != NULL ? field : "");
}

/*
 * What names a type: what stands behind the usual prefix, else the whole.  Readers look behind the last slash only;
 * another prefix could hold anything, and would pass as it is.
 */
static struct json_str name_of(struct json_str url, bool *usual)
{
    static const char prefix[] = "type.googleapis.com/";
    size_t len = sizeof(prefix) - 1;

    *usual = url.len > len && memcmp(url.s, prefix, len) == 0;
    return *usual ? (struct json_str){url.s + len, url.len - len} : url;
}

/* What stands in an Any is unpacked, masked, and packed again. */
static int mask_any(struct work *w, Any *any, struct err *e)
{
    bool usual;
    struct json_str name = name_of(pbwire_str(any->type_url), &usual);
    const ProtobufCMessageDescriptor *type = usual ? protojson_type(name.s, name.len) : NULL;
    ProtobufCMessage *m;

    if (type == NULL || !policy_knows(type))
        return err_set(e, EX_DATAERR, "%.*s: not known how to mask", (int)(name.len > 256 ? 256 : name.len), name.s);
    if (pbwire_unpack(type, any->value.data, any->value.len, w->a, &m, e) < 0 || mask_message(w, m, e) < 0)
        return -1;
    return pbwire_pack_arena(w->a, m, &any->value) == 0 ? 0 : err_set(e, EX_OSERR, "no memory");
}

/* A message inside another, by its type. */
static int mask_inner(struct work *w, ProtobufCMessage *m, struct err *e)
{
    const ProtobufCMessageDescriptor *type = m->descriptor;

    if (type == &google__protobuf__any__descriptor)
        return mask_any(w, (Any *)m, e);
    if (type == &google__protobuf__timestamp__descriptor)
        return 0;
    if (type == &google__protobuf__struct__descriptor) {
        mask_struct(w, (Struct *)m);
        return 0;
    }
    if (type == &c1__connector__v2__entitlement__descriptor)
        return mask_entitlement(w, (Entitlement *)m, e);
    return policy_knows(type) ? mask_message(w, m, e) : refuse(type, NULL, e);
}

/*
 * What a reference to an entitlement by its id, ${*text}, becomes.  One that the stream does not have is masked whole;
 * but where it has no lines of entitlements at all they were left out, and its id may be made of others.
 */
static int mask_reference(struct work *w, struct json_str *text, struct err *e)
{
    struct pseudonym_mark mark = pseudonym_mark(w->m->pseudonym, *text);
    struct json_str became = entitlements_find(&w->m->entitlements, mark);

    if (became.len == 0 && text->len > 0) {
        if (!w->m->listed)
            return refuse_reference(*text, e);
        became = masked(w, *text);
        if (became.len == 0 || !entitlements_add(&w->m->strangers, mark, became))
            return err_set(e, EX_OSERR, "no memory for entitlements");
    }
    *text = became;
    return 0;
}

/* Make of ${*text} what it becomes. */
static int mask_text(struct work *w, enum policy policy, struct json_str *text, struct err *e)
{
    if (policy == POLICY_ENTITLEMENT)
        return mask_reference(w, text, e);
    *text = policy == POLICY_DROP ? (struct json_str){"", 0} : kept_or_masked(w, policy, *text);
    return 0;
}

/* One value of a field, at ${value}. */
static int mask_field_value(struct work *w, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *f,
    void *value, struct err *e)
{
    enum policy policy;
    struct json_str text;

    if (f->type == PROTOBUF_C_TYPE_ENUM || f->type == PROTOBUF_C_TYPE_BOOL)
        return 0;
    if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        return mask_inner(w, *(ProtobufCMessage **)value, e);
    policy = policy_of(type, f);
    if (policy == POLICY_UNKNOWN || (policy != POLICY_KEEP && f->type != PROTOBUF_C_TYPE_BYTES))
        return refuse(type, f->name, e);
    if (policy == POLICY_KEEP)
        return 0;
    text = pbwire_str(*(ProtobufCBinaryData *)value);
    if (mask_text(w, policy, &text, e) < 0)
        return -1;
    *(ProtobufCBinaryData *)value = data_of(text);
    return 0;
}

static int mask_field(struct work *w, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, struct err *e)
{
    char *at = (char *)m + f->offset;
    size_t n = f->label == PROTOBUF_C_LABEL_REPEATED ? *(size_t *)((char *)m + f->quantifier_offset) : 0;

    if (!pbwire_is_set(m, f))
        return 0;
    if (f->label != PROTOBUF_C_LABEL_REPEATED)
        return mask_field_value(w, m->descriptor, f, at, e);
    for (size_t i = 0; i < n; i++)
        if (mask_field_value(w, m->descriptor, f, *(char **)at + i * pbwire_element_size(f), e) < 0)
            return -1;
    /* Keys are others now, and so is their order. */
    if (f->type == PROTOBUF_C_TYPE_MESSAGE && pbwire_is_map(f))
        pbwire_sort_map(*(ProtobufCMessage ***)at, n);
    return 0;
}

static int mask_message(struct work *w, ProtobufCMessage *m, struct err *e)
{
    if (++w->depth > DEPTH_MAX)
        return err_set(e, EX_DATAERR, "nested too deep");
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        if (mask_field(w, m, &m->descriptor->fields[i], e) < 0)
            return -1;
    w->depth--;
    return 0;
}

int mask_record(struct mask *m, ProtobufCMessage *message, struct arena *a, struct err *e)
{
    struct work w = {.m = m, .a = a};
    const ProtobufCMessageDescriptor *type = message->descriptor;
    int r;

    if (type == &c1__connector__v2__entitlement__descriptor) {
        if (m->grants)
            return err_set(e, EX_DATAERR, "an entitlement behind a grant: put entitlements first, as c1z-cat does");
        m->listed = true;
        r = mask_entitlement(&w, (Entitlement *)message, e);
    } else if (type == &c1__connector__v2__grant__descriptor) {
        m->grants = true;
        r = mask_grant(&w, (Grant *)message, e);
    } else if (type == &c1__connector__v2__resource__descriptor ||
               type == &c1__connector__v2__resource_type__descriptor) {
        r = mask_message(&w, message, e);
    } else {
        return refuse(type, NULL, e);
    }
    return r == 0 && a->failed ? err_set(e, EX_OSERR, "no memory for a record") : r;
}

void mask_gap(struct mask *m, struct gap *gap, struct arena *a)
{
    struct work w = {.m = m, .a = a};

    gap->of = kept_or_masked(&w, POLICY_WORD, gap->of);
    gap->reason = kept_or_masked(&w, POLICY_WORD, gap->reason);
    gap->needs = kept_or_masked(&w, POLICY_WORD, gap->needs);
    for (size_t i = 0; i < gap->n_parents; i++)
        gap->parents[i].id = masked(&w, gap->parents[i].id);
}

struct json_str mask_source(struct mask *m, const char *source, struct arena *a)
{
    struct work w = {.m = m, .a = a};
    struct json_str parts[2] = {{"masked", 6}, masked(&w, (struct json_str){source, strlen(source)})};

    return joined(&w, parts, 2, ':');
}
