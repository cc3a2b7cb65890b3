/*
 * c1z3rec.h: what a newer toolkit wrote, in the record and in what is in it, is the message's unknown fields.
 */
#include "c1z3rec.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "protojson.h"
#include "tap.h"

/* Fields 100 are what we do not know: A0 06 and their value. */
static const struct {
    const char *what, *bytes;
    size_t len;
    enum kind kind;
    unsigned unknown;
    const char *json; /* NULL: of others it is the same as ever */
} records[] = {
#define BYTES(text) text, sizeof(text) - 1
    {"a type", BYTES("\x12\1t"), KIND_RESOURCE_TYPE, 0, NULL},
    {"a type with a new field", BYTES("\x12\1t\xa0\6\1"), KIND_RESOURCE_TYPE, 1, NULL},
    {"a type with traits", BYTES("\x12\1t\x22\4USER\x22\x0bUNSPECIFIED"), KIND_RESOURCE_TYPE, 0, NULL},
    {"a type with a new trait, one that the toolkit itself lost, and a new field",
        BYTES("\x12\1t\x22\5ROBOT\x22\0\xa0\6\1"), KIND_RESOURCE_TYPE, 3, NULL},
    {"a resource", BYTES("\x12\1t\x1a\1r"), KIND_RESOURCE, 0, NULL},
    {"a resource with a profile", BYTES("\x12\1t\x1a\1r\x4a\0"), KIND_RESOURCE, 0, NULL},
    {"a resource whose parent has a new field", BYTES("\x12\1t\x1a\1r\x32\6\x12\1p\xa0\6\1"), KIND_RESOURCE, 1, NULL},
    {"a resource whose status has a new field", BYTES("\x12\1t\x1a\1r\x52\5\x08\1\xa0\6\1"), KIND_RESOURCE, 1, NULL},
    {"an entitlement whose resource has a new field", BYTES("\x12\1e\x1a\6\x12\1r\xa0\6\1"), KIND_ENTITLEMENT, 1, NULL},
    {"an entitlement without a purpose", BYTES("\x12\1e"), KIND_ENTITLEMENT, 0, NULL},
    {"an entitlement with a new purpose", BYTES("\x12\1e\x32\4LOAN"), KIND_ENTITLEMENT, 1, NULL},
    {"a grant", BYTES("\x12\1g\x1a\0\x22\0"), KIND_GRANT, 0, NULL},
    {"a grant with new fields here and there", BYTES("\x12\1g\x1a\3\xa0\6\1\x22\3\xa0\6\1\xa0\6\1\xa2\6\0"), KIND_GRANT,
        4, NULL},
    {"a grant by two sources, the second with a new field",
        BYTES("\x12\1g\x1a\0\x22\0\x4a\5\x0a\1a\x12\0\x4a\x09\x0a\1b\x12\4\x08\1\x20\1"), KIND_GRANT, 1, NULL},
    {"a new trait is unspecified, the others are what they are", BYTES("\x12\1t\x22\4USER\x22\5ROBOT\x22\3APP"),
        KIND_RESOURCE_TYPE, 1,
        "{\"@type\":\"type.googleapis.com/c1.connector.v2.ResourceType\",\"id\":\"t\",\"traits\":[\"TRAIT_USER\","
        "\"TRAIT_UNSPECIFIED\",\"TRAIT_APP\"]}"},
    {"a new purpose is unspecified", BYTES("\x12\1e\x32\4LOAN"), KIND_ENTITLEMENT, 1,
        "{\"@type\":\"type.googleapis.com/c1.connector.v2.Entitlement\",\"id\":\"e\"}"},
};

static void test_record(size_t i)
{
    const struct span value = {(const uint8_t *)records[i].bytes, records[i].len};
    ProtobufCMessage *m;
    struct err e = {0};
    struct arena a;
    struct buf out;

    arena_init(&a, 1 << 20);
    buf_init(&out, 1 << 20);
    if (tap_ok(c1z3rec_message(records[i].kind, value, &a, &m, &e) == 0, records[i].what)) {
        tap_ok(m->n_unknown_fields == records[i].unknown, "as many unknown fields as there are");
        tap_ok(protojson_write(&out, &a, m, &e) == (records[i].unknown > 0), "its JSON says so");
        if (records[i].json != NULL)
            tap_ok(buf_cstr(&out) != NULL && strcmp(out.data, records[i].json) == 0, records[i].json);
    }
    arena_release(&a);
    buf_release(&out);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
        test_record(i);
    return tap_done();
}
