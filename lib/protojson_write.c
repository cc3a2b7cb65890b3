#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "pbwire.h"
#include "protojson.h"
#include "protojson_base64.h"
#include "protojson_number.h"
#include "protojson_time.h"
#include "protojson_types.h"
#include "wellknown.pb-c.h"

#define URL_PREFIX "type.googleapis.com/"

/* One message being written, ${depth} levels inside it.  That ${out} is full is looked at once, at the end. */
struct writer {
    struct buf *out;
    struct arena *a;
    struct err *e;
    unsigned depth;
    bool left_out;
};

static int write_form(struct writer *w, const struct pj_type *t, const ProtobufCMessage *m);

/*
 * Scalars.
 */

static int write_string(struct writer *w, const ProtobufCBinaryData *s)
{
    if (!json_utf8((const char *)s->data, s->len))
        return err_set(w->e, EX_DATAERR, "a string is not UTF-8");
    json_put_string(w->out, (const char *)s->data, s->len);
    return 0;
}

static void write_double(struct writer *w, double d)
{
    if (isfinite(d))
        protojson_number_put_double(w->out, d);
    else
        buf_puts(w->out, isnan(d) ? "\"NaN\"" : d > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

static void write_float(struct writer *w, float f)
{
    if (isfinite(f))
        protojson_number_put_float(w->out, f);
    else
        write_double(w, (double)f);
}

static void write_enum(struct writer *w, const ProtobufCEnumDescriptor *type, int32_t n)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(type, n);

    if (v != NULL)
        buf_printf(w->out, "\"%s\"", v->name);
    else
        buf_printf(w->out, "%" PRId32, n);
}

/* The value of ${f} at ${at}, which is no message. */
static int write_scalar(struct writer *w, const struct pj_field *f, const void *at)
{
    const ProtobufCBinaryData *bytes = at;

    switch (f->pb->type) {
    case PROTOBUF_C_TYPE_BYTES:
        if (f->string)
            return write_string(w, bytes);
        protojson_base64_put(w->out, bytes->data, bytes->len);
        return 0;
    case PROTOBUF_C_TYPE_BOOL:
        buf_puts(w->out, *(const protobuf_c_boolean *)at ? "true" : "false");
        return 0;
    case PROTOBUF_C_TYPE_ENUM:
        write_enum(w, f->pb->descriptor, *(const int32_t *)at);
        return 0;
    case PROTOBUF_C_TYPE_INT64:
        buf_printf(w->out, "\"%" PRId64 "\"", *(const int64_t *)at);
        return 0;
    case PROTOBUF_C_TYPE_UINT64:
        buf_printf(w->out, "\"%" PRIu64 "\"", *(const uint64_t *)at);
        return 0;
    case PROTOBUF_C_TYPE_DOUBLE:
        write_double(w, *(const double *)at);
        return 0;
    case PROTOBUF_C_TYPE_FLOAT:
        write_float(w, *(const float *)at);
        return 0;
    case PROTOBUF_C_TYPE_UINT32:
        buf_printf(w->out, "%" PRIu32, *(const uint32_t *)at);
        return 0;
    default: /* proto/ has no type but these and int32 */
        buf_printf(w->out, "%" PRId32, *(const int32_t *)at);
        return 0;
    }
}

/*
 * Messages.
 */

static int write_value(struct writer *w, const struct pj_field *f, const void *at)
{
    return f->message != NULL ? write_form(w, f->message, *(ProtobufCMessage *const *)at) : write_scalar(w, f, at);
}

static int write_map(struct writer *w, const struct pj_field *f, const ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *type = f->pb->descriptor;
    ProtobufCMessage **entries = *(ProtobufCMessage ***)pj_at(f, m);
    const size_t n = *pj_count(f, m);

    pbwire_sort_map(entries, n);
    buf_putc(w->out, '{');
    for (size_t i = 0; i < n; i++) {
        const char *entry = (const char *)entries[i];

        if (i > 0)
            buf_putc(w->out, ',');
        if (write_string(w, (const void *)(entry + type->fields[0].offset)) != 0)
            return -1;
        buf_putc(w->out, ':');
        if (write_value(w, f, entry + type->fields[1].offset) != 0)
            return -1;
    }
    buf_putc(w->out, '}');
    return 0;
}

static int write_list(struct writer *w, const struct pj_field *f, const ProtobufCMessage *m)
{
    const char *list = *(char **)pj_at(f, m);
    const size_t n = *pj_count(f, m), size = pbwire_element_size(f->pb);

    buf_putc(w->out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(w->out, ',');
        if (write_value(w, f, list + i * size) != 0)
            return -1;
    }
    buf_putc(w->out, ']');
    return 0;
}

/* An object of the members of ${m}; with "@type" in front if ${url} is not NULL. */
static int write_members(
    struct writer *w, const struct pj_type *t, const ProtobufCMessage *m, const ProtobufCBinaryData *url)
{
    const char *before = "";
    int status;

    buf_putc(w->out, '{');
    if (url != NULL) {
        buf_puts(w->out, "\"@type\":");
        if (write_string(w, url) != 0)
            return -1;
        before = ",";
    }
    for (unsigned i = 0; i < t->n_fields; i++) {
        const struct pj_field *f = &t->fields[i];

        if (!pbwire_is_set(m, f->pb))
            continue;
        buf_puts(w->out, before);
        buf_putc(w->out, '"');
        buf_append(w->out, f->json_name.s, f->json_name.len);
        buf_puts(w->out, "\":");
        status = f->map ? write_map(w, f, m) : f->repeated ? write_list(w, f, m) : write_value(w, f, pj_at(f, m));
        if (status != 0)
            return -1;
        before = ",";
    }
    buf_putc(w->out, '}');
    return 0;
}

/* An Any with ${m}, of type ${t}, in it. */
static int write_typed(
    struct writer *w, const struct pj_type *t, const ProtobufCMessage *m, const ProtobufCBinaryData *url)
{
    if (t->form == PJ_MESSAGE) {
        w->left_out |= m->n_unknown_fields > 0;
        return write_members(w, t, m, url);
    }
    buf_puts(w->out, "{\"@type\":");
    if (write_string(w, url) != 0)
        return -1;
    buf_puts(w->out, ",\"value\":");
    if (write_form(w, t, m) != 0)
        return -1;
    buf_putc(w->out, '}');
    return 0;
}

/* An Any of an unknown type is kept as it is. */
static int write_raw(struct writer *w, const Google__Protobuf__Any *any)
{
    buf_puts(w->out, "{\"@type\":");
    if (write_string(w, &any->type_url) != 0)
        return -1;
    buf_puts(w->out, ",\"value\":");
    protojson_base64_put(w->out, any->value.data, any->value.len);
    buf_putc(w->out, '}');
    return 0;
}

static int write_any(struct writer *w, const Google__Protobuf__Any *any)
{
    const struct pj_type *t;
    ProtobufCMessage *m;

    if (any->type_url.len == 0 && any->value.len == 0) {
        buf_puts(w->out, "{}");
        return 0;
    }
    t = protojson_types_find_url((const char *)any->type_url.data, any->type_url.len);
    if (t == NULL)
        return write_raw(w, any);
    if (pbwire_unpack(t->pb, any->value.data, any->value.len, w->a, &m, w->e) != 0)
        return -1;
    return write_typed(w, t, m, &any->type_url);
}

static int write_timestamp(struct writer *w, const Google__Protobuf__Timestamp *t)
{
    if (protojson_time_put_timestamp(w->out, t->seconds, t->nanos))
        return 0;
    return err_set(
        w->e, EX_DATAERR, "a timestamp is out of range: %" PRId64 " s, %" PRId32 " ns", t->seconds, t->nanos);
}

static int write_duration(struct writer *w, const Google__Protobuf__Duration *d)
{
    if (protojson_time_put_duration(w->out, d->seconds, d->nanos))
        return 0;
    return err_set(w->e, EX_DATAERR, "a duration is out of range: %" PRId64 " s, %" PRId32 " ns", d->seconds, d->nanos);
}

/* A Value as the JSON value it stands for. */
static int write_any_json(struct writer *w, const struct pj_type *t, const Google__Protobuf__Value *v)
{
    const struct pj_field *f;

    switch (v->kind_case) {
    case GOOGLE__PROTOBUF__VALUE__KIND_NULL_VALUE:
        buf_puts(w->out, "null");
        return 0;
    case GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE:
        if (!isfinite(v->number_value))
            return err_set(w->e, EX_DATAERR, "a number in a Value is not finite");
        break;
    case GOOGLE__PROTOBUF__VALUE__KIND__NOT_SET:
        return err_set(w->e, EX_DATAERR, "a Value holds nothing");
    default:
        break;
    }
    f = &t->fields[v->kind_case - 1]; /* the fields of a Value have the numbers from 1 on */
    return write_value(w, f, pj_at(f, &v->base));
}

/* ${m} in the JSON form of its type. */
static int write_form(struct writer *w, const struct pj_type *t, const ProtobufCMessage *m)
{
    int status;

    if (w->depth == PBWIRE_DEPTH_MAX)
        return err_set(w->e, EX_DATAERR, "nested too deeply");
    w->depth++;
    w->left_out |= m->n_unknown_fields > 0;
    switch (t->form) {
    case PJ_ANY:
        status = write_any(w, (const Google__Protobuf__Any *)m);
        break;
    case PJ_TIMESTAMP:
        status = write_timestamp(w, (const Google__Protobuf__Timestamp *)m);
        break;
    case PJ_DURATION:
        status = write_duration(w, (const Google__Protobuf__Duration *)m);
        break;
    case PJ_STRUCT:
        status = write_map(w, &t->fields[0], m);
        break;
    case PJ_VALUE:
        status = write_any_json(w, t, (const Google__Protobuf__Value *)m);
        break;
    case PJ_LIST:
        status = write_list(w, &t->fields[0], m);
        break;
    case PJ_WRAPPER:
        status = write_scalar(w, &t->fields[0], pj_at(&t->fields[0], m));
        break;
    default:
        status = write_members(w, t, m, NULL);
    }
    w->depth--;
    return status;
}

int protojson_write(struct buf *out, struct arena *a, const ProtobufCMessage *msg, struct err *e)
{
    struct writer w = {.out = out, .a = a, .e = e};
    const struct pj_type *t = protojson_types_of(msg->descriptor);
    char url[256];
    ProtobufCBinaryData type_url = {.data = (uint8_t *)url};
    const size_t start = out->len;

    if (t == NULL)
        return err_set(e, EX_DATAERR, "unknown type '%s'", msg->descriptor->name);
    type_url.len = (size_t)snprintf(url, sizeof(url), "%s%s", URL_PREFIX, t->pb->name);
    if (write_typed(&w, t, msg, &type_url) != 0) {
        if (!out->failed)
            out->len = start;
        return -1;
    }
    return out->failed ? err_set(e, EX_OSERR, "no room for a record in JSON") : w.left_out;
}
