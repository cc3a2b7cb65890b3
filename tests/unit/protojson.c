/*
 * protojson [FOLDER]: the reader and the writer of baton records, first against the vectors in tests/protojson.
 *
 * A vector is a line "line TEXT" and, below it, either "reject REASON", the error without its line number, or
 * "bytes HEX", the message in the Any, and "prints TEXT" where the canonical form is not TEXT itself.  Other lines are
 * comments or empty.  What is expected was found with protobuf-go 1.36.11, but where lib/protojson.h says that we are
 * stricter.
 */
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pbwire.h"
#include "protojson.h"
#include "records.pb-c.h"
#include "tap.h"
#include "wellknown.pb-c.h"

#define ARENA_MAX ((size_t)64 << 20)

static struct json json;
static struct arena arena;
static struct buf bytes, text;

/* One vector; ${prints} and ${reject} are NULL where the file has none. */
struct vector {
    const char *line, *bytes, *prints, *reject;
};

static int read_text(const char *s, size_t len, ProtobufCMessage **m, struct err *e)
{
    arena_reset(&arena);
    json_begin(&json, s, len, 1);
    return protojson_read(&json, &arena, m, e);
}

static bool is_hex(const struct buf *b, const char *hex)
{
    static const char digits[] = "0123456789abcdef";

    if (strlen(hex) != 2 * b->len)
        return false;
    for (size_t i = 0; i < b->len; i++) {
        unsigned char c = (unsigned char)b->data[i];
        if (hex[2 * i] != digits[c >> 4] || hex[2 * i + 1] != digits[c & 15])
            return false;
    }
    return true;
}

static bool is_text(const struct buf *b, const char *s)
{
    return b->len == strlen(s) && memcmp(b->data, s, b->len) == 0;
}

/* Whether ${m} is printed as ${s}. */
static bool prints(const ProtobufCMessage *m, const char *s)
{
    struct err e = {0};

    buf_clear(&text);
    return protojson_write(&text, &arena, m, &e) == 0 && is_text(&text, s);
}

/* Whether the line gives the bytes, and bytes and message the line. */
static bool accepted(const struct vector *v, char *why, size_t size)
{
    const char *form = v->prints != NULL ? v->prints : v->line;
    struct err e = {0};
    ProtobufCMessage *m, *again;

    if (read_text(v->line, strlen(v->line), &m, &e) != 0) {
        snprintf(why, size, "refused: %s", e.msg);
        return false;
    }
    buf_clear(&bytes);
    pbwire_pack(&bytes, m);
    snprintf(why, size, "other bytes");
    if (!is_hex(&bytes, v->bytes))
        return false;
    snprintf(why, size, "printed otherwise");
    if (!prints(m, form))
        return false;
    snprintf(why, size, "not unpacked: %s", e.msg);
    if (pbwire_unpack(m->descriptor, bytes.data, bytes.len, &arena, &again, &e) != 0)
        return false;
    snprintf(why, size, "printed otherwise once unpacked");
    return prints(again, form);
}

static bool refused(const struct vector *v, char *why, size_t size)
{
    static const char first[] = "line 1, ";
    struct err e = {0};
    ProtobufCMessage *m;

    if (read_text(v->line, strlen(v->line), &m, &e) == 0) {
        snprintf(why, size, "accepted");
        return false;
    }
    snprintf(why, size, "%s", e.msg);
    return m == NULL && e.status == EX_DATAERR && strncmp(e.msg, first, strlen(first)) == 0 &&
           strcmp(e.msg + strlen(first), v->reject) == 0;
}

static void check_vector(const char *file, unsigned line, const struct vector *v)
{
    char why[1100] = "", what[1300];
    bool good;

    if (v->line == NULL)
        return;
    if ((v->reject == NULL) == (v->bytes == NULL)) {
        snprintf(what, sizeof(what), "%s:%u has one of bytes and reject", file, line);
        tap_ok(false, what);
        return;
    }
    good = v->reject != NULL ? refused(v, why, sizeof(why)) : accepted(v, why, sizeof(why));
    snprintf(what, sizeof(what), "%s:%u%s%s", file, line, good ? "" : ": ", good ? "" : why);
    tap_ok(good, what);
}

/* What follows ${word} and a space at the start of ${s}, or NULL. */
static const char *after(const char *s, const char *word)
{
    size_t n = strlen(word);

    return strncmp(s, word, n) == 0 && s[n] == ' ' ? s + n + 1 : NULL;
}

static char *load(const char *name)
{
    struct buf b;
    FILE *f = fopen(name, "rb");
    char *to;

    buf_init(&b, ARENA_MAX);
    while (f != NULL && (to = buf_reserve(&b, 4096)) != NULL) {
        size_t n = fread(to, 1, 4096, f);
        if (n == 0)
            break;
        b.len += n;
    }
    if (f != NULL)
        fclose(f);
    return f != NULL && buf_cstr(&b) != NULL ? b.data : NULL;
}

static void check_file(const char *name)
{
    char *data = load(name), *rest = data, *s;
    struct vector v = {0};
    unsigned number = 0, start = 0;

    if (!tap_ok(data != NULL, name))
        return;
    while ((s = strsep(&rest, "\n")) != NULL) {
        number++;
        if (after(s, "line") != NULL) {
            check_vector(name, start, &v);
            v = (struct vector){.line = after(s, "line")};
            start = number;
        }
        if (after(s, "bytes") != NULL)
            v.bytes = after(s, "bytes");
        if (after(s, "prints") != NULL)
            v.prints = after(s, "prints");
        if (after(s, "reject") != NULL)
            v.reject = after(s, "reject");
    }
    check_vector(name, start, &v);
    free(data);
}

static void check_files(const char *folder)
{
    char pattern[4096];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s/*.txt", folder);
    if (!tap_ok(glob(pattern, 0, NULL, &found) == 0, "there are vectors"))
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_file(found.gl_pathv[i]);
    globfree(&found);
}

/*
 * What a vector cannot say.
 */

static ProtobufCBinaryData data_of(const char *s)
{
    return (ProtobufCBinaryData){.len = strlen(s), .data = (uint8_t *)(uintptr_t)s};
}

/* Whether writing ${m} fails with ${status} and a message that holds ${words}, and leaves ${text} as it was. */
static bool write_fails(const ProtobufCMessage *m, int status, const char *words)
{
    struct err e = {0};

    buf_clear(&text);
    buf_puts(&text, "before");
    return protojson_write(&text, &arena, m, &e) == -1 && e.status == status && strstr(e.msg, words) != NULL &&
           is_text(&text, "before");
}

static void check_any_failures(void)
{
    C1__Connector__V2__ResourceType t = C1__CONNECTOR__V2__RESOURCE_TYPE__INIT;
    Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT, *list[] = {&any};

    t.n_annotations = 1;
    t.annotations = list;
    any.type_url = data_of("x/c1.connector.v2.RawId");
    any.value = data_of("\x0a\x05"
                        "abc");
    tap_ok(write_fails(&t.base, EX_DATAERR, "not a c1.connector.v2.RawId"), "an Any whose bytes are cut off");
    any.value = data_of("");
    any.type_url = data_of("\xff/c1.connector.v2.RawId");
    tap_ok(write_fails(&t.base, EX_DATAERR, "not UTF-8"), "an Any whose type is not UTF-8");
    any.type_url = data_of("");
    tap_ok(prints(&t.base, "{\"@type\":\"type.googleapis.com/c1.connector.v2.ResourceType\",\"annotations\":[{}]}"),
        "an empty Any is printed");
}

static void check_value_failures(void)
{
    Google__Protobuf__Value v = GOOGLE__PROTOBUF__VALUE__INIT;
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Google__Protobuf__Duration d = GOOGLE__PROTOBUF__DURATION__INIT;

    tap_ok(write_fails(&v.base, EX_DATAERR, "holds nothing"), "a Value of no kind");
    v.kind_case = GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE;
    v.number_value = NAN;
    tap_ok(write_fails(&v.base, EX_DATAERR, "not finite"), "NaN in a Value");
    v.number_value = -INFINITY;
    tap_ok(write_fails(&v.base, EX_DATAERR, "not finite"), "an infinity in a Value");
    v.kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
    v.string_value = data_of("\xc0\x80");
    tap_ok(write_fails(&v.base, EX_DATAERR, "not UTF-8"), "a string that is not UTF-8");
    t.seconds = INT64_C(253402300800);
    tap_ok(write_fails(&t.base, EX_DATAERR, "out of range"), "a timestamp in the year 10000");
    t.seconds = 0;
    t.nanos = -1;
    tap_ok(write_fails(&t.base, EX_DATAERR, "out of range"), "a timestamp with negative nanoseconds");
    d.seconds = 1;
    d.nanos = -1;
    tap_ok(write_fails(&d.base, EX_DATAERR, "out of range"), "a duration of two signs");
    d.seconds = INT64_MIN;
    tap_ok(write_fails(&d.base, EX_DATAERR, "out of range"), "a duration too long");
}

static void check_no_room(void)
{
    static const char line[] = "{\"@type\":\"type.googleapis.com/c1.connector.v2.ResourceType\",\"id\":\"\\u0078\"}";
    struct arena small;
    struct buf little;
    struct err e = {0};
    ProtobufCMessage *m;

    arena_init(&small, 16);
    json_begin(&json, line, strlen(line), 12);
    tap_ok(protojson_read(&json, &small, &m, &e) == -1 && e.status == EX_OSERR && m == NULL, "an arena too small");
    tap_ok(strstr(e.msg, "line 12:") != NULL, "... and the error names the line");
    arena_release(&small);
    e = (struct err){0};
    buf_init(&little, 20);
    read_text(line, strlen(line), &m, &e);
    tap_ok(protojson_write(&little, &arena, m, &e) == -1 && e.status == EX_OSERR, "a buffer too small");
    buf_release(&little);
}

static void check_reuse(void)
{
    static const char bad[] = "{\"@type\":\"c1.connector.v2.Grant\",\"principal\":{\"id\":{\"resource\":1}}}";
    static const char good[] = "{\"@type\":\"type.googleapis.com/c1.connector.v2.RawId\",\"id\":\"a\"}";
    struct err e = {0};
    ProtobufCMessage *m;

    json_begin(&json, bad, strlen(bad), 7);
    tap_ok(protojson_read(&json, &arena, &m, &e) == -1 &&
               strcmp(e.msg, "line 7, byte 64, at $.principal.id.resource: expected a string") == 0,
        "an error has line, byte and path");
    tap_ok(read_text(good, strlen(good), &m, &e) == 0 && prints(m, good), "after an error the next line is read");
}

static void check_types(void)
{
    const char *grant = "c1.connector.v2.Grant";

    tap_ok(protojson_type(grant, strlen(grant)) == &c1__connector__v2__grant__descriptor, "a type is found");
    tap_ok(protojson_type(grant, strlen(grant) - 1) == NULL, "a part of its name is not");
    tap_ok(protojson_type("", 0) == NULL, "the empty name is not");
}

int main(int argc, char **argv)
{
    json_init(&json, NULL);
    arena_init(&arena, ARENA_MAX);
    buf_init(&bytes, ARENA_MAX);
    buf_init(&text, ARENA_MAX);
    check_files(argc > 1 ? argv[1] : "tests/protojson");
    check_any_failures();
    check_value_failures();
    check_no_room();
    check_reuse();
    check_types();
    buf_release(&text);
    buf_release(&bytes);
    arena_release(&arena);
    json_release(&json);
    return tap_done();
}
