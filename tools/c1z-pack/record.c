#include "record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pbwire.h"
#include "protojson.h"
#include "records.pb-c.h"
#include "wire.h"

/* Field of GrantExpandable. */
enum { EXPANDABLE_IDS = 1 };

typedef C1__Connector__V2__ResourceType ResourceType;
typedef C1__Connector__V2__ResourceId ResourceId;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__Entitlement Entitlement;
typedef C1__Connector__V2__Grant Grant;

/* What the steps of one record share. */
struct reading {
    struct record *r;
    struct arena *a;
    struct buf *bytes;
    struct err *e;
};

/* Fail at the member ${member} ("" for none) of what is at ${path}. */
static int refuse_member(const struct reading *x, const char *path, const char *member, const char *what)
{
    return err_set(x->e, EX_DATAERR, "line %" PRIu64 ", at %s%s: %s", x->r->line, path, member, what);
}

static int refuse(const struct reading *x, const char *path, const char *what)
{
    return refuse_member(x, path, "", what);
}

/* Check one id that other records refer to by. */
static int check_id(const struct reading *x, ProtobufCBinaryData id, const char *path, const char *member)
{
    if (id.len == 0)
        return refuse_member(x, path, member, "missing or empty");
    if (id.len > RECORD_ID_MAX)
        return refuse_member(x, path, member, "longer than 1024 bytes");
    /* Other readers of the table would see the id end there. */
    if (memchr(id.data, '\0', id.len) != NULL)
        return refuse_member(x, path, member, "holds U+0000");
    return 0;
}

static int check_resource_id(const struct reading *x, const ResourceId *id, const char *path)
{
    if (id == NULL)
        return refuse(x, path, "missing");
    if (check_id(x, id->resource_type, path, ".resourceType") < 0)
        return -1;
    return check_id(x, id->resource, path, ".resource");
}

static void put(struct reading *x, struct record_piece *piece, ProtobufCBinaryData text)
{
    *piece = (struct record_piece){.at = x->bytes->len, .len = text.len};
    buf_append(x->bytes, text.data, text.len);
}

/* Whether ${any} holds a message of the full name ${name}: the part after the last slash counts. */
static bool is_type(const Google__Protobuf__Any *any, const char *name)
{
    const char *url = (const char *)any->type_url.data;
    const char *slash = any->type_url.len > 0 ? memrchr(url, '/', any->type_url.len) : NULL;
    size_t skip = slash == NULL ? 0 : (size_t)(slash - url) + 1, len = strlen(name);

    return any->type_url.len - skip == len && (len == 0 || memcmp(url + skip, name, len) == 0);
}

static int read_resource_type(struct reading *x, const ResourceType *m)
{
    if (check_id(x, m->id, "$", ".id") < 0)
        return -1;
    put(x, &x->r->text[RT_EXTERNAL_ID], m->id);
    return 0;
}

static int read_resource(struct reading *x, const Resource *m)
{
    struct record_piece *text = x->r->text;

    if (check_resource_id(x, m->id, "$.id") < 0)
        return -1;
    for (size_t i = 0; i < m->n_annotations; i++)
        if (is_type(m->annotations[i], "c1.connector.v2.BatonID"))
            return refuse(x, "$.annotations", "BatonID is reserved for the SDK");
    put(x, &text[R_TYPE], m->id->resource_type);
    put(x, &text[R_EXTERNAL_ID], m->id->resource_type);
    buf_putc(x->bytes, ':');
    buf_append(x->bytes, m->id->resource.data, m->id->resource.len);
    text[R_EXTERNAL_ID].len += 1 + m->id->resource.len;
    if (m->parent_resource_id == NULL) {
        text[R_PARENT_TYPE].null = text[R_PARENT_ID].null = true;
        return 0;
    }
    if (check_resource_id(x, m->parent_resource_id, "$.parentResourceId") < 0)
        return -1;
    put(x, &text[R_PARENT_TYPE], m->parent_resource_id->resource_type);
    put(x, &text[R_PARENT_ID], m->parent_resource_id->resource);
    return 0;
}

static int read_entitlement(struct reading *x, const Entitlement *m)
{
    struct record_piece *text = x->r->text;

    if (check_id(x, m->id, "$", ".id") < 0)
        return -1;
    if (m->resource == NULL)
        return refuse(x, "$.resource", "missing");
    if (check_resource_id(x, m->resource->id, "$.resource.id") < 0)
        return -1;
    put(x, &text[E_RESOURCE_TYPE], m->resource->id->resource_type);
    put(x, &text[E_RESOURCE_ID], m->resource->id->resource);
    put(x, &text[E_EXTERNAL_ID], m->id);
    return 0;
}

/* Whether an id is more than white space, which is what makes it count for the SDK. */
static bool has_text(struct wire_bytes id)
{
    for (size_t i = 0; i < id.len; i++)
        if (strchr(" \t\n\v\f\r", id.p[i]) == NULL || id.p[i] == '\0')
            return true;
    return false;
}

/* Store the annotation's message, which we packed ourselves a moment ago, if it names an entitlement to expand by. */
static void put_expansion(struct reading *x, const Google__Protobuf__Any *any)
{
    struct wire_bytes message = {any->value.data, any->value.len};
    struct wire w = wire_begin(message);
    struct wire_field f;

    while (wire_next(&w, &f)) {
        if (f.number != EXPANDABLE_IDS || !has_text(f.body))
            continue;
        put(x, &x->r->expansion, any->value);
        return;
    }
}

/* Take every GrantExpandable off the grant; the first goes into columns of its own (section 4.6). */
static void move_expansion(struct reading *x, Grant *m)
{
    size_t kept = 0;
    bool found = false;

    x->r->expansion.null = true;
    for (size_t i = 0; i < m->n_annotations; i++) {
        if (!is_type(m->annotations[i], "c1.connector.v2.GrantExpandable")) {
            m->annotations[kept++] = m->annotations[i];
            continue;
        }
        if (!found)
            put_expansion(x, m->annotations[i]);
        found = true;
    }
    m->n_annotations = kept;
}

static int read_grant(struct reading *x, Grant *m)
{
    struct record_piece *text = x->r->text;
    const Entitlement *entitlement = m->entitlement;

    if (check_id(x, m->id, "$", ".id") < 0)
        return -1;
    if (entitlement == NULL)
        return refuse(x, "$.entitlement", "missing");
    if (check_id(x, entitlement->id, "$.entitlement", ".id") < 0)
        return -1;
    if (entitlement->resource == NULL)
        return refuse(x, "$.entitlement.resource", "missing");
    if (check_resource_id(x, entitlement->resource->id, "$.entitlement.resource.id") < 0)
        return -1;
    if (m->principal == NULL)
        return refuse(x, "$.principal", "missing");
    if (check_resource_id(x, m->principal->id, "$.principal.id") < 0)
        return -1;
    put(x, &text[G_RESOURCE_TYPE], entitlement->resource->id->resource_type);
    put(x, &text[G_RESOURCE_ID], entitlement->resource->id->resource);
    put(x, &text[G_ENTITLEMENT_ID], entitlement->id);
    put(x, &text[G_PRINCIPAL_TYPE], m->principal->id->resource_type);
    put(x, &text[G_PRINCIPAL_ID], m->principal->id->resource);
    put(x, &text[G_EXTERNAL_ID], m->id);
    move_expansion(x, m);
    return 0;
}

/* Fill the columns beside the message, by its type. */
static int read_columns(struct reading *x, ProtobufCMessage *m)
{
    if (m->descriptor == &c1__connector__v2__grant__descriptor) {
        x->r->kind = KIND_GRANT;
        return read_grant(x, (Grant *)m);
    }
    if (m->descriptor == &c1__connector__v2__entitlement__descriptor) {
        x->r->kind = KIND_ENTITLEMENT;
        return read_entitlement(x, (const Entitlement *)m);
    }
    if (m->descriptor == &c1__connector__v2__resource__descriptor) {
        x->r->kind = KIND_RESOURCE;
        return read_resource(x, (const Resource *)m);
    }
    if (m->descriptor == &c1__connector__v2__resource_type__descriptor) {
        x->r->kind = KIND_RESOURCE_TYPE;
        return read_resource_type(x, (const ResourceType *)m);
    }
    return refuse(x, "$['@type']", "not a ResourceType, Resource, Entitlement or Grant");
}

int record_read(struct record *r, struct json *j, uint64_t line, struct arena *a, struct buf *bytes, struct err *e)
{
    struct reading x = {.r = r, .a = a, .bytes = bytes, .e = e};
    ProtobufCMessage *m;

    *r = (struct record){.line = line, .expansion.null = true};
    if (protojson_read(j, a, &m, e) < 0)
        return -1;
    if (read_columns(&x, m) < 0)
        return -1;
    r->data.at = bytes->len;
    pbwire_pack(bytes, m);
    r->data.len = bytes->len - r->data.at;
    if (bytes->failed)
        return err_set(e, EX_OSERR, "line %" PRIu64 ": no memory", line);
    return 0;
}
