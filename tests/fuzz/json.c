/*
 * libFuzzer target: lib/json against jansson, and against itself.
 *
 * Where jansson 2.14 differs it is allowed to, and only there.  It refuses numbers that no double can hold, and U+0000 in
 * the name of a member; it counts the depth in its own way, so ours is bounded below its limit; and it overlooks a NUL
 * byte directly behind a number or a word.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../beside-jansson.h"

/* jansson's limit is 2048 values in one another (JSON_PARSER_MAX_DEPTH). */
enum { DEPTH = 1000 };

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

/* Whether ${v} survives being written and read again. */
static void check_string(struct json_str v)
{
    struct json j;
    struct json_str again;
    struct err e = {0};
    struct buf b;

    buf_init(&b, SIZE_MAX);
    json_put_string(&b, v.s, v.len);
    json_init(&j, NULL);
    json_begin(&j, b.data, b.len, 0);
    check(json_string(&j, &again) && json_end(&j, &e) == 0, "a written string is read");
    check(again.len == v.len && memcmp(again.s, v.s, v.len) == 0, "as it was");
    json_release(&j);
    buf_release(&b);
}

/* json_to_int64 against the nearest double: they agree on integers, and where few digits leave no doubt on others. */
static void check_number(struct json_str v, double real)
{
    const bool short_text = v.len < 16 && memchr(v.s, 'e', v.len) == NULL && memchr(v.s, 'E', v.len) == NULL;
    int64_t n;

    if (json_to_int64(v, &n))
        check((double)n == real, "an integer has the value of the number");
    else if (short_text)
        check(real != floor(real), "what is not an integer has a fraction");
}

/* Read the next value and compare it with jansson's, if that is known. */
static void compare(struct json *j, const json_t *theirs)
{
    struct json_str v;
    size_t n = 0;
    bool b;

    switch (json_peek(j)) {
    case JSON_ERROR:
        break;
    case JSON_NULL:
        check(json_null(j) <= (theirs == NULL || json_typeof(theirs) == JANSSON_NULL), "null");
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        if (json_bool(j, &b) && theirs != NULL)
            check(json_typeof(theirs) == (b ? JANSSON_TRUE : JANSSON_FALSE), "true or false");
        break;
    case JSON_NUMBER:
        if (json_number(j, &v) && theirs != NULL) {
            check(json_typeof(theirs) == JSON_REAL, "number");
            check_number(v, json_real_value(theirs));
        }
        break;
    case JSON_STRING:
        if (!json_string(j, &v))
            break;
        check_string(v);
        if (theirs != NULL) {
            check(json_typeof(theirs) == JANSSON_STRING, "string");
            check(v.len == json_string_length(theirs) && memcmp(v.s, json_string_value(theirs), v.len) == 0,
                "the bytes of a string");
        }
        break;
    case JSON_ARRAY:
        json_array(j);
        check(theirs == NULL || json_typeof(theirs) == JANSSON_ARRAY, "array");
        for (; json_element(j); n++)
            compare(j, json_array_get(theirs, n));
        check(theirs == NULL || n == json_array_size(theirs), "the number of elements");
        break;
    case JSON_OBJECT:
        json_object(j);
        check(theirs == NULL || json_typeof(theirs) == JANSSON_OBJECT, "object");
        for (; json_member(j, &v); n++) {
            const json_t *value = theirs != NULL ? json_object_getn(theirs, v.s, v.len) : NULL;
            check(theirs == NULL || value != NULL, "the name of a member");
            compare(j, value);
        }
        check(theirs == NULL || n == json_object_size(theirs), "the number of members");
    }
}

/* Whether jansson refused the text for one of the two reasons that are its own. */
static bool is_own_reason(const json_error_t *error)
{
    const enum json_error_code code = json_error_code(error);

    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

/* Whether the text is refused at a NUL byte that jansson overlooks. */
static bool is_overlooked(const struct json *j, const char *text)
{
    return j->error_at < j->end && *j->error_at == '\0' && j->error_at > text &&
           isalnum((unsigned char)j->error_at[-1]);
}

/* The copy of an accepted text is read as the text was, and its own copy is the same. */
static void check_copy(struct json *j, const char *text, size_t len, const json_t *theirs)
{
    struct buf first, second;
    struct err e = {0};
    json_t *copied;

    buf_init(&first, SIZE_MAX);
    buf_init(&second, SIZE_MAX);
    json_begin(j, text, len, 0);
    check(json_copy(j, &first) && json_end(j, &e) == 0 && !first.failed && first.len <= len, "copy");
    json_begin(j, first.data, first.len, 0);
    check(json_copy(j, &second) && json_end(j, &e) == 0, "copy of a copy");
    check(first.len == second.len && memcmp(first.data, second.data, first.len) == 0, "copies are the same");
    if (theirs != NULL) {
        copied = json_loadb(first.data, first.len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
        check(json_equal(theirs, copied), "the copy has the values of the text");
        json_decref(copied);
    }
    buf_release(&first);
    buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct json_limits limits = {.depth = DEPTH};
    const char *text = (const char *)data;
    struct err skipped = {0}, walked = {0};
    struct json_str bytes = {text, len};
    struct json j;
    json_error_t error;
    json_t *theirs;

    json_init(&j, &limits);
    json_begin(&j, text, len, 0);
    json_skip(&j, NULL);
    const bool accepted = json_end(&j, &skipped) == 0;
    if (!accepted) {
        check(j.error_at >= text && j.error_at <= text + len, "the error is in the text");
        check(skipped.status == EX_DATAERR, "the error is the text's");
    }
    theirs = json_loadb(
        text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    if (theirs != NULL)
        check(accepted || strstr(skipped.msg, "nested deeper") != NULL || is_overlooked(&j, text),
            "what jansson accepts is accepted");
    else
        check(!accepted || is_own_reason(&error), "what jansson refuses is refused");

    json_begin(&j, text, len, 0);
    compare(&j, accepted ? theirs : NULL);
    check((json_end(&j, &walked) == 0) == accepted, "walking and skipping agree");
    check(strcmp(skipped.msg, walked.msg) == 0, "in the error too");
    if (accepted)
        check_copy(&j, text, len, theirs);
    if (json_utf8(text, len))
        check_string(bytes);
    json_decref(theirs);
    json_release(&j);
    return 0;
}
