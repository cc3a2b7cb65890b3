#include <limits.h>
#include <math.h>
#include <string.h>

#include "pbwire.h"
#include "protojson.h"
#include "protojson_base64.h"
#include "protojson_number.h"
#include "protojson_time.h"
#include "protojson_types.h"
#include "wellknown.pb-c.h"

/* Of a name or type from the text, this much is shown in an error. */
#define SHOWN 80

/* The first elements of a list get room for so many. */
#define LIST_FIRST 4

/*
 * One text being read.  Every function returns false once ${j} has failed or ${a} is full, and does nothing then; the
 * depth of recursion is bounded by that of ${j}.
 */
struct reader {
    struct json *j;
    struct arena *a;
};

static bool read_form(struct reader *r, const struct pj_type *t, ProtobufCMessage *m);

static int shown(struct json_str s)
{
    return s.len < SHOWN ? (int)s.len : SHOWN;
}

static bool fail_unknown(struct reader *r, struct json_str name)
{
    return json_fail(r->j, "unknown member '%.*s'", shown(name), name.s);
}

/*
 * Scalars.
 */

/* ${s} as bytes that stay: those of the text do by contract, decoded ones are copied. */
static bool keep(struct reader *r, struct json_str s, ProtobufCBinaryData *bytes)
{
    const char *p = s.s;

    if (s.len > 0 && (p < r->j->text || p >= r->j->end))
        p = arena_dup(r->a, s.s, s.len);
    *bytes = (ProtobufCBinaryData){.len = s.len, .data = (uint8_t *)(uintptr_t)p};
    return p != NULL;
}

static bool read_string(struct reader *r, ProtobufCBinaryData *bytes)
{
    struct json_str s;

    return json_string(r->j, &s) && keep(r, s, bytes);
}

static bool read_bytes(struct reader *r, ProtobufCBinaryData *bytes)
{
    struct json_str s;

    if (!json_string(r->j, &s))
        return false;
    bytes->data = arena_alloc(r->a, PROTOJSON_BASE64_MAX(s.len));
    if (bytes->data == NULL)
        return false;
    return protojson_base64_read(s, bytes->data, &bytes->len) || json_fail(r->j, "not base64");
}

/* A number, or a string that should hold one. */
static bool read_number_text(struct reader *r, struct json_str *v)
{
    switch (json_peek(r->j)) {
    case JSON_NUMBER:
        return json_number(r->j, v);
    case JSON_STRING:
        return json_string(r->j, v);
    default:
        return json_fail(r->j, "expected a number");
    }
}

static bool read_integer(struct reader *r, int64_t min, int64_t max, int64_t *n)
{
    struct json_str v;

    if (!read_number_text(r, &v))
        return false;
    return protojson_number_int(v, min, max, n) || json_fail(r->j, "not an integer in the range of the field");
}

static bool read_unsigned(struct reader *r, uint64_t max, uint64_t *n)
{
    struct json_str v;

    if (!read_number_text(r, &v))
        return false;
    return protojson_number_uint(v, max, n) || json_fail(r->j, "not an integer in the range of the field");
}

/* The three values that JSON has no number for; the bits of NaN are those of Go's. */
static bool special_double(struct json_str v, double *d)
{
    static const uint64_t nan_bits = UINT64_C(0x7ff8000000000001);

    if (json_eq(v, "NaN"))
        memcpy(d, &nan_bits, sizeof(*d));
    else if (json_eq(v, "Infinity"))
        *d = INFINITY;
    else if (json_eq(v, "-Infinity"))
        *d = -INFINITY;
    else
        return false;
    return true;
}

static bool read_double(struct reader *r, double *d)
{
    struct json_str v;
    bool text = json_peek(r->j) == JSON_STRING;

    if (!read_number_text(r, &v))
        return false;
    if ((text && special_double(v, d)) || protojson_number_double(v, r->a, d))
        return true;
    return !r->a->failed && json_fail(r->j, "not a number in the range of a double");
}

static bool read_float(struct reader *r, float *f)
{
    struct json_str v;
    bool text = json_peek(r->j) == JSON_STRING;
    double d;

    if (!read_number_text(r, &v))
        return false;
    if (text && special_double(v, &d)) {
        *f = (float)d;
        return true;
    }
    if (protojson_number_float(v, r->a, f))
        return true;
    return !r->a->failed && json_fail(r->j, "not a number in the range of a float");
}

/* The number of the name ${v}, by bisection of the names in the order of strcmp. */
static bool enum_number(const ProtobufCEnumDescriptor *type, struct json_str v, int32_t *n)
{
    unsigned low = 0, high = type->n_value_names;

    while (low < high) {
        const unsigned mid = low + (high - low) / 2;
        const ProtobufCEnumValueIndex *at = &type->values_by_name[mid];
        const int order = strncmp(v.s, at->name, v.len);

        if (order == 0 && at->name[v.len] == '\0') {
            *n = type->values[at->index].value;
            return true;
        }
        if (order > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

static bool read_enum(struct reader *r, const ProtobufCEnumDescriptor *type, int32_t *n)
{
    struct json_str v;
    int64_t wide;

    switch (json_peek(r->j)) {
    case JSON_STRING:
        if (!json_string(r->j, &v))
            return false;
        if (memchr(v.s, '\0', v.len) == NULL && enum_number(type, v, n))
            return true;
        return json_fail(r->j, "'%.*s' is no value of %s", shown(v), v.s, type->name);
    case JSON_NUMBER:
        if (!json_number(r->j, &v))
            return false;
        if (!protojson_number_int(v, INT32_MIN, INT32_MAX, &wide))
            return json_fail(r->j, "not the number of a value of %s", type->name);
        *n = (int32_t)wide;
        return true;
    default:
        return json_fail(r->j, "expected the name or number of a value of %s", type->name);
    }
}

static bool read_boolean(struct reader *r, protobuf_c_boolean *to)
{
    bool v;

    if (!json_bool(r->j, &v))
        return false;
    *to = v;
    return true;
}

/* Read a value of ${f} that is no message to ${at}. */
static bool read_scalar(struct reader *r, const struct pj_field *f, void *at)
{
    int64_t n = 0;
    uint64_t u = 0;

    switch (f->pb->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return f->string ? read_string(r, at) : read_bytes(r, at);
    case PROTOBUF_C_TYPE_BOOL:
        return read_boolean(r, at);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(r, f->pb->descriptor, at);
    case PROTOBUF_C_TYPE_INT64:
        return read_integer(r, INT64_MIN, INT64_MAX, at);
    case PROTOBUF_C_TYPE_UINT64:
        return read_unsigned(r, UINT64_MAX, at);
    case PROTOBUF_C_TYPE_DOUBLE:
        return read_double(r, at);
    case PROTOBUF_C_TYPE_FLOAT:
        return read_float(r, at);
    case PROTOBUF_C_TYPE_UINT32:
        if (!read_unsigned(r, UINT32_MAX, &u))
            return false;
        *(uint32_t *)at = (uint32_t)u;
        return true;
    default: /* proto/ has no type but these and int32 */
        if (!read_integer(r, INT32_MIN, INT32_MAX, &n))
            return false;
        *(int32_t *)at = (int32_t)n;
        return true;
    }
}

/*
 * Lists and maps.
 */

/* Elements of ${size} bytes. */
struct list {
    char *data;
    size_t size, len, cap;
};

/* A place for one more element, zeroed; NULL when the arena is full. */
static void *list_add(struct reader *r, struct list *l)
{
    void *at;

    if (l->len == l->cap) {
        size_t cap = l->cap == 0 ? LIST_FIRST : 2 * l->cap;
        char *data = arena_alloc(r->a, cap * l->size);
        if (data == NULL)
            return NULL;
        if (l->len > 0)
            memcpy(data, l->data, l->len * l->size);
        l->data = data;
        l->cap = cap;
    }
    at = l->data + l->len++ * l->size;
    memset(at, 0, l->size);
    return at;
}

/* Make and read a message of the type of ${f}, and put it at ${at}. */
static bool read_message(struct reader *r, const struct pj_field *f, void *at)
{
    ProtobufCMessage *m = pbwire_new(r->a, f->message->pb);

    if (m == NULL || !read_form(r, f->message, m))
        return false;
    *(ProtobufCMessage **)at = m;
    return true;
}

static bool read_list(struct reader *r, const struct pj_field *f, ProtobufCMessage *m)
{
    struct list l = {.size = pbwire_element_size(f->pb)};

    if (!json_array(r->j))
        return false;
    while (json_element(r->j)) {
        void *at = list_add(r, &l);
        if (at == NULL || !(f->message != NULL ? read_message(r, f, at) : read_scalar(r, f, at)))
            return false;
    }
    *(char **)pj_at(f, m) = l.data;
    *pj_count(f, m) = l.len;
    return !r->j->failed;
}

/* A map as the sorted list of its entries.  That no key is there twice is seen to by lib/json. */
static bool read_map(struct reader *r, const struct pj_field *f, ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *type = f->pb->descriptor;
    struct list l = {.size = sizeof(ProtobufCMessage *)};
    struct json_str key;

    if (!json_object(r->j))
        return false;
    while (json_member(r->j, &key)) {
        ProtobufCMessage **at = list_add(r, &l), *entry = at == NULL ? NULL : pbwire_new(r->a, type);
        if (entry == NULL || !keep(r, key, (void *)((char *)entry + type->fields[0].offset)) ||
            !read_message(r, f, (char *)entry + type->fields[1].offset))
            return false;
        *at = entry;
    }
    if (r->j->failed)
        return false;
    pbwire_sort_map((ProtobufCMessage **)(void *)l.data, l.len);
    *(char **)pj_at(f, m) = l.data;
    *pj_count(f, m) = l.len;
    return true;
}

/*
 * Messages.
 */

/* The member ${f} of ${m}, whose value stands next. */
static bool read_field(struct reader *r, const struct pj_field *f, ProtobufCMessage *m)
{
    const enum json_type next = json_peek(r->j);

    if (next == JSON_NULL && (f->repeated || f->message == NULL || f->message->form != PJ_VALUE))
        return json_null(r->j);
    if (f->map)
        return read_map(r, f, m);
    if (f->repeated)
        return read_list(r, f, m);
    if (f->oneof) {
        if (*pj_case(f, m) != 0)
            return json_fail(r->j, "another member of the same oneof is set already");
        *pj_case(f, m) = f->pb->id;
    }
    return f->message != NULL ? read_message(r, f, pj_at(f, m)) : read_scalar(r, f, pj_at(f, m));
}

/* The members of ${m}, the name of the first of which is read already if it is not NULL; in an Any with "@type". */
static bool read_members(
    struct reader *r, const struct pj_type *t, ProtobufCMessage *m, const struct json_str *first, bool in_any)
{
    struct json_str name;
    uint32_t seen = 0;
    bool more;

    if (first != NULL)
        name = *first;
    for (more = first != NULL || json_member(r->j, &name); more; more = json_member(r->j, &name)) {
        const struct pj_field *f = protojson_types_field(t, name);

        if (f == NULL && in_any && json_eq(name, "@type")) {
            json_skip(r->j, NULL);
            continue;
        }
        if (f == NULL)
            return fail_unknown(r, name);
        if ((seen & f->bit) != 0)
            return json_fail(
                r->j, "duplicate member: '%s' is '%.*s'", f->pb->name, shown(f->json_name), f->json_name.s);
        seen |= f->bit;
        if (!read_field(r, f, m))
            return false;
    }
    return !r->j->failed;
}

static bool read_timestamp(struct reader *r, Google__Protobuf__Timestamp *t)
{
    struct json_str v;

    if (!json_string(r->j, &v))
        return false;
    return protojson_time_timestamp(v, &t->seconds, &t->nanos) || json_fail(r->j, "not a timestamp of RFC 3339");
}

static bool read_duration(struct reader *r, Google__Protobuf__Duration *d)
{
    struct json_str v;

    if (!json_string(r->j, &v))
        return false;
    return protojson_time_duration(v, &d->seconds, &d->nanos) || json_fail(r->j, "not a duration such as \"1.5s\"");
}

/* A Value: any JSON value, whose type says which member of the oneof it is. */
static bool read_any_json(struct reader *r, const struct pj_type *t, Google__Protobuf__Value *v)
{
    uint32_t number = 0;

    switch (json_peek(r->j)) {
    case JSON_NULL:
        v->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_NULL_VALUE;
        return json_null(r->j);
    case JSON_FALSE:
    case JSON_TRUE:
        v->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_BOOL_VALUE;
        return read_boolean(r, &v->bool_value);
    case JSON_NUMBER:
        v->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE;
        return read_double(r, &v->number_value);
    case JSON_STRING:
        v->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
        return read_string(r, &v->string_value);
    case JSON_OBJECT:
        number = v->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE;
        break;
    case JSON_ARRAY:
        number = v->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_LIST_VALUE;
        break;
    default:
        return false;
    }
    /* The fields of a Value have the numbers from 1 on. */
    return read_message(r, &t->fields[number - 1], pj_at(&t->fields[number - 1], &v->base));
}

/*
 * Any.
 */

/*
 * The "@type" of the object that ${object} begins with, where it is not the first member: a reader of its own looks
 * ahead.  Return false if it is not there or anything before it is wrong.
 */
static bool look_ahead(struct reader *r, struct json_str object, ProtobufCBinaryData *url)
{
    struct json look;
    struct json_str name, v = {"", 0};
    bool found = false;

    json_init(&look, &r->j->limits);
    json_begin(&look, object.s, object.len, r->j->line);
    json_object(&look);
    while (!found && json_member(&look, &name)) {
        found = json_eq(name, "@type");
        if (found)
            json_string(&look, &v);
        else
            json_skip(&look, NULL);
    }
    found = found && !look.failed;
    url->len = v.len;
    url->data = found ? arena_dup(r->a, v.s, v.len) : NULL;
    json_release(&look);
    return found;
}

/* Read the rest of the object whose first name is ${name} only to fail where it is wrong. */
static bool fail_untyped(struct reader *r, struct json_str name)
{
    struct json_str v;

    do {
        if (json_eq(name, "@type"))
            json_string(r->j, &v);
        else
            json_skip(r->j, NULL);
    } while (json_member(r->j, &name));
    return json_fail(r->j, "'@type' is missing");
}

/* The members of an Any of a type with a JSON form of its own: "@type" and "value".  ${first} as in read_members. */
static bool read_boxed(struct reader *r, const struct pj_type *t, ProtobufCMessage *m, const struct json_str *first)
{
    struct json_str name;
    bool more, found = false;

    if (first != NULL)
        name = *first;
    for (more = first != NULL || json_member(r->j, &name); more; more = json_member(r->j, &name)) {
        if (json_eq(name, "@type")) {
            json_skip(r->j, NULL);
            continue;
        }
        if (!json_eq(name, "value"))
            return fail_unknown(r, name);
        found = true;
        if (!read_form(r, t, m))
            return false;
    }
    if (!found && t->form != PJ_EMPTY)
        return json_fail(r->j, "'value' is missing");
    return !r->j->failed;
}

/* Whether the object that ${object} begins with has "@type" and "value", a text, and no more. */
static bool is_raw(struct reader *r, struct json_str object)
{
    struct json look;
    struct json_str name, v;
    size_t members = 0;
    bool found = false;

    json_init(&look, &r->j->limits);
    json_begin(&look, object.s, object.len, r->j->line);
    json_object(&look);
    for (; json_member(&look, &name); members++)
        if (json_eq(name, "value") && json_peek(&look) == JSON_STRING)
            found = json_string(&look, &v);
        else
            json_skip(&look, NULL);
    found = found && members == 2 && !look.failed;
    json_release(&look);
    return found;
}

/* The members of an Any of an unknown type: what is in it, in base64.  ${first} as in read_members. */
static bool read_raw(struct reader *r, ProtobufCBinaryData *value, const struct json_str *first)
{
    struct json_str name;
    bool more;

    if (first != NULL)
        name = *first;
    for (more = first != NULL || json_member(r->j, &name); more; more = json_member(r->j, &name)) {
        if (json_eq(name, "@type"))
            json_skip(r->j, NULL);
        else if (!read_bytes(r, value))
            return false;
    }
    return !r->j->failed;
}

/*
 * An Any: its type as given and the message in it.  Of an empty one, ${url} is empty and ${m} is NULL; of one of an
 * unknown type ${m} is NULL and ${raw} is what is in it (${raw} NULL: such a one is refused).
 */
static bool read_typed(struct reader *r, ProtobufCBinaryData *url, ProtobufCMessage **m, ProtobufCBinaryData *raw)
{
    const struct json_str *first = NULL;
    const struct pj_type *t;
    struct json_str name, rest;

    *m = NULL;
    *url = (ProtobufCBinaryData){.len = 0, .data = NULL};
    json_peek(r->j);
    rest = (struct json_str){r->j->at, (size_t)(r->j->end - r->j->at)}; /* from the object on */
    if (!json_object(r->j))
        return false;
    if (!json_member(r->j, &name))
        return !r->j->failed;
    if (json_eq(name, "@type")) {
        if (!read_string(r, url))
            return false;
    } else {
        if (!look_ahead(r, rest, url))
            return fail_untyped(r, name);
        first = &name;
    }
    t = protojson_types_find_url((const char *)url->data, url->len);
    if (t == NULL && raw != NULL && is_raw(r, rest))
        return read_raw(r, raw, first);
    if (t == NULL)
        return json_fail(r->j, "unknown type '%.*s'", url->len < SHOWN ? (int)url->len : SHOWN, url->data);
    *m = pbwire_new(r->a, t->pb);
    if (*m == NULL)
        return false;
    return t->form == PJ_MESSAGE ? read_members(r, t, *m, first, true) : read_boxed(r, t, *m, first);
}

static bool read_any(struct reader *r, Google__Protobuf__Any *any)
{
    ProtobufCMessage *m;

    if (!read_typed(r, &any->type_url, &m, &any->value))
        return false;
    return m == NULL || pbwire_pack_arena(r->a, m, &any->value) == 0;
}

/* The value that stands next, as a message of ${t}. */
static bool read_form(struct reader *r, const struct pj_type *t, ProtobufCMessage *m)
{
    switch (t->form) {
    case PJ_ANY:
        return read_any(r, (Google__Protobuf__Any *)m);
    case PJ_TIMESTAMP:
        return read_timestamp(r, (Google__Protobuf__Timestamp *)m);
    case PJ_DURATION:
        return read_duration(r, (Google__Protobuf__Duration *)m);
    case PJ_STRUCT:
        return read_map(r, &t->fields[0], m);
    case PJ_VALUE:
        return read_any_json(r, t, (Google__Protobuf__Value *)m);
    case PJ_LIST:
        return read_list(r, &t->fields[0], m);
    case PJ_WRAPPER:
        return read_scalar(r, &t->fields[0], pj_at(&t->fields[0], m));
    case PJ_EMPTY:
    case PJ_MESSAGE:
        break;
    }
    return json_object(r->j) && read_members(r, t, m, NULL, false);
}

int protojson_read(struct json *j, struct arena *a, ProtobufCMessage **msg, struct err *e)
{
    struct reader r = {.j = j, .a = a};
    ProtobufCBinaryData url;

    if (read_typed(&r, &url, msg, NULL) && *msg == NULL)
        json_fail(j, "'@type' is missing");
    if (a->failed) {
        *msg = NULL;
        return err_set(e, EX_OSERR, "line %llu: out of memory for its record", (unsigned long long)j->line);
    }
    if (json_end(j, e) == 0)
        return 0;
    *msg = NULL;
    return -1;
}

const ProtobufCMessageDescriptor *protojson_type(const char *name, size_t len)
{
    const struct pj_type *t = protojson_types_find(name, len);

    return t == NULL ? NULL : t->pb;
}
