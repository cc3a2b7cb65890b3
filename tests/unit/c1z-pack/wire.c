/* Walking over protobuf fields: what each field is, what is no message, and that writing is the reverse of reading. */
#include "c1z-pack/wire.h"

#include <string.h>

#include "tap.h"

/* Releases of clang-format disagree on braces in macros. */
/* clang-format off */
#define BYTES(s) {(const uint8_t *)(s), sizeof(s) - 1}
/* clang-format on */

/* A message of one field and one more that shows where the first ended. */
static const struct {
    const char *what;
    struct wire_bytes message;
    uint64_t number, varint;
    size_t whole;
    struct wire_bytes body;
} good[] = {
    {"a number", BYTES("\x08\x05\x10\x01"), 1, 5, 2, {NULL, 0}},
    {"a number of ten bytes", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x01"), 1, UINT64_MAX, 11,
        {NULL, 0}},
    {"a number written longer than it must be", BYTES("\x08\x85\x00\x10\x01"), 1, 5, 3, {NULL, 0}},
    {"eight bytes", BYTES("\x19zzzzzzzz\x10\x01"), 3, 0, 9, {NULL, 0}},
    {"four bytes", BYTES("\x1dzzzz\x10\x01"), 3, 0, 5, {NULL, 0}},
    {"a string",
        BYTES("\x12\x03"
              "abc\x10\x01"),
        2, 3, 5, BYTES("abc")},
    {"an empty string", BYTES("\x12\x00\x10\x01"), 2, 0, 2, BYTES("")},
    {"a field number of two bytes", BYTES("\x82\x01\x01x\x10\x01"), 16, 1, 4, BYTES("x")},
};

static const struct {
    const char *what;
    struct wire_bytes message;
} bad[] = {
    {"a tag without its value", BYTES("\x08")},
    {"a number that does not end", BYTES("\x08\x80\x80")},
    {"a number of more than ten bytes", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
    {"a tag that does not end", BYTES("\x80")},
    {"four bytes of eight", BYTES("\x19zzzz")},
    {"three bytes of four", BYTES("\x1dzzz")},
    {"a string longer than the message", BYTES("\x12\x04"
                                               "abc")},
    {"a string longer than any memory", BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                              "abc")},
    {"a group", BYTES("\x0b\x0c")},
    {"a wire type that does not exist", BYTES("\x0f\x01")},
};

static bool same(struct wire_bytes a, struct wire_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static void check_good(size_t i)
{
    struct wire w = wire_begin(good[i].message);
    struct wire_field f = {0}, next = {0};
    bool read = wire_next(&w, &f), second = wire_next(&w, &next);

    tap_ok(read && f.number == good[i].number && f.varint == good[i].varint &&
               same(f.whole, (struct wire_bytes){good[i].message.p, good[i].whole}) &&
               (f.body.p == NULL) == (good[i].body.p == NULL) && same(f.body, good[i].body) && second &&
               next.number == 2 && next.varint == 1 && !wire_next(&w, &next) && !w.bad,
        good[i].what);
}

static void check_bad(size_t i)
{
    struct wire w = wire_begin(bad[i].message);
    struct wire_field f;

    tap_ok(!wire_next(&w, &f) && w.bad && !wire_next(&w, &f), bad[i].what);
}

/* A field of ${len} bytes, written and read. */
static void check_round(size_t len)
{
    static uint8_t body[70000];
    struct wire_field f = {0};
    struct wire w;
    struct buf out;
    char what[64];

    memset(body, 'x', sizeof(body));
    buf_init(&out, 1 << 20);
    wire_put(&out, 15, (struct wire_bytes){body, len});
    w = wire_begin((struct wire_bytes){(const uint8_t *)out.data, out.len});
    snprintf(what, sizeof(what), "%zu bytes come back, in %zu", len, wire_size(len));
    tap_ok(out.len == wire_size(len) && wire_next(&w, &f) && f.number == 15 &&
               same(f.body, (struct wire_bytes){body, len}) && !wire_next(&w, &f) && !w.bad,
        what);
    buf_release(&out);
}

int main(void)
{
    static const size_t lengths[] = {0, 1, 127, 128, 16383, 16384, 70000};
    struct wire none = wire_begin((struct wire_bytes){NULL, 0});
    struct wire_field f;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        check_good(i);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_bad(i);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        check_round(lengths[i]);
    tap_ok(!wire_next(&none, &f) && !none.bad, "nothing is a message without fields");
    return tap_done();
}
