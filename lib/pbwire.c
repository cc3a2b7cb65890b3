#include "pbwire.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "records.pb-c.h"
#include "storage.pb-c.h"
#include "wellknown.pb-c.h"

/* Field numbers and wire types (the protobuf encoding guide). */
#define FIELD_NUMBER_MAX ((UINT64_C(1) << 29) - 1)
#define VARINT_MAX_BYTES 10

/*
 * The members of a message.
 */

static const void *member(const ProtobufCMessage *m, unsigned offset)
{
    return (const char *)m + offset;
}

static size_t list_len(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    return *(const size_t *)member(m, f->quantifier_offset);
}

bool pbwire_is_type(ProtobufCBinaryData url, const char *name)
{
    size_t len = strlen(name);

    return url.len > len && url.data[url.len - len - 1] == '/' && memcmp(url.data + url.len - len, name, len) == 0;
}

void *pbwire_new(struct arena *a, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *m = arena_alloc(a, type->sizeof_message);

    if (m != NULL)
        protobuf_c_message_init(type, m);
    return m;
}

static bool is_oneof(const ProtobufCFieldDescriptor *f)
{
    return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static bool is_map_entry(const ProtobufCMessageDescriptor *type)
{
    return type == &google__protobuf__struct__fields_entry__descriptor ||
           type == &c1__connector__v2__grant_sources__sources_entry__descriptor ||
           type == &c1__storage__v3__grant_record__sources_entry__descriptor;
}

bool pbwire_is_map(const ProtobufCFieldDescriptor *f)
{
    return f->label == PROTOBUF_C_LABEL_REPEATED && f->type == PROTOBUF_C_TYPE_MESSAGE && is_map_entry(f->descriptor);
}

bool pbwire_is_string(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *f)
{
    if (f->type != PROTOBUF_C_TYPE_BYTES)
        return false;
    return type != &google__protobuf__bytes_value__descriptor &&
           (type != &google__protobuf__any__descriptor || f->id == 1) &&
           (type != &c1__storage__v3__asset_record__descriptor || f->id != 4);
}

static const ProtobufCBinaryData *entry_key(const ProtobufCMessage *entry)
{
    return member(entry, entry->descriptor->fields[0].offset);
}

static int compare_keys(const ProtobufCMessage *x, const ProtobufCMessage *y)
{
    const ProtobufCBinaryData *a = entry_key(x), *b = entry_key(y);
    size_t n = a->len < b->len ? a->len : b->len;
    int order = n > 0 ? memcmp(a->data, b->data, n) : 0;

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_entries(const void *x, const void *y)
{
    return compare_keys(*(ProtobufCMessage *const *)x, *(ProtobufCMessage *const *)y);
}

/* Whether the keys ascend, no two the same. */
static bool is_ascending(ProtobufCMessage **entries, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (compare_keys(entries[i - 1], entries[i]) >= 0)
            return false;
    }
    return true;
}

void pbwire_sort_map(ProtobufCMessage **entries, size_t n)
{
    if (!is_ascending(entries, n))
        qsort(entries, n, sizeof(ProtobufCMessage *), compare_entries);
}

bool pbwire_is_set(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const void *at = member(m, f->offset);
    uint64_t bits = 0;

    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return list_len(m, f) > 0;
    if (is_oneof(f))
        return *(const uint32_t *)member(m, f->quantifier_offset) == f->id;
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)at != NULL;
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)at)->len > 0;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE: /* -0 is not the default: its bits differ */
        memcpy(&bits, at, sizeof(bits));
        return bits != 0;
    default:
        memcpy(&bits, at, sizeof(uint32_t));
        return bits != 0;
    }
}

/*
 * Packing: one walk measures, a second one writes from the end to the beginning, so that the length of a message is
 * known when its turn comes.  A list is packed if its values are scalars, as proto3 does.
 */

static size_t message_size(const ProtobufCMessage *m);
static uint8_t *put_message(uint8_t *p, const ProtobufCMessage *m);

static bool is_packed(const ProtobufCFieldDescriptor *f)
{
    return f->type != PROTOBUF_C_TYPE_BYTES && f->type != PROTOBUF_C_TYPE_MESSAGE;
}

static unsigned wire_type(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    case PROTOBUF_C_TYPE_DOUBLE:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_FLOAT:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    default:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    }
}

size_t pbwire_element_size(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(ProtobufCMessage *);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    default:
        return sizeof(uint32_t);
    }
}

static size_t varint_size(uint64_t v)
{
    return (70 - (size_t)__builtin_clzll(v | 1)) / 7;
}

static size_t tag_size(const ProtobufCFieldDescriptor *f)
{
    return varint_size((uint64_t)f->id << 3);
}

/* The varint that stands for the integer, bool or enum at ${at}. */
static uint64_t varint_of(const ProtobufCFieldDescriptor *f, const void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return *(const uint64_t *)at;
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)at;
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at != 0;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM: /* negative ones are extended to 64 bits */
        return (uint64_t)(int64_t)(*(const int32_t *)at);
    default: /* proto/ has no other type */
        abort();
    }
}

/* The bytes of the value at ${at} without its tag. */
static size_t value_size(const ProtobufCFieldDescriptor *f, const void *at)
{
    const ProtobufCMessage *sub;
    size_t n;

    switch (f->type) {
    case PROTOBUF_C_TYPE_BYTES:
        n = ((const ProtobufCBinaryData *)at)->len;
        return varint_size(n) + n;
    case PROTOBUF_C_TYPE_MESSAGE:
        sub = *(ProtobufCMessage *const *)at;
        n = sub == NULL ? 0 : message_size(sub);
        return varint_size(n) + n;
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(double);
    case PROTOBUF_C_TYPE_FLOAT:
        return sizeof(float);
    default:
        return varint_size(varint_of(f, at));
    }
}

static size_t list_size(const ProtobufCFieldDescriptor *f, const char *list, size_t n)
{
    size_t size = 0;

    for (size_t i = 0; i < n; i++)
        size += value_size(f, list + i * pbwire_element_size(f));
    if (is_packed(f))
        return tag_size(f) + varint_size(size) + size;
    return size + n * tag_size(f);
}

static size_t field_size(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, bool always)
{
    const void *at = member(m, f->offset);
    size_t n;

    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        n = list_len(m, f);
        if (n > 1 && pbwire_is_map(f))
            pbwire_sort_map(*(ProtobufCMessage * *const *)at, n);
        return n == 0 ? 0 : list_size(f, *(const char *const *)at, n);
    }
    return always || pbwire_is_set(m, f) ? tag_size(f) + value_size(f, at) : 0;
}

static size_t message_size(const ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *type = m->descriptor;
    const bool always = is_map_entry(type);
    size_t size = 0;

    for (unsigned i = 0; i < type->n_fields; i++)
        size += field_size(m, &type->fields[i], always);
    for (unsigned i = 0; i < m->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *u = &m->unknown_fields[i];
        size += varint_size((uint64_t)u->tag << 3) + u->len;
    }
    return size;
}

/* The functions below write what ends at ${p} and return where it begins. */

static uint8_t *put_varint(uint8_t *p, uint64_t v)
{
    uint8_t *start = p - varint_size(v), *to = start;

    for (; v >= 0x80; v >>= 7)
        *to++ = (uint8_t)(v | 0x80);
    *to = (uint8_t)v;
    return start;
}

static uint8_t *put_tag(uint8_t *p, uint32_t number, unsigned wire)
{
    return put_varint(p, (uint64_t)number << 3 | wire);
}

static uint8_t *put_bytes(uint8_t *p, const void *data, size_t len)
{
    p -= len;
    if (len > 0)
        memcpy(p, data, len);
    return p;
}

/* The ${size} bytes at ${at}, a float or double, least significant byte first. */
static uint8_t *put_fixed(uint8_t *p, const void *at, size_t size)
{
    uint64_t v = 0;
    uint32_t v4;

    if (size == sizeof(v4)) {
        memcpy(&v4, at, size);
        v = v4;
    } else {
        memcpy(&v, at, size);
    }
    p -= size;
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)(v >> (8 * i));
    return p;
}

static uint8_t *put_value(uint8_t *p, const ProtobufCFieldDescriptor *f, const void *at)
{
    const ProtobufCBinaryData *bytes = at;
    const ProtobufCMessage *sub;
    const uint8_t *end = p;

    switch (f->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return put_varint(put_bytes(p, bytes->data, bytes->len), bytes->len);
    case PROTOBUF_C_TYPE_MESSAGE:
        sub = *(ProtobufCMessage *const *)at;
        if (sub != NULL)
            p = put_message(p, sub);
        return put_varint(p, (uint64_t)(end - p));
    case PROTOBUF_C_TYPE_DOUBLE:
        return put_fixed(p, at, sizeof(double));
    case PROTOBUF_C_TYPE_FLOAT:
        return put_fixed(p, at, sizeof(float));
    default:
        return put_varint(p, varint_of(f, at));
    }
}

static uint8_t *put_list(uint8_t *p, const ProtobufCFieldDescriptor *f, const char *list, size_t n)
{
    const bool packed = is_packed(f);
    const uint8_t *end = p;

    while (n-- > 0) {
        p = put_value(p, f, list + n * pbwire_element_size(f));
        if (!packed)
            p = put_tag(p, f->id, wire_type(f));
    }
    if (packed)
        p = put_tag(put_varint(p, (uint64_t)(end - p)), f->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    return p;
}

static uint8_t *put_field(uint8_t *p, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, bool always)
{
    const void *at = member(m, f->offset);
    size_t n;

    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        n = list_len(m, f);
        return n == 0 ? p : put_list(p, f, *(const char *const *)at, n);
    }
    return always || pbwire_is_set(m, f) ? put_tag(put_value(p, f, at), f->id, wire_type(f)) : p;
}

/* The fields that are (not) members of oneofs.  Members of one oneof have adjacent numbers in proto/. */
static uint8_t *put_fields(uint8_t *p, const ProtobufCMessage *m, bool oneofs)
{
    const ProtobufCMessageDescriptor *type = m->descriptor;
    const bool always = is_map_entry(type);

    for (unsigned i = type->n_fields; i-- > 0;) {
        if (is_oneof(&type->fields[i]) == oneofs)
            p = put_field(p, m, &type->fields[i], always);
    }
    return p;
}

static uint8_t *put_message(uint8_t *p, const ProtobufCMessage *m)
{
    for (unsigned i = m->n_unknown_fields; i-- > 0;) {
        const ProtobufCMessageUnknownField *u = &m->unknown_fields[i];
        p = put_tag(put_bytes(p, u->data, u->len), u->tag, u->wire_type);
    }
    return put_fields(put_fields(p, m, true), m, false);
}

int pbwire_pack(struct buf *out, const ProtobufCMessage *msg)
{
    size_t size = message_size(msg);
    uint8_t *to = (uint8_t *)buf_reserve(out, size);

    if (to == NULL)
        return -1;
    put_message(to + size, msg);
    out->len += size;
    return 0;
}

int pbwire_pack_arena(struct arena *a, const ProtobufCMessage *msg, ProtobufCBinaryData *bytes)
{
    size_t size = message_size(msg);
    uint8_t *to = arena_alloc(a, size);

    if (to == NULL)
        return -1;
    put_message(to + size, msg);
    *bytes = (ProtobufCBinaryData){.len = size, .data = to};
    return 0;
}

/*
 * Unpacking: depth, UTF-8 and the types of fields are checked first, none of which protobuf-c does (all of); it does the
 * rest.
 */

static bool get_varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (unsigned i = 0; i < VARINT_MAX_BYTES && *p < end; i++) {
        uint8_t byte = *(*p)++;
        *v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) /* the tenth has room for one bit */
            return i < VARINT_MAX_BYTES - 1 || byte <= 1;
    }
    return false;
}

/* Move ${p} over a value of ${wire}; that of a length-prefixed one is ${*len} bytes before the new ${p}. */
static bool skip_value(const uint8_t **p, const uint8_t *end, unsigned wire, size_t *len)
{
    uint64_t v = 0;

    switch (wire) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return get_varint(p, end, &v);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        v = sizeof(uint64_t);
        break;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        v = sizeof(uint32_t);
        break;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        if (!get_varint(p, end, &v))
            return false;
        break;
    default: /* groups, which proto3 does not have */
        return false;
    }
    if (v > (uint64_t)(end - *p))
        return false;
    *p += v;
    *len = (size_t)v;
    return true;
}

/* Whether values of ${f} may have ${wire}: its own, or that of a packed list.  protobuf-c does not look at all of them. */
static bool is_wire_type(const ProtobufCFieldDescriptor *f, unsigned wire)
{
    if (wire == wire_type(f))
        return true;
    return wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && f->label == PROTOBUF_C_LABEL_REPEATED;
}

/* Whether the ${len} bytes at ${p} are varints; of a packed list of another type protobuf-c checks the length. */
static bool are_varints(const ProtobufCFieldDescriptor *f, const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    uint64_t v;

    while (p < end && wire_type(f) == PROTOBUF_C_WIRE_TYPE_VARINT) {
        if (!get_varint(&p, end, &v))
            return false;
    }
    return true;
}

/*
 * Whether ${f}, a message and no list, was met before.  Such parts would have to be merged; protobuf-c loses unknown
 * fields then, and no writer we know of makes them.
 */
static bool is_message_again(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *f, uint32_t *seen)
{
    const uint32_t bit = UINT32_C(1) << (f - type->fields), before = *seen;

    if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    *seen |= bit;
    return (before & bit) != 0;
}

/* NULL if the ${len} bytes at ${data} can be given to protobuf-c, else what is wrong with them. */
static const char *check_message(
    const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len, unsigned depth)
{
    const uint8_t *p = data, *end = len > 0 ? data + len : data;
    uint32_t seen = 0; /* no message of proto/ has more than 32 fields */

    if (depth > PBWIRE_DEPTH_MAX)
        return "nested too deeply";
    while (p < end) {
        const ProtobufCFieldDescriptor *f;
        const char *wrong = NULL;
        uint64_t tag;
        size_t n = 0;

        if (!get_varint(&p, end, &tag) || tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX)
            return "malformed field number";
        if (!skip_value(&p, end, tag & 7, &n))
            return "cut off or malformed";
        f = protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
        if (f == NULL)
            continue;
        if (!is_wire_type(f, tag & 7))
            return "a field is of another type";
        if (is_message_again(type, f, &seen))
            return "a message is given twice";
        if (f->type == PROTOBUF_C_TYPE_MESSAGE)
            wrong = check_message(f->descriptor, p - n, n, depth + 1);
        else if (pbwire_is_string(type, f) && !json_utf8((const char *)p - n, n))
            wrong = "a string is not UTF-8";
        else if (is_packed(f) && n > 0 && !are_varints(f, p - n, n))
            wrong = "cut off or malformed";
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

/* Sort ${*n} map entries; of those with the same key keep the one that came last. */
static bool tidy_map(struct arena *a, ProtobufCMessage **entries, size_t *n)
{
    ProtobufCMessage **spare, **from = entries, **to;

    if (is_ascending(entries, *n))
        return true;
    spare = to = arena_alloc(a, *n * sizeof(ProtobufCMessage *));
    if (spare == NULL)
        return false;
    /* A merge sort from the bottom, because the order among equal keys must survive. */
    for (size_t width = 1; width < *n; width *= 2) {
        for (size_t i = 0; i < *n; i += 2 * width) {
            size_t x = i, mid = i + width < *n ? i + width : *n, y = mid;
            size_t end = mid + width < *n ? mid + width : *n;
            for (size_t k = i; k < end; k++)
                to[k] = y == end || (x < mid && compare_keys(from[x], from[y]) <= 0) ? from[x++] : from[y++];
        }
        to = from == entries ? entries : spare;
        from = from == entries ? spare : entries;
    }
    memmove(entries, from, *n * sizeof(ProtobufCMessage *));
    for (size_t i = 0, kept = 0, all = *n; i < all; i++) {
        if (i + 1 == all || compare_keys(entries[i], entries[i + 1]) != 0)
            entries[kept++] = entries[i];
        *n = kept;
    }
    return true;
}

/* Give the entries that came without a value an empty one; forget their unknown fields, as a map in memory does. */
static bool fill_map(struct arena *a, ProtobufCMessage **entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const ProtobufCFieldDescriptor *f = &entries[i]->descriptor->fields[1];
        ProtobufCMessage **value = (ProtobufCMessage **)(void *)((char *)entries[i] + f->offset);

        entries[i]->n_unknown_fields = 0;
        if (*value != NULL)
            continue;
        *value = pbwire_new(a, f->descriptor);
        if (*value == NULL)
            return false;
    }
    return true;
}

/* Tidy all maps of ${m}. */
static bool tidy_message(struct arena *a, ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *type = m->descriptor;

    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &type->fields[i];
        ProtobufCMessage **list = (ProtobufCMessage **)(void *)((char *)m + f->offset);
        size_t one = 1, *n = &one;

        if (f->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            list = *(ProtobufCMessage ***)(void *)list;
            n = (size_t *)(void *)((char *)m + f->quantifier_offset);
        } else if (!pbwire_is_set(m, f)) {
            continue;
        }
        if (pbwire_is_map(f) && (!tidy_map(a, list, n) || !fill_map(a, list, *n)))
            return false;
        for (size_t k = 0; k < *n; k++) {
            if (!tidy_message(a, list[k]))
                return false;
        }
    }
    return true;
}

static void *allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

/* What protobuf-c frees stays in the arena until its reset. */
static void forget(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

int pbwire_unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t len, struct arena *a,
    ProtobufCMessage **msg, struct err *e)
{
    ProtobufCAllocator allocator = {.alloc = allocate, .free = forget, .allocator_data = a};
    const char *wrong = len > INT_MAX ? "too long" : check_message(type, data, len, 1);

    *msg = NULL;
    if (wrong != NULL)
        return err_set(e, EX_DATAERR, "not a %s: %s", type->name, wrong);
    *msg = protobuf_c_message_unpack(type, &allocator, len, data);
    if (*msg != NULL && tidy_message(a, *msg))
        return 0;
    *msg = NULL;
    if (a->failed)
        return err_set(e, EX_OSERR, "out of memory for a %s of %zu bytes", type->name, len);
    return err_set(e, EX_DATAERR, "not a %s: malformed", type->name);
}
