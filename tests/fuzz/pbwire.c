/*
 * libFuzzer target: pbwire_unpack against protobuf-c's own reader.
 *
 * The first byte chooses the type.  What ours accepts theirs must accept too (ours is stricter: UTF-8, depth), and both
 * must have read the same message: written by protobuf-c and read by ours once more, it gives the same bytes.  What ours
 * refuses it refuses with a reason, as bad data.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1z.pb-c.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "storage.pb-c.h"
#include "traits.pb-c.h"
#include "vendor.pb-c.h"
#include "wellknown.pb-c.h"

#define ARENA_MAX ((size_t)256 << 20)

static const ProtobufCMessageDescriptor *const types[] = {
    &c1__connector__v2__grant__descriptor,
    &c1__connector__v2__resource__descriptor,
    &c1__connector__v2__entitlement__descriptor,
    &c1__connector__v2__resource_type__descriptor,
    &c1__connector__v2__user_trait__descriptor,
    &c1__connector__v2__vendor_agreement_trait__descriptor,
    &c1__storage__v3__grant_record__descriptor,
    &c1__storage__v3__asset_record__descriptor,
    &c1__c1z__v1__sync_details__descriptor,
    &google__protobuf__struct__descriptor,
    &google__protobuf__any__descriptor,
    &google__protobuf__float_value__descriptor,
};

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

/* Read ${len} bytes at ${data} and append what they are, as we write it. Return whether they are a message. */
static bool rewrite(const ProtobufCMessageDescriptor *type, const void *data, size_t len, struct buf *out)
{
    ProtobufCMessage *m = NULL;
    struct err e = {0};
    struct arena a;
    int r;

    arena_init(&a, ARENA_MAX);
    r = pbwire_unpack(type, data, len, &a, &m, &e);
    check(r == 0 ? e.status == 0 : e.status == EX_DATAERR && e.msg[0] != '\0', "a message, or bad data and why");
    check(r < 0 || pbwire_pack(out, m) == 0, "what was read can be written");
    arena_release(&a);
    return r == 0;
}

/* The same by way of protobuf-c's reader and writer. */
static void rewrite_theirs(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len, struct buf *out)
{
    ProtobufCMessage *m = protobuf_c_message_unpack(type, NULL, len, data);
    uint8_t *bytes;
    size_t n;

    check(m != NULL, "protobuf-c reads it too");
    n = protobuf_c_message_get_packed_size(m);
    bytes = malloc(n + 1);
    check(bytes != NULL && protobuf_c_message_pack(m, bytes) == n, "protobuf-c writes it");
    check(rewrite(type, bytes, n, out), "what it writes is read");
    free(bytes);
    protobuf_c_message_free_unpacked(m, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ProtobufCMessageDescriptor *type;
    struct buf ours, theirs;

    if (size == 0)
        return 0;
    type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
    buf_init(&ours, ARENA_MAX);
    buf_init(&theirs, ARENA_MAX);
    if (rewrite(type, data + 1, size - 1, &ours)) {
        rewrite_theirs(type, data + 1, size - 1, &theirs);
        check(ours.len == theirs.len && (ours.len == 0 || memcmp(ours.data, theirs.data, ours.len) == 0),
            "both have read the same");
    }
    buf_release(&theirs);
    buf_release(&ours);
    return 0;
}
