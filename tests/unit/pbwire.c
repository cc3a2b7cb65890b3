/*
 * pbwire: packing and unpacking where it differs from what protobuf-c does by itself.
 */
#include "pbwire.h"

#include <stdlib.h>
#include <string.h>

#include "insight.pb-c.h"
#include "records.pb-c.h"
#include "tap.h"
#include "vendor.pb-c.h"
#include "wellknown.pb-c.h"

#define ARENA_MAX ((size_t)64 << 20)

static struct arena arena;
static struct buf bytes;

static ProtobufCBinaryData data_of(const char *s)
{
    return (ProtobufCBinaryData){.len = strlen(s), .data = (uint8_t *)(uintptr_t)s};
}

static size_t from_hex(const char *hex, unsigned char *to)
{
    size_t n = strlen(hex) / 2;

    for (size_t i = 0; i < n; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        to[i] = (unsigned char)strtoul(two, NULL, 16);
    }
    return n;
}

/* Whether ${m} is packed as ${hex}, to a buffer and to an arena. */
static bool packs(const ProtobufCMessage *m, const char *hex)
{
    unsigned char expected[512];
    size_t n = from_hex(hex, expected);
    ProtobufCBinaryData copy;

    buf_clear(&bytes);
    if (pbwire_pack(&bytes, m) != 0 || bytes.len != n || (n > 0 && memcmp(bytes.data, expected, n) != 0))
        return false;
    return pbwire_pack_arena(&arena, m, &copy) == 0 && copy.len == n && (n == 0 || memcmp(copy.data, expected, n) == 0);
}

/* Unpack ${hex}; the bytes are in a block of their own size, for memory checkers. */
static int unpack(const ProtobufCMessageDescriptor *type, const char *hex, ProtobufCMessage **m, struct err *e)
{
    unsigned char raw[512], *exact;
    size_t n = from_hex(hex, raw);
    int status;

    exact = malloc(n > 0 ? n : 1);
    if (exact == NULL)
        return -1;
    memcpy(exact, raw, n);
    status = pbwire_unpack(type, exact, n, &arena, m, e);
    free(exact);
    return status;
}

/* Whether ${hex} is read, and written as ${again}. */
static bool repacks(const ProtobufCMessageDescriptor *type, const char *hex, const char *again)
{
    struct err e = {0};
    ProtobufCMessage *m;

    return unpack(type, hex, &m, &e) == 0 && packs(m, again);
}

/* Whether ${hex} is refused with ${words}. */
static bool refused(const ProtobufCMessageDescriptor *type, const char *hex, const char *words)
{
    struct err e = {0};
    ProtobufCMessage *m;

    return unpack(type, hex, &m, &e) == -1 && m == NULL && e.status == EX_DATAERR && strstr(e.msg, words) != NULL &&
           strstr(e.msg, type->name) != NULL;
}

static void check_order(void)
{
    C1__Connector__V2__SecurityInsightTrait t = C1__CONNECTOR__V2__SECURITY_INSIGHT_TRAIT__INIT;
    C1__Connector__V2__Issue issue = C1__CONNECTOR__V2__ISSUE__INIT;
    C1__Connector__V2__SecurityInsightTrait__UserTarget user =
        C1__CONNECTOR__V2__SECURITY_INSIGHT_TRAIT__USER_TARGET__INIT;
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    at.seconds = 1;
    issue.value = data_of("i");
    user.email = data_of("e");
    t.insight_type_case = C1__CONNECTOR__V2__SECURITY_INSIGHT_TRAIT__INSIGHT_TYPE_ISSUE;
    t.issue = &issue;
    t.target_case = C1__CONNECTOR__V2__SECURITY_INSIGHT_TRAIT__TARGET_USER;
    t.user = &user;
    t.observed_at = &at;
    tap_ok(packs(&t.base, "1a020801"
                          "12030a0169"
                          "22030a0165"),
        "members of oneofs come after the other fields");
}

static void check_map(void)
{
    C1__Connector__V2__GrantSources s = C1__CONNECTOR__V2__GRANT_SOURCES__INIT;
    C1__Connector__V2__GrantSources__GrantSource direct = C1__CONNECTOR__V2__GRANT_SOURCES__GRANT_SOURCE__INIT;
    C1__Connector__V2__GrantSources__SourcesEntry e[4], *list[4];
    static const char *const keys[] = {"b", "a", "ab", "B"};

    direct.is_direct = 1;
    for (int i = 0; i < 4; i++) {
        c1__connector__v2__grant_sources__sources_entry__init(&e[i]);
        e[i].key = data_of(keys[i]);
        list[i] = &e[i];
    }
    e[1].value = &direct;
    s.sources = list;
    s.n_sources = 4;
    tap_ok(packs(&s.base, "0a050a01421200"
                          "0a070a016112020801"
                          "0a060a0261621200"
                          "0a050a01621200"),
        "map entries are sorted, and written with both fields");
    tap_ok(list[0] == &e[3] && list[3] == &e[0], "the entries are sorted in the message");
}

static void check_zero(void)
{
    Google__Protobuf__Value v = GOOGLE__PROTOBUF__VALUE__INIT;
    C1__Connector__V2__LineItem l = C1__CONNECTOR__V2__LINE_ITEM__INIT;
    C1__Connector__V2__ResourceType__Trait traits[] = {0, (C1__Connector__V2__ResourceType__Trait)-1};
    C1__Connector__V2__ResourceType t = C1__CONNECTOR__V2__RESOURCE_TYPE__INIT;
    Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT, *anys[] = {&any};

    tap_ok(packs(&v.base, ""), "a Value of no kind is empty");
    v.kind_case = GOOGLE__PROTOBUF__VALUE__KIND_NULL_VALUE;
    tap_ok(packs(&v.base, "0800"), "a null in a oneof is written");
    v.kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
    tap_ok(packs(&v.base, "1a00"), "an empty string in a oneof is written");
    l.quantity = -0.0;
    tap_ok(packs(&l.base, "110000000000000080"), "-0 is not the default");
    t.traits = traits;
    t.n_traits = 2;
    t.annotations = anys;
    t.n_annotations = 1;
    tap_ok(packs(&t.base, "1a0b00ffffffffffffffffff01"
                          "2200"),
        "enums are packed, negative ones take ten bytes; an empty Any is written");
}

static void check_unpack(void)
{
    const ProtobufCMessageDescriptor *type = &c1__connector__v2__resource_type__descriptor;

    tap_ok(repacks(type, "", ""), "no bytes are an empty message");
    tap_ok(repacks(type, "0a0161", "0a0161"), "a string");
    tap_ok(repacks(type, "0a026100", "0a026100"), "a string with U+0000");
    tap_ok(repacks(type, "18011802", "1a020102"), "unpacked enums become packed");
    tap_ok(repacks(type, "a206017a0a0161aa0601310a0162",
               "0a0162"
               "a206017a"
               "aa060131"),
        "the last value counts, unknown fields are kept and come last");
    tap_ok(repacks(&c1__connector__v2__grant_sources__descriptor, "0a070a0161120208010a050a016212000a030a0161",
               "0a050a016112000a050a01621200"),
        "of entries with one key the last is kept, one without a value gets it");
}

static void check_refused(void)
{
    const ProtobufCMessageDescriptor *type = &c1__connector__v2__resource_type__descriptor;

    tap_ok(refused(type, "0a", "cut off"), "a field without a value");
    tap_ok(refused(type, "0a0561", "cut off"), "a string longer than the bytes");
    tap_ok(refused(type, "0affffffffffffffff7f61", "cut off"), "a length beyond all memory");
    tap_ok(refused(type, "30ffffffffffffffffff02", "malformed"), "a varint of more than 64 bits");
    tap_ok(refused(type, "30ffffffffffffffffffff01", "malformed"), "a varint of eleven bytes");
    tap_ok(refused(type, "1a0affffffffffffffffff02", "malformed"), "the same in a packed list");
    tap_ok(refused(type, "0000", "field number"), "field number 0");
    tap_ok(refused(type, "a3060101", "malformed"), "a group");
    tap_ok(refused(type, "0a01ff", "UTF-8"), "a string that is not UTF-8");
    tap_ok(refused(type, "22040a02c080", "UTF-8"), "the same in a message inside");
    tap_ok(refused(type, "0801", "another type"), "a number for a string");
    tap_ok(refused(type, "320101", "another type"), "a string for a bool");
    tap_ok(refused(&c1__connector__v2__grant__descriptor, "0a000a00", "twice"), "a message given twice");
    tap_ok(repacks(&google__protobuf__any__descriptor, "0a00120180", "120180"), "the value of an Any is no string");
    tap_ok(repacks(&google__protobuf__bytes_value__descriptor, "0a0180", "0a0180"), "nor are true bytes");
}

/* A ListValue in a Value in a ListValue ..., ${depth} messages in all; the bytes are malloced. */
static unsigned char *nested(unsigned depth, size_t *len)
{
    const size_t room = (size_t)depth * 8;
    unsigned char *data = malloc(room), *p = data + room;

    for (unsigned level = depth; data != NULL && --level > 0;) {
        size_t n = (size_t)(data + room - p);
        unsigned char size[8];
        size_t k = 0;
        for (; n >= 0x80; n >>= 7)
            size[k++] = (unsigned char)(n | 0x80);
        size[k++] = (unsigned char)n;
        p -= k;
        memcpy(p, size, k);
        *--p = level % 2 == 1 ? 0x0a : 0x32; /* ListValue.values, Value.list_value */
    }
    if (data != NULL) {
        *len = (size_t)(data + room - p);
        memmove(data, p, *len);
    }
    return data;
}

static void check_depth(void)
{
    struct err e = {0};
    ProtobufCMessage *m;
    size_t len = 0;
    unsigned char *data = nested(PBWIRE_DEPTH_MAX, &len);

    buf_clear(&bytes);
    tap_ok(data != NULL && pbwire_unpack(&google__protobuf__list_value__descriptor, data, len, &arena, &m, &e) == 0 &&
               pbwire_pack(&bytes, m) == 0 && bytes.len == len && memcmp(bytes.data, data, len) == 0,
        "the deepest message that is accepted");
    free(data);
    data = nested(PBWIRE_DEPTH_MAX + 1, &len);
    tap_ok(data != NULL && pbwire_unpack(&google__protobuf__list_value__descriptor, data, len, &arena, &m, &e) == -1 &&
               e.status == EX_DATAERR && strstr(e.msg, "too deeply") != NULL,
        "one level more");
    free(data);
    e = (struct err){0};
    data = nested(1000000, &len);
    tap_ok(data != NULL && pbwire_unpack(&google__protobuf__list_value__descriptor, data, len, &arena, &m, &e) == -1,
        "a million levels");
    free(data);
}

static void check_no_room(void)
{
    static const char raw[] = "\x0a\x01x";
    struct arena small;
    struct buf little;
    struct err e = {0};
    ProtobufCMessage *m;
    ProtobufCBinaryData copy;

    arena_init(&small, 8);
    tap_ok(pbwire_unpack(&c1__connector__v2__resource_type__descriptor, raw, 3, &small, &m, &e) == -1 &&
               e.status == EX_OSERR && m == NULL,
        "an arena too small for a message");
    arena_release(&small);
    e = (struct err){0};
    buf_init(&little, 2);
    pbwire_unpack(&c1__connector__v2__resource_type__descriptor, raw, 3, &arena, &m, &e);
    tap_ok(pbwire_pack(&little, m) == -1 && little.failed, "a buffer too small for the bytes");
    arena_init(&small, 2);
    tap_ok(pbwire_pack_arena(&small, m, &copy) == -1 && small.failed, "an arena too small for the bytes");
    arena_release(&small);
}

int main(void)
{
    arena_init(&arena, ARENA_MAX);
    buf_init(&bytes, ARENA_MAX);
    check_order();
    check_map();
    check_zero();
    check_unpack();
    check_refused();
    check_depth();
    check_no_room();
    buf_release(&bytes);
    arena_release(&arena);
    return tap_done();
}
