/*
 * libFuzzer target: the reader and writer of baton records, and the wire format below them.
 *
 * The first byte says what the rest is: 0xff for a line of JSON, else the wire form of one of the types below.  What is
 * accepted must survive: the bytes of a message are read back to the same bytes, its JSON to the same JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pbwire.h"
#include "protojson.h"

#define ARENA_MAX ((size_t)256 << 20)

enum { DEPTH = 4 * PBWIRE_DEPTH_MAX };

static const char *const types[] = {"c1.connector.v2.Grant", "c1.connector.v2.Resource", "c1.connector.v2.Entitlement",
    "c1.connector.v2.ResourceType", "c1.connector.v2.UserTrait", "c1.connector.v2.SecurityInsightTrait",
    "c1.connector.v2.VendorAgreementTrait", "c1.connector.v2.ManagedDeviceTrait", "google.protobuf.Struct",
    "google.protobuf.Any", "google.protobuf.Duration", "google.protobuf.FloatValue", "google.protobuf.BytesValue",
    "google.protobuf.UInt64Value"};

#define TYPES (sizeof(types) / sizeof(types[0]))

/* One reader with the default limits; one for what was written, which may be as deep as pbwire takes. */
static struct json json, deep;
static struct arena arena;

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool read_line(struct json *j, const char *text, size_t len, ProtobufCMessage **m)
{
    struct err e = {0};
    int status;

    json_begin(j, text, len, 1);
    status = protojson_read(j, &arena, m, &e);
    check((status == 0) == (e.status == 0) && (status == 0) == (*m != NULL), "status, error and message agree");
    return status == 0;
}

/* Pack ${m} to ${bytes}; unpacked and packed again it must be the same. */
static void check_bytes(const ProtobufCMessage *m, struct buf *bytes)
{
    struct err e = {0};
    struct buf again;
    ProtobufCMessage *copy;

    buf_init(&again, ARENA_MAX);
    check(pbwire_pack(bytes, m) == 0, "packed");
    check(pbwire_unpack(m->descriptor, bytes->data, bytes->len, &arena, &copy, &e) == 0, "unpacked");
    check(pbwire_pack(&again, copy) == 0 && same(bytes, &again), "the same bytes again");
    buf_release(&again);
}

/*
 * If ${m} can be written, then what was written is read and written the same; and if ${exact} it gives the same bytes
 * (JSON has no place for unknown fields).
 */
static void check_text(const ProtobufCMessage *m, const struct buf *bytes, bool exact)
{
    struct err e = {0};
    struct buf text, again, copy_bytes;
    ProtobufCMessage *copy;

    buf_init(&text, ARENA_MAX);
    buf_init(&again, ARENA_MAX);
    buf_init(&copy_bytes, ARENA_MAX);
    if (protojson_write(&text, &arena, m, &e) >= 0) {
        check(read_line(&deep, text.data, text.len, &copy), "what was written is read");
        check(protojson_write(&again, &arena, copy, &e) == 0 && same(&text, &again), "the same text again");
        check(!exact || (pbwire_pack(&copy_bytes, copy) == 0 && same(bytes, &copy_bytes)), "the same bytes from text");
    } else {
        check(!exact, "what was read can be written");
    }
    buf_release(&copy_bytes);
    buf_release(&again);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_limits limits = {.depth = DEPTH};
    struct err e = {0};
    struct buf bytes;
    ProtobufCMessage *m;
    const char *type;
    bool exact;

    if (size == 0)
        return 0;
    json_init(&json, NULL);
    json_init(&deep, &limits);
    arena_init(&arena, ARENA_MAX);
    buf_init(&bytes, ARENA_MAX);
    exact = data[0] == 0xff;
    type = types[data[0] % TYPES];
    if (exact ? read_line(&json, (const char *)data + 1, size - 1, &m)
              : pbwire_unpack(protojson_type(type, strlen(type)), data + 1, size - 1, &arena, &m, &e) == 0) {
        check_bytes(m, &bytes);
        check_text(m, &bytes, exact);
    }
    buf_release(&bytes);
    arena_release(&arena);
    json_release(&deep);
    json_release(&json);
    return 0;
}
