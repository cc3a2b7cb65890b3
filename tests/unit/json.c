/* lib/json: what is accepted and refused, where errors are, limits, strings, numbers, copies. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* A text, which may hold NUL bytes, and the message it is refused with, or NULL. */
struct text_case {
    const char *text;
    size_t len;
    const char *message;
};

/* Releases of clang-format disagree on braces in macros. */
/* clang-format off */
#define OK(text) {(text), sizeof(text) - 1, NULL}
#define NO(text, message) {(text), sizeof(text) - 1, (message)}
/* clang-format on */

static const struct text_case texts[] = {
    /* The three words. */
    OK("null"),
    OK("true"),
    OK("false"),
    OK(" null"),
    OK("null\n"),
    OK("\t\r\n true \t\r\n"),
    NO("nul", "byte 4, at $: unexpected end of text"),
    NO("nulL", "byte 4, at $: expected \"null\""),
    NO("Null", "byte 1, at $: expected a value"),
    NO("TRUE", "byte 1, at $: expected a value"),
    NO("tru", "byte 4, at $: unexpected end of text"),
    NO("trve", "byte 3, at $: expected \"true\""),
    NO("falsy", "byte 5, at $: expected \"false\""),
    NO("f", "byte 2, at $: unexpected end of text"),
    NO("truefalse", "byte 5, at $: expected the end of the text"),
    NO("nulll", "byte 5, at $: expected the end of the text"),
    NO("undefined", "byte 1, at $: expected a value"),
    NO("[nan]", "byte 3, at $[0]: expected \"null\""),

    /* Nothing, white space, what follows the value. */
    NO("", "byte 1, at $: empty text"),
    NO(" ", "byte 2, at $: empty text"),
    NO("\n\r\t ", "byte 5, at $: empty text"),
    NO("\0", "byte 1, at $: expected a value"),
    NO("1\0", "byte 2, at $: expected the end of the text"),
    NO("\v1", "byte 1, at $: expected a value"),
    NO("\f1", "byte 1, at $: expected a value"),
    NO("1\f", "byte 2, at $: expected the end of the text"),
    NO("\xc2\xa0"
       "1",
        "byte 1, at $: expected a value"),
    NO("1\xe2\x80\xa8", "byte 2, at $: expected the end of the text"),
    NO("1 2", "byte 3, at $: expected the end of the text"),
    NO("1,", "byte 2, at $: expected the end of the text"),
    NO("{}}", "byte 3, at $: expected the end of the text"),
    NO("[]]", "byte 3, at $: expected the end of the text"),
    NO("[] []", "byte 4, at $: expected the end of the text"),
    NO("\"a\"\"b\"", "byte 4, at $: expected the end of the text"),
    NO("1 // one", "byte 3, at $: expected the end of the text"),
    NO("/* one */ 1", "byte 1, at $: expected a value"),
    NO("# one\n1", "byte 1, at $: expected a value"),
    NO("\xef\xbb\xbf", "byte 1, at $: byte order mark"),
    NO("\xef\xbb\xbf{}", "byte 1, at $: byte order mark"),
    NO(" \xef\xbb\xbf{}", "byte 2, at $: expected a value"),
    NO("\xef\xbb", "byte 1, at $: expected a value"),
    NO("\xfe\xff\0{\0}", "byte 1, at $: expected a value"),
    NO("{\0}\0", "byte 2, at $: expected a member name"),

    /* Numbers. */
    OK("0"),
    OK("-0"),
    OK("1"),
    OK("-1"),
    OK("9"),
    OK("10"),
    OK("1234567890123456789012345678901234567890"),
    OK("0.0"),
    OK("-0.0"),
    OK("0.5"),
    OK("1.000"),
    OK("123.456"),
    OK("0e0"),
    OK("0E0"),
    OK("1e5"),
    OK("1E5"),
    OK("1e+5"),
    OK("1E-5"),
    OK("1e05"),
    OK("1e-00"),
    OK("1.5e3"),
    OK("-1.5E+300"),
    OK("1e400"),
    OK("-1e-400"),
    OK("1e999999999999999999999"),
    OK("[0,-0,0.0,-1e1]"),
    NO("-", "byte 2, at $: unexpected end of text"),
    NO("--1", "byte 2, at $: expected a digit"),
    NO("-a", "byte 2, at $: expected a digit"),
    NO("- 1", "byte 2, at $: expected a digit"),
    NO("+1", "byte 1, at $: expected a value"),
    NO(".5", "byte 1, at $: expected a value"),
    NO("-.5", "byte 2, at $: expected a digit"),
    NO("00", "byte 2, at $: leading zero in a number"),
    NO("01", "byte 2, at $: leading zero in a number"),
    NO("-01", "byte 3, at $: leading zero in a number"),
    NO("00.5", "byte 2, at $: leading zero in a number"),
    NO("1.", "byte 3, at $: unexpected end of text"),
    NO("[1.]", "byte 4, at $[0]: expected a digit"),
    NO("1.e5", "byte 3, at $: expected a digit"),
    NO("1.-5", "byte 3, at $: expected a digit"),
    NO("1..5", "byte 3, at $: expected a digit"),
    NO("1.5.5", "byte 4, at $: expected the end of the text"),
    NO("1e", "byte 3, at $: unexpected end of text"),
    NO("1e+", "byte 4, at $: unexpected end of text"),
    NO("1e-", "byte 4, at $: unexpected end of text"),
    NO("[1e]", "byte 4, at $[0]: expected a digit"),
    NO("1e+-5", "byte 4, at $: expected a digit"),
    NO("1e5.5", "byte 4, at $: expected the end of the text"),
    NO("1ee5", "byte 3, at $: expected a digit"),
    NO("1e5e5", "byte 4, at $: expected the end of the text"),
    NO("0x10", "byte 2, at $: expected the end of the text"),
    NO("1_000", "byte 2, at $: expected the end of the text"),
    NO("1 000", "byte 3, at $: expected the end of the text"),
    NO("12a", "byte 3, at $: expected the end of the text"),
    NO("-1-1", "byte 3, at $: expected the end of the text"),
    NO("NaN", "byte 1, at $: expected a value"),
    NO("nan", "byte 2, at $: expected \"null\""),
    NO("Infinity", "byte 1, at $: expected a value"),
    NO("-Infinity", "byte 2, at $: expected a digit"),
    NO("\xef\xbc\x91", "byte 1, at $: expected a value"),          /* a full-width digit */
    NO("1\xd9\xa1", "byte 2, at $: expected the end of the text"), /* an Arabic one */

    /* Strings: delimiters, control characters, escapes. */
    OK("\"\""),
    OK("\"a\""),
    OK("\"\x7f\""),
    OK("\"/\""),
    OK("\"'\""),
    OK("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    OK("\"\\u0000\""),
    OK("\"\\u001f\\u0020\\u007f\\u0080\""),
    OK("\"\\u00e9\\u00E9\\u20aC\""),
    OK("\"\\uffff\\ufffe\\ufeff\""),
    OK("\"\\ud7ff\\ue000\""),
    OK("\"\\ud800\\udc00\""),
    OK("\"\\uDBFF\\uDFFF\""),
    OK("\"\\ud83d\\ude00\\ud83d\\ude01\""),
    OK("\"\\\\u12\""),
    OK("\"\\\\\""),
    NO("\"", "byte 2, at $: unexpected end of text"),
    NO("\"a", "byte 3, at $: unexpected end of text"),
    NO("\"\\\"", "byte 4, at $: unexpected end of text"),
    NO("\"\\", "byte 3, at $: unexpected end of text"),
    NO("'a'", "byte 1, at $: expected a value"),
    NO("a", "byte 1, at $: expected a value"),
    NO("\"\0\"", "byte 2, at $: control character in a string"),
    NO("\"a\nb\"", "byte 3, at $: control character in a string"),
    NO("\"a\tb\"", "byte 3, at $: control character in a string"),
    NO("\"\x1f\"", "byte 2, at $: control character in a string"),
    NO("\"abcdefghijklmnopqrstuvw\x01\"", "byte 25, at $: control character in a string"),
    NO("\"\\a\"", "byte 2, at $: unknown escape"),
    NO("\"\\'\"", "byte 2, at $: unknown escape"),
    NO("\"\\0\"", "byte 2, at $: unknown escape"),
    NO("\"\\N\"", "byte 2, at $: unknown escape"),
    NO("\"\\U0041\"", "byte 2, at $: unknown escape"),
    NO("\"\\x41\"", "byte 2, at $: unknown escape"),
    NO("\"\\\n\"", "byte 2, at $: unknown escape"),
    NO("\"\\\xc3\xa9\"", "byte 2, at $: unknown escape"),
    NO("\"\\u", "byte 4, at $: unexpected end of text"),
    NO("\"\\u00", "byte 6, at $: unexpected end of text"),
    NO("\"\\u\"", "byte 4, at $: expected a hexadecimal digit"),
    NO("\"\\u12\"", "byte 6, at $: expected a hexadecimal digit"),
    NO("\"\\u123\"", "byte 7, at $: expected a hexadecimal digit"),
    NO("\"\\u123g\"", "byte 7, at $: expected a hexadecimal digit"),
    NO("\"\\u+123\"", "byte 4, at $: expected a hexadecimal digit"),
    NO("\"\\u 123\"", "byte 4, at $: expected a hexadecimal digit"),
    NO("\"\\u{41}\"", "byte 4, at $: expected a hexadecimal digit"),
    NO("\"\\u\xc3\xa9"
       "00\"",
        "byte 4, at $: expected a hexadecimal digit"),

    /* Surrogates. */
    NO("\"\\ud800\"", "byte 2, at $: lone surrogate"),
    NO("\"\\udbff x\"", "byte 2, at $: lone surrogate"),
    NO("\"\\udc00\"", "byte 2, at $: lone surrogate"),
    NO("\"a\\uDFFFb\"", "byte 3, at $: lone surrogate"),
    NO("\"\\udc00\\ud800\"", "byte 2, at $: lone surrogate"),
    NO("\"\\ud800\\ud800\\udc00\"", "byte 2, at $: lone surrogate"),
    NO("\"\\ud800\\u0041\"", "byte 2, at $: lone surrogate"),
    NO("\"\\ud800\\ue000\"", "byte 2, at $: lone surrogate"),
    NO("\"\\ud800\\n\"", "byte 2, at $: lone surrogate"),
    NO("\"\\ud800\\\\udc00\"", "byte 2, at $: lone surrogate"),
    NO("\"\\ud800\\udc0\"", "byte 13, at $: expected a hexadecimal digit"),
    NO("\"\\ud800\\udc", "byte 12, at $: unexpected end of text"),
    NO("\"\\ud800\\", "byte 2, at $: lone surrogate"),
    NO("\"\\ud800", "byte 2, at $: lone surrogate"),
    NO("\"\\ud83d\\ude00\\ud83d\"", "byte 14, at $: lone surrogate"),
    NO("\"\xed\xa0\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xed\xbf\xbf\"", "byte 2, at $: not UTF-8"),
    NO("\"\xed\xa0\xbd\xed\xb8\x80\"", "byte 2, at $: not UTF-8"),

    /* UTF-8: the first and last of each length, and everything next to them (RFC 3629 section 4). */
    OK("\"\xc2\x80\""),
    OK("\"\xdf\xbf\""),
    OK("\"\xe0\xa0\x80\""),
    OK("\"\xe1\x80\x80\""),
    OK("\"\xec\xbf\xbf\""),
    OK("\"\xed\x9f\xbf\""),
    OK("\"\xee\x80\x80\""),
    OK("\"\xef\xbb\xbf\""),
    OK("\"\xef\xbf\xbf\""),
    OK("\"\xf0\x90\x80\x80\""),
    OK("\"\xf3\xbf\xbf\xbf\""),
    OK("\"\xf4\x8f\xbf\xbf\""),
    OK("\"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\""),
    NO("\"\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xbf\"", "byte 2, at $: not UTF-8"),
    NO("\"\xc0\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xc1\xbf\"", "byte 2, at $: not UTF-8"),
    NO("\"\xc2\"", "byte 2, at $: not UTF-8"),
    NO("\"\xc2\x7f\"", "byte 2, at $: not UTF-8"),
    NO("\"\xc2\xc0\"", "byte 2, at $: not UTF-8"),
    NO("\"\xc2", "byte 2, at $: not UTF-8"),
    NO("\"\xe0\x9f\xbf\"", "byte 2, at $: not UTF-8"),
    NO("\"\xe0\xa0\"", "byte 2, at $: not UTF-8"),
    NO("\"\xe0\xa0\xc0\"", "byte 2, at $: not UTF-8"),
    NO("\"\xe1\x80", "byte 2, at $: not UTF-8"),
    NO("\"\xe2\x28\xa1\"", "byte 2, at $: not UTF-8"),
    NO("\"\xf0\x8f\xbf\xbf\"", "byte 2, at $: not UTF-8"),
    NO("\"\xf0\x90\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xf0\x90\x80\x7f\"", "byte 2, at $: not UTF-8"),
    NO("\"\xf0\x90\xc0\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xf4\x90\x80\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xf5\x80\x80\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xf8\x88\x80\x80\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xfc\x84\x80\x80\x80\x80\"", "byte 2, at $: not UTF-8"),
    NO("\"\xfe\"", "byte 2, at $: not UTF-8"),
    NO("\"\xff\"", "byte 2, at $: not UTF-8"),
    NO("\"abc\xc3\xa9\xe9\"", "byte 7, at $: not UTF-8"),
    NO("\"0123456789abcdefghij\xff\"", "byte 22, at $: not UTF-8"),

    /* Arrays. */
    OK("[]"),
    OK("[ ]"),
    OK("[[]]"),
    OK("[1]"),
    OK("[1,2]"),
    OK(" [ 1 , 2 , [ ] , { } ] "),
    OK("[null,true,false,0,\"\",[],{}]"),
    OK("[\n]\n"),
    NO("[", "byte 2, at $[0]: unexpected end of text"),
    NO("]", "byte 1, at $: expected a value"),
    NO("[1", "byte 3, at $[0]: unexpected end of text"),
    NO("[1,", "byte 4, at $[1]: unexpected end of text"),
    NO("[,", "byte 2, at $[0]: expected a value"),
    NO("[,1]", "byte 2, at $[0]: expected a value"),
    NO("[1,]", "byte 4, at $[1]: expected a value"),
    NO("[1,,2]", "byte 4, at $[1]: expected a value"),
    NO("[1 2]", "byte 4, at $[0]: expected ',' or ']'"),
    NO("[1;2]", "byte 3, at $[0]: expected ',' or ']'"),
    NO("[1:2]", "byte 3, at $[0]: expected ',' or ']'"),
    NO("[1}", "byte 3, at $[0]: expected ',' or ']'"),
    NO("[}", "byte 2, at $[0]: expected a value"),
    NO("[\"a\":1]", "byte 5, at $[0]: expected ',' or ']'"),
    NO("[[1]", "byte 5, at $[0]: unexpected end of text"),
    NO("[[],[[],[1,x]]]", "byte 12, at $[1][1][1]: expected a value"),
    NO("[true\0]", "byte 6, at $[0]: expected ',' or ']'"),

    /* Objects. */
    OK("{}"),
    OK("{ }"),
    OK("{\"\":0}"),
    OK("{\"a\":1}"),
    OK(" { \"a\" : 1 , \"b\" : [ ] } "),
    OK("{\"a\":{\"a\":{\"a\":null}}}"),
    OK("{\"a\":1,\"A\":2,\"a \":3,\"\":4}"),
    OK("[{\"a\":1},{\"a\":1}]"),
    OK("{\"\xc3\xa9\":1,\"e\xcc\x81\":2}"), /* composed and decomposed are two names */
    OK("{\"a\":1,\"a\\u0000\":2}"),
    NO("{", "byte 2, at $: unexpected end of text"),
    NO("}", "byte 1, at $: expected a value"),
    NO("{\"a", "byte 4, at $: unexpected end of text"),
    NO("{\"a\"", "byte 5, at $.a: unexpected end of text"),
    NO("{\"a\":", "byte 6, at $.a: unexpected end of text"),
    NO("{\"a\":1", "byte 7, at $.a: unexpected end of text"),
    NO("{\"a\":1,", "byte 8, at $: unexpected end of text"),
    NO("{,", "byte 2, at $: expected a member name"),
    NO("{\"a\":1,}", "byte 8, at $: expected a member name"),
    NO("{\"a\":1,,\"b\":2}", "byte 8, at $: expected a member name"),
    NO("{\"a\"}", "byte 5, at $.a: expected ':'"),
    NO("{\"a\",1}", "byte 5, at $.a: expected ':'"),
    NO("{\"a\" 1}", "byte 6, at $.a: expected ':'"),
    NO("{\"a\"=1}", "byte 5, at $.a: expected ':'"),
    NO("{\"a\":}", "byte 6, at $.a: expected a value"),
    NO("{\"a\"::1}", "byte 6, at $.a: expected a value"),
    NO("{\"a\":1 \"b\":2}", "byte 8, at $.a: expected ',' or '}'"),
    NO("{\"a\":1]", "byte 7, at $.a: expected ',' or '}'"),
    NO("{\"a\":1:2}", "byte 7, at $.a: expected ',' or '}'"),
    NO("{a:1}", "byte 2, at $: expected a member name"),
    NO("{'a':1}", "byte 2, at $: expected a member name"),
    NO("{1:1}", "byte 2, at $: expected a member name"),
    NO("{null:1}", "byte 2, at $: expected a member name"),
    NO("{[]:1}", "byte 2, at $: expected a member name"),
    NO("{]", "byte 2, at $: expected a member name"),
    NO("{\"a\":1,2}", "byte 8, at $: expected a member name"),
    NO("{\"a\tb\":1}", "byte 4, at $: control character in a string"),
    NO("{\"x\":0,\"\xff\":1}", "byte 9, at $: not UTF-8"),
    NO("{\"x\":0,\"\\ud800\":1}", "byte 9, at $: lone surrogate"),

    /* The same member twice. */
    NO("{\"a\":1,\"a\":1}", "byte 8, at $.a: duplicate member"),
    NO("{\"\":1,\"\":1}", "byte 7, at $[\"\"]: duplicate member"),
    NO("{\"a\":1,\"b\":2,\"c\":3, \"b\":4}", "byte 21, at $.b: duplicate member"),
    NO("{\"a\":1,\"\\u0061\":1}", "byte 8, at $.a: duplicate member"),
    NO("{\"\\u0061\":1,\"a\":1}", "byte 13, at $.a: duplicate member"),
    NO("{\"/\":1,\"\\/\":1}", "byte 8, at $[\"/\"]: duplicate member"),
    NO("{\"\\u00e9\":1,\"\xc3\xa9\":1}", "byte 13, at $[\"\xc3\xa9\"]: duplicate member"),
    NO("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":1}", "byte 19, at $[\"\xf0\x9f\x98\x80\"]: duplicate member"),
    NO("{\"a\":{\"b\":[{\"c\":1,\"c\":1}]}}", "byte 19, at $.a.b[0].c: duplicate member"),
    NO("{\"a\":{\"a\":1},\"a\":1}", "byte 14, at $.a: duplicate member"),
    NO("{\"organizationId\":1,\"organizationIx\":1,\"organizationId\":1}",
        "byte 40, at $.organizationId: duplicate member"),

    /* Paths. */
    NO("{\"data\":[1,2,3,{\"name\":\"\\ud800\"}]}", "byte 25, at $.data[3].name: lone surrogate"),
    NO("{\"a b\":x}", "byte 8, at $[\"a b\"]: expected a value"),
    NO("{\"@type\":x}", "byte 10, at $[\"@type\"]: expected a value"),
    NO("{\"0a\":x}", "byte 7, at $[\"0a\"]: expected a value"),
    NO("{\"_a0\":x}", "byte 8, at $._a0: expected a value"),
    NO("{\"a.b\":{\"c\":x}}", "byte 13, at $[\"a.b\"].c: expected a value"),
    NO("{\"\\\"\\n\\u0000\":x}", "byte 15, at $[\"\\\"\\n\\u0000\"]: expected a value"),
    NO("{\"a\":[],\"b\":[0],\"c\":[[{}],y]}", "byte 27, at $.c[1]: expected a value"),
    NO("{\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\":x}",
        "byte 57, at $.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv...: expected a value"),
    NO("{\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu\xc3\xa9yz\":x}",
        "byte 56, at $.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu...: expected a value"),
    NO("{\" bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\":x}",
        "byte 57, at $[\" bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv\"...]: expected a value"),
};

/* Read the next value whatever it is, all of it, through the functions for each type. */
static void walk(struct json *j)
{
    struct json_str v;
    bool b;

    switch (json_peek(j)) {
    case JSON_ERROR:
        break;
    case JSON_NULL:
        json_null(j);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(j, &b);
        break;
    case JSON_NUMBER:
        json_number(j, &v);
        break;
    case JSON_STRING:
        json_string(j, &v);
        break;
    case JSON_ARRAY:
        json_array(j);
        while (json_element(j))
            walk(j);
        break;
    case JSON_OBJECT:
        json_object(j);
        while (json_member(j, &v))
            walk(j);
    }
}

static void skip(struct json *j)
{
    json_skip(j, NULL);
}

static void copy(struct json *j)
{
    struct buf out;

    buf_init(&out, SIZE_MAX);
    json_copy(j, &out);
    buf_release(&out);
}

/* Whether json_end says ${message}, or nothing if that is NULL; explain if not. */
static bool ends(struct json *j, const char *message)
{
    struct err e = {0};
    const int status = json_end(j, &e);
    bool good;

    if (message == NULL)
        good = status == 0 && e.status == 0;
    else
        good = status == -1 && e.status == EX_DATAERR && strcmp(e.msg, message) == 0;
    if (!good)
        printf("# got \"%s\", expected \"%s\"\n", e.msg, message != NULL ? message : "");
    return good;
}

/* A copy of ${len} bytes at ${text} that ends with its block, so that a read behind it is noticed by a sanitizer. */
static char *exact(const char *text, size_t len)
{
    char *p = malloc(len > 0 ? len : 1);

    if (p == NULL)
        exit(1);
    memcpy(p, text, len);
    return p;
}

static bool reads_as(struct json *j, const char *text, size_t len, const char *message)
{
    static void (*const ways[])(struct json *) = {walk, skip, copy};
    char *p = exact(text, len);
    bool good = true;

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        json_begin(j, p, len, 0);
        ways[i](j);
        good &= ends(j, message);
    }
    free(p);
    return good;
}

static void test_texts(struct json *j)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct text_case *t = &texts[i];
        char what[200];
        struct buf b;

        buf_init(&b, 120);
        json_put_string(&b, t->text, t->len);
        snprintf(what, sizeof(what), "%s %.*s", t->message != NULL ? "refused:" : "accepted:", (int)b.len, b.data);
        tap_ok(reads_as(j, t->text, t->len, t->message), what);
        buf_release(&b);
    }
}

/* A text with white space put between all tokens reads as before, and its copy is the text without. */
static void test_copy(struct json *j)
{
    static const char spaced[] =
        " \t{ \"a b\\\" c\" :\n[ 1.50 , -0e+00 ,\r\"\\u00e9 \\/ \xc3\xa9\" ] , \"\\u0061\" : { } ,"
        " \"n\" : null , \"t\" : [ true , false , [ ] ] } \n";
    static const char compact[] = "{\"a b\\\" c\":[1.50,-0e+00,\"\\u00e9 \\/ \xc3\xa9\"],\"\\u0061\":{},"
                                  "\"n\":null,\"t\":[true,false,[]]}";
    struct json_str raw, name;
    struct buf out;

    buf_init(&out, SIZE_MAX);
    buf_puts(&out, "before ");
    json_begin(j, spaced, strlen(spaced), 0);
    tap_ok(json_copy(j, &out) && ends(j, NULL) && strcmp(buf_cstr(&out) + 7, compact) == 0, "copy without white space");
    buf_clear(&out);
    json_begin(j, compact, strlen(compact), 0);
    tap_ok(json_copy(j, &out) && ends(j, NULL) && strcmp(buf_cstr(&out), compact) == 0, "copy of a copy");
    json_begin(j, spaced, strlen(spaced), 0);
    tap_ok(
        json_skip(j, &raw) && raw.s == spaced + 2 && raw.len == strlen(spaced) - 4, "the raw text of a skipped value");
    buf_clear(&out);
    json_begin(j, "{\"a\": [1, 2] , \"b\":3 }", 22, 0);
    json_object(j);
    json_member(j, &name);
    json_copy(j, &out);
    tap_ok(json_member(j, &name) && json_eq(name, "b") && strcmp(buf_cstr(&out), "[1,2]") == 0, "copy of a member");
    buf_clear(&out);
    json_begin(j, "[1, 2, }", 8, 0);
    tap_ok(!json_copy(j, &out) && out.len == 0, "no copy of what is wrong");
    buf_release(&out);
    buf_init(&out, 4);
    json_begin(j, "[1,2]", 5, 0);
    tap_ok(json_copy(j, &out) && ends(j, NULL) && out.failed, "a copy that does not fit shows in the buffer");
    buf_release(&out);
}

/* Members and elements in order, strings, numbers as they stand. */
static void test_walk(struct json *j)
{
    static const char text[] = "{\"id\":\"x\\u0000y\",\"n\":[-1.50E+3,7],\"ok\":true,\"no\":false,\"none\":null}";
    struct json_str name, v;
    bool b = false;

    json_begin(j, text, strlen(text), 1);
    tap_ok(json_peek(j) == JSON_OBJECT && json_object(j), "enter an object");
    tap_ok(json_member(j, &name) && json_eq(name, "id"), "first member");
    tap_ok(json_string(j, &v) && v.len == 3 && memcmp(v.s, "x\0y", 3) == 0, "a string with U+0000");
    tap_ok(!json_eq(v, "x"), "which is not the string that ends there");
    tap_ok(json_member(j, &name) && json_eq(name, "n") && json_array(j), "enter an array");
    tap_ok(json_element(j) && json_number(j, &v) && json_eq(v, "-1.50E+3"), "a number is its text");
    tap_ok(json_element(j) && json_number(j, &v) && json_eq(v, "7"), "next element");
    tap_ok(!json_element(j) && !j->failed, "leave the array");
    tap_ok(json_member(j, &name) && json_bool(j, &b) && b, "true");
    tap_ok(json_member(j, &name) && json_bool(j, &b) && !b, "false");
    tap_ok(json_member(j, &name) && json_peek(j) == JSON_NULL && json_null(j), "null");
    tap_ok(!json_member(j, &name) && name.len == 0 && ends(j, NULL), "leave the object");
    json_begin(j, NULL, 0, 0);
    tap_ok(ends(j, "byte 1, at $: empty text"), "no text at all");
}

/* Strings and names stay where they are until the next text, however many are decoded. */
/* {"a":{"b":1},"c":2} with the object inside taken as known, and what is not that object. */
static void test_again(struct json *j)
{
    static const char text[] = "{\"a\": {\"b\":1},\"c\":2}";
    struct json_limits flat = {.depth = 1};
    struct json other;
    struct json_str name, v;

    json_begin(j, text, strlen(text), 0);
    json_object(j);
    json_member(j, &name);
    json_peek(j);
    tap_ok(!json_again(j, json_str_of("{\"b\":2}")), "another object is not known");
    tap_ok(!json_again(j, json_str_of("{\"b\":1},\"c\":2}  ")), "nor what is longer than the rest");
    tap_ok(json_again(j, json_str_of("{\"b\":1}")), "the same one is");
    tap_ok(json_member(j, &name) && json_eq(name, "c") && json_number(j, &v) && json_eq(v, "2"),
        "and what follows stands next");
    tap_ok(!json_member(j, &name) && ends(j, NULL), "up to the end");
    json_init(&other, &flat);
    json_begin(&other, text, strlen(text), 0);
    json_object(&other);
    json_member(&other, &name);
    json_peek(&other);
    tap_ok(!json_again(&other, json_str_of("{\"b\":1}")), "not where no object may stand any more");
    tap_ok(!json_skip(&other, NULL) && ends(&other, "byte 7, at $.a: nested deeper than 1"), "which reading it says");
    json_release(&other);
}

static void test_strings_stay(struct json *j)
{
    enum { N = 1000 };
    struct json_str v[N];
    struct buf b;
    bool good = true;

    buf_init(&b, SIZE_MAX);
    for (int i = 0; i < N; i++)
        buf_printf(&b, "%s\"\\u00e9 %d \\n\"", i == 0 ? "[" : ",", i);
    buf_putc(&b, ']');
    json_begin(j, b.data, b.len, 0);
    json_array(j);
    for (int i = 0; i < N; i++)
        good &= json_element(j) && json_string(j, &v[i]);
    good &= !json_element(j) && ends(j, NULL);
    for (int i = 0; i < N; i++) {
        char expected[32];
        snprintf(expected, sizeof(expected), "\xc3\xa9 %d \n", i);
        good &= json_eq(v[i], expected);
    }
    tap_ok(good, "decoded strings do not move");
    buf_release(&b);
}

/*
 * Read a string of ${len} plain characters with ${source} after the first ${at} of them, ${offset} bytes into a block that
 * ends behind it.  Return whether ${source} is read as ${value}, or refused if that is NULL.
 */
static bool string_at(struct json *j, int offset, int len, int at, const char *source, const char *value)
{
    static const char before[] = "abcdefghijklmnopqrstuvwxyz0123456789",
                      after[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_()[]{}:,.";
    char text[128], expected[128], *p;
    struct json_str v;
    bool good;
    int n = snprintf(text, sizeof(text), "%*s\"%.*s%s%.*s\"", offset, "", at, before, source, len - at, after);

    p = exact(text, (size_t)n);
    json_begin(j, p, (size_t)n, 0);
    if (value == NULL) {
        good = !json_string(j, &v) && j->error_at == p + offset + 1 + at;
    } else {
        snprintf(expected, sizeof(expected), "%.*s%s%.*s", at, before, value, len - at, after);
        good = json_string(j, &v) && json_eq(v, expected) && ends(j, NULL);
    }
    free(p);
    return good;
}

/* Each kind of character at each place of a string of each length at each alignment. */
static void test_alignment(struct json *j)
{
    static const struct {
        const char *source, *value, *what;
    } kinds[] = {
        {"z", "z", "a plain character at every place"},
        {"\\n", "\n", "an escape at every place"},
        {"\\u20ac", "\xe2\x82\xac", "a \\u escape at every place"},
        {"\xc3\xa9", "\xc3\xa9", "a character of two bytes at every place"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "a character of four bytes at every place"},
        {"\x1f", NULL, "a control character at every place"},
        {"\xff", NULL, "a wrong byte at every place"},
        {"\xe2\x82", NULL, "a cut character at every place"},
    };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        bool good = true;
        for (int offset = 0; offset < 17; offset++) {
            for (int len = 0; len <= 36; len++) {
                for (int at = 0; at <= len; at++)
                    good &= string_at(j, offset, len, at, kinds[k].source, kinds[k].value);
            }
        }
        tap_ok(good, kinds[k].what);
    }
}

/* Every prefix of a text that uses all of the grammar is refused. */
static void test_truncation(struct json *j)
{
    static const char text[] =
        "{\"a\":[1,-2.5e+3,{}],\"b\\ud83d\\ude00\":\"\xf0\x9f\x98\x80\\n\",\"c\":{\"d\":true,\"e\":[false,null,[]]}}";
    bool good = true;

    for (size_t n = 0; n < strlen(text); n++) {
        char *p = exact(text, n);
        json_begin(j, p, n, 0);
        walk(j);
        struct err e = {0};
        good &= json_end(j, &e) == -1 && e.status == EX_DATAERR && j->error_at >= p && j->error_at <= p + n;
        free(p);
    }
    tap_ok(good, "every truncated text is refused");
    tap_ok(reads_as(j, text, strlen(text), NULL), "and the whole one accepted");
}

static void test_types(struct json *j)
{
    static const struct {
        const char *text, *message;
        int want;
    } cases[] = {
        {"{\"a\":1}", "line 3, byte 6, at $.a: expected a string", 's'},
        {"{\"a\":\"1\"}", "line 3, byte 6, at $.a: expected a number", 'n'},
        {"{\"a\":null}", "line 3, byte 6, at $.a: expected true or false", 'b'},
        {"{\"a\":true}", "line 3, byte 6, at $.a: expected null", '0'},
        {"{\"a\":[]}", "line 3, byte 6, at $.a: expected an object", 'o'},
        {"{\"a\": {}}", "line 3, byte 7, at $.a: expected an array", 'a'},
        {"{\"a\":}", "line 3, byte 6, at $.a: expected a string", 's'},
        {"{\"a\":", "line 3, byte 6, at $.a: unexpected end of text", 's'},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_str v = {"x", 1};
        bool b = true, got = true;

        json_begin(j, cases[i].text, strlen(cases[i].text), 3);
        json_object(j);
        json_member(j, &v);
        switch (cases[i].want) {
        case 's':
            got = json_string(j, &v) || v.len != 0;
            break;
        case 'n':
            got = json_number(j, &v) || v.len != 0;
            break;
        case 'b':
            got = json_bool(j, &b) || b;
            break;
        case '0':
            got = json_null(j);
            break;
        case 'o':
            got = json_object(j);
            break;
        case 'a':
            got = json_array(j);
        }
        tap_ok(!got && ends(j, cases[i].message), cases[i].message);
    }
}

static void test_sticky(struct json *j)
{
    struct json_str v;
    struct buf out;
    struct err e = {0};
    bool b;

    buf_init(&out, SIZE_MAX);
    json_begin(j, "[1,x,2]", 7, 5);
    json_array(j);
    json_element(j);
    json_skip(j, NULL);
    json_element(j);
    tap_ok(json_peek(j) == JSON_ERROR, "an error");
    tap_ok(!json_string(j, &v) && !json_number(j, &v) && !json_bool(j, &b) && !json_null(j) && !json_object(j) &&
               !json_array(j) && !json_member(j, &v) && !json_element(j) && !json_skip(j, &v) && !json_copy(j, &out) &&
               json_peek(j) == JSON_ERROR && !json_fail(j, "something else"),
        "after it everything fails");
    tap_ok(ends(j, "line 5, byte 4, at $[1]: expected a value"), "and the first error stays");
    tap_ok(json_end(j, &e) == -1, "also when asked again");
    e = (struct err){.status = EX_IOERR, .msg = "first"};
    tap_ok(json_end(j, &e) == -1 && e.status == EX_IOERR, "an earlier error of the caller's is kept");
    json_begin(j, "1", 1, 6);
    tap_ok(json_skip(j, NULL) && ends(j, NULL), "the next text starts afresh");
    buf_release(&out);
}

static void test_fail(struct json *j)
{
    static const char text[] = "{\"a\": [\"x\", \"y\"], \"b\":7}";
    struct json_str v;

    json_begin(j, text, strlen(text), 2);
    tap_ok(!json_fail(j, "number %d", 5) && ends(j, "line 2, byte 1, at $: number 5"), "fail before anything is read");
    json_begin(j, text, strlen(text), 2);
    json_object(j);
    json_member(j, &v);
    json_array(j);
    json_element(j);
    json_string(j, &v);
    json_element(j);
    json_string(j, &v);
    json_fail(j, "not a UUID");
    tap_ok(ends(j, "line 2, byte 13, at $.a[1]: not a UUID"), "fail at a value read");
    json_begin(j, text, strlen(text), 2);
    json_object(j);
    json_member(j, &v);
    json_fail(j, "unknown member");
    tap_ok(ends(j, "line 2, byte 2, at $.a: unknown member"), "fail at a name");
    json_begin(j, text, strlen(text), 2);
    json_object(j);
    json_member(j, &v);
    json_peek(j);
    json_fail(j, "neither this nor that");
    tap_ok(ends(j, "line 2, byte 7, at $.a: neither this nor that"), "fail at a value peeked at");
    json_begin(j, text, strlen(text), 2);
    json_object(j);
    json_member(j, &v);
    json_skip(j, NULL);
    json_fail(j, "too many");
    tap_ok(ends(j, "line 2, byte 7, at $.a: too many"), "fail at a value skipped");
    json_begin(j, text, strlen(text), 2);
    walk(j);
    json_fail(j, "nothing missing");
    tap_ok(ends(j, "line 2, byte 24, at $: nothing missing"), "fail at the end of an object");
}

/* What the caller does wrong is neither accepted nor the text's fault. */
static void test_turns(struct json *j)
{
    struct json_str v;
    struct err e = {0};

    json_begin(j, "1 2", 3, 0);
    json_skip(j, NULL);
    tap_ok(!json_skip(j, NULL) && json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "a second value");
    e.status = 0;
    json_begin(j, "[1 2]", 5, 0);
    json_array(j);
    json_element(j);
    json_skip(j, NULL);
    tap_ok(!json_number(j, &v) && json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "a second value of one element");
    e.status = 0;
    json_begin(j, "{\"a\":1}", 7, 0);
    json_object(j);
    tap_ok(!json_element(j) && json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "an element of an object");
    e.status = 0;
    json_begin(j, "[1]", 3, 0);
    json_array(j);
    tap_ok(!json_member(j, &v) && json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "a member of an array");
    e.status = 0;
    json_begin(j, "[1,2]", 5, 0);
    json_array(j);
    json_element(j);
    tap_ok(!json_element(j) && json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "an element left unread");
    e.status = 0;
    json_begin(j, "[1,2]", 5, 0);
    json_array(j);
    tap_ok(json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "an array left open");
    e.status = 0;
    json_begin(j, "1", 1, 0);
    tap_ok(json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "a text left unread");
    e.status = 0;
    json_begin(j, "1", 1, 0);
    tap_ok(!json_element(j) && json_end(j, &e) == -1 && e.status == EX_SOFTWARE, "an element of nothing");
}

/* "[[[...]]]" of ${depth} arrays. */
static void nest(struct buf *b, int depth)
{
    buf_clear(b);
    for (int i = 0; i < depth; i++)
        buf_putc(b, '[');
    for (int i = 0; i < depth; i++)
        buf_putc(b, ']');
}

static void test_limits(void)
{
    struct json_limits limits = {.depth = 3, .text_len = 40, .members = 2};
    struct json j;
    struct buf b;

    buf_init(&b, SIZE_MAX);
    json_init(&j, &limits);
    tap_ok(reads_as(&j, "[[[]],{\"a\":{}}]", 15, NULL), "as deep as allowed");
    tap_ok(reads_as(&j, "[[{\"a\":[]}]]", 12, "byte 8, at $[0][0].a: nested deeper than 3"), "too deep");
    tap_ok(reads_as(&j, "[{\"a\":1,\"b\":2},{\"a\":1}]", 23, NULL), "as many members as allowed");
    tap_ok(reads_as(&j, "{\"a\":1,\"b\":2,\"c\":3}", 19, "byte 14, at $: more than 2 members"), "too many members");
    tap_ok(reads_as(&j, "\"34567890123456789012345678901234567890\"", 40, NULL), "as long as allowed");
    tap_ok(reads_as(&j, "\"345678901234567890123456789012345678901\"", 41, "byte 41, at $: longer than 40 bytes"),
        "too long");
    json_release(&j);
    json_init(&j, NULL);
    nest(&b, 512);
    tap_ok(reads_as(&j, b.data, b.len, NULL), "the default depth");
    nest(&b, 513);
    json_begin(&j, b.data, b.len, 0);
    json_skip(&j, NULL);
    tap_ok(j.failed && strcmp(j.reason, "nested deeper than 512") == 0, "and one more");
    json_release(&j);
    json_init(&j, &(struct json_limits){.depth = 2000000});
    nest(&b, 1000000);
    json_begin(&j, b.data, b.len, 0);
    tap_ok(json_skip(&j, NULL) && ends(&j, NULL), "a million arrays are skipped without a stack");
    json_release(&j);
    buf_release(&b);
}

static void test_long_path(struct json *j)
{
    struct err e = {0};
    struct buf b;

    buf_init(&b, SIZE_MAX);
    for (int i = 0; i < 200; i++)
        buf_puts(&b, "{\"abcdef\":[");
    buf_putc(&b, '!');
    json_begin(j, b.data, b.len, 9);
    json_skip(j, NULL);
    json_end(j, &e);
    tap_ok(strncmp(e.msg, "line 9, byte 2201, at $...[0].abcdef[0].", 40) == 0 &&
               strstr(e.msg, ".abcdef[0]: expected a value") != NULL && strlen(e.msg) < 600,
        "a long path shows its end");

    buf_release(&b);
}

/* An object of ${n} members named ${format} with their number; the last one is a repetition of ${again}, if not < 0. */
static void many_members(struct buf *b, const char *format, int n, int again)
{
    buf_clear(b);
    for (int i = 0; i <= n; i++) {
        char name[64];
        if (i == n && again < 0)
            break;
        snprintf(name, sizeof(name), format, i == n ? again : i);
        buf_printf(b, "%c\"%s\":{\"x\":0}", i == 0 ? '{' : ',', name);
    }
    buf_putc(b, '}');
}

static bool is_duplicate(struct json *j, const struct buf *b)
{
    json_begin(j, b->data, b->len, 0);
    json_skip(j, NULL);
    return j->failed && strcmp(j->reason, "duplicate member") == 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void test_many_members(struct json *j)
{
    static const char *const formats[] = {"%d", "member %06d", "\\u0061%d", "%08d-the-same-end", "same-beginning-%08d"};
    struct buf b;

    buf_init(&b, SIZE_MAX);
    for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
        bool good = true;
        for (int n = 1; n < 300; n = n < 70 ? n + 1 : n * 2) {
            many_members(&b, formats[f], n, -1);
            json_begin(j, b.data, b.len, 0);
            good &= json_skip(j, NULL) && ends(j, NULL);
            for (int again = 0; again < n; again += n < 70 ? 1 : 13) {
                many_members(&b, formats[f], n, again);
                good &= is_duplicate(j, &b);
            }
        }
        tap_ok(good, formats[f]);
    }
    many_members(&b, "m%d", 1000000, -1);
    json_begin(j, b.data, b.len, 0);
    tap_ok(json_skip(j, NULL) && ends(j, NULL), "1,000,000 members");
    many_members(&b, "m%d", 999999, 123456);
    tap_ok(is_duplicate(j, &b), "one of 1,000,000 members is a duplicate");
    many_members(&b, "m%d", 1000001, -1);
    json_begin(j, b.data, b.len, 0);
    tap_ok(!json_skip(j, NULL) && strcmp(j->reason, "more than 1000000 members") == 0, "1,000,001 members");
    buf_release(&b);
}
#pragma GCC diagnostic pop

/* Large objects in large objects: the tables of names do not disturb one another. */
static void test_nested_tables(struct json *j)
{
    struct buf b;
    struct json_str name;
    bool good;

    buf_init(&b, SIZE_MAX);
    for (int repeat = -1; repeat < 200; repeat += 67) {
        buf_clear(&b);
        for (int outer = 0; outer < 200; outer++) {
            buf_printf(&b, "%c\"k%d\":", outer == 0 ? '{' : ',', outer);
            for (int inner = 0; inner < 100; inner++)
                buf_printf(&b, "%c\"k%d\":%d", inner == 0 ? '{' : ',', inner, inner);
            buf_putc(&b, '}');
        }
        if (repeat >= 0)
            buf_printf(&b, ",\"k%d\":0", repeat);
        buf_putc(&b, '}');
        good = is_duplicate(j, &b) == (repeat >= 0);
        json_begin(j, b.data, b.len, 0);
        json_object(j);
        while (json_member(j, &name))
            walk(j);
        good &= j->failed == (repeat >= 0);
        tap_ok(good, "large objects in a large object");
    }
    buf_release(&b);
}

static void test_int64(void)
{
    static const struct {
        const char *text;
        bool is;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"5", true, 5},
        {"-5", true, -5},
        {"5.0", true, 5},
        {"5.000", true, 5},
        {"50e-1", true, 5},
        {"500e-2", true, 5},
        {"0.5e1", true, 5},
        {"0.05e2", true, 5},
        {"0.050e+02", true, 5},
        {"1e3", true, 1000},
        {"1E3", true, 1000},
        {"-1e3", true, -1000},
        {"1.5e1", true, 15},
        {"10e-1", true, 1},
        {"1.50e1", true, 15},
        {"1e0", true, 1},
        {"1e-0", true, 1},
        {"100.00e-2", true, 1},
        {"120.0e-1", true, 12},
        {"0.0", true, 0},
        {"-0.0e5", true, 0},
        {"0e999999999", true, 0},
        {"0e-999999999", true, 0},
        {"0.000e99999999999999999999999", true, 0},
        {"0e-99999999999999999999999", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775807.00", true, INT64_MAX},
        {"922337203685477580.7e1", true, INT64_MAX},
        {"92233720368547758070e-1", true, INT64_MAX},
        {"9.223372036854775807e18", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9.223372036854775808e18", true, INT64_MIN},
        {"-9223372036854775807", true, -INT64_MAX},
        {"1e18", true, 1000000000000000000},
        {"9007199254740993", true, 9007199254740993},
        {"0.0000000000000000000000000000000000000007e40", true, 7},
        {"70000000000000000000000000000000000000000e-40", true, 7},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"9223372036854775810", false, 0},
        {"10000000000000000000", false, 0},
        {"18446744073709551616", false, 0},
        {"18446744073709551621", false, 0},
        {"1e19", false, 0},
        {"-1e19", false, 0},
        {"1e400", false, 0},
        {"1e999999999", false, 0},
        {"1e99999999999999999999999", false, 0},
        {"1e-99999999999999999999999", false, 0},
        {"1e18446744073709551616", false, 0},
        {"0.5", false, 0},
        {"5.5", false, 0},
        {"-0.1", false, 0},
        {"1e-1", false, 0},
        {"15e-1", false, 0},
        {"150e-2", false, 0},
        {"1.05e1", false, 0},
        {"9223372036854775807.1", false, 0},
        {"9223372036854775807.0000000000000000001", false, 0},
        {"1e-400", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+5", false, 0},
        {"05", false, 0},
        {"5.", false, 0},
        {".5", false, 0},
        {"5 ", false, 0},
        {" 5", false, 0},
        {"5e", false, 0},
        {"0x5", false, 0},
        {"abc", false, 0},
        {"5a", false, 0},
    };
    int64_t n;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *p = exact(cases[i].text, strlen(cases[i].text));
        bool is = json_to_int64((struct json_str){p, strlen(cases[i].text)}, &n);
        char what[80];
        snprintf(what, sizeof(what), "int64 \"%s\"", cases[i].text);
        tap_ok(is == cases[i].is && (!is || n == cases[i].value), what);
        free(p);
    }
    tap_ok(!json_to_int64((struct json_str){NULL, 0}, &n), "int64 of nothing");
}

static void test_put_string(struct json *j)
{
    static const struct {
        const char *s;
        size_t len;
        const char *literal;
    } cases[] = {
        {"", 0, "\"\""},
        {NULL, 0, "\"\""},
        {"a", 1, "\"a\""},
        {"\"", 1, "\"\\\"\""},
        {"\\", 1, "\"\\\\\""},
        {"/", 1, "\"/\""},
        {"<&>", 3, "\"<&>\""},
        {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
        {"\0", 1, "\"\\u0000\""},
        {"\x01\x0b\x1f\x7f", 4, "\"\\u0001\\u000b\\u001f\x7f\""},
        {"\xc3\xa9\xe2\x80\xa8", 5, "\"\xc3\xa9\xe2\x80\xa8\""},
        {"\xf0\x9f\x98\x80\n\xf0\x9f\x98\x80", 9, "\"\xf0\x9f\x98\x80\\n\xf0\x9f\x98\x80\""},
        {"a\0b\"c", 5, "\"a\\u0000b\\\"c\""},
        {"this is a longer text, \xc3\xa9\xc3\xa9, with\nlines", 39,
            "\"this is a longer text, \xc3\xa9\xc3\xa9, with\\nlines\""},
    };
    struct buf b;
    struct json_str v;
    bool good = true;
    char bytes[140];
    size_t n = 0;

    buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&b);
        json_put_string(&b, cases[i].s, cases[i].len);
        tap_ok(strcmp(buf_cstr(&b), cases[i].literal) == 0, cases[i].literal);
    }
    for (int c = 0; c < 0x80; c++)
        bytes[n++] = (char)c;
    for (size_t start = 0; start < n; start++) {
        buf_clear(&b);
        json_put_string(&b, bytes + start, n - start);
        json_begin(j, b.data, b.len, 0);
        good &= json_string(j, &v) && ends(j, NULL) && v.len == n - start && memcmp(v.s, bytes + start, v.len) == 0;
    }
    tap_ok(good, "every ASCII character makes the round trip");
    buf_release(&b);
    buf_init(&b, 3);
    json_put_string(&b, "ab", 2);
    tap_ok(b.failed, "a string that does not fit");
    buf_release(&b);
}

/* The code point of a sequence that is known to be valid, or -1: by decoding it and encoding it again. */
static bool is_utf8_character(const unsigned char *s, size_t len)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000}, lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned c = s[0] - lead[len];

    if (s[0] < lead[len] || s[0] >= (len == 4 ? 0xf8 : lead[len + 1]))
        return false;
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return false;
        c = c << 6 | (s[i] & 0x3f);
    }
    return c >= least[len] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

/* All sequences of two and three bytes, and those of four with the interesting values in each place. */
static void test_utf8(void)
{
    static const unsigned char edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    unsigned char s[4];
    bool good = true;

    for (unsigned c = 0x80; c < 0x100; c++)
        good &= !json_utf8((const char *)&(unsigned char){(unsigned char)c}, 1);
    tap_ok(good, "UTF-8, one byte");
    for (unsigned c = 0xc0 << 8; c < 0x10000; c++) {
        s[0] = (unsigned char)(c >> 8);
        s[1] = (unsigned char)c;
        good &= json_utf8((const char *)s, 2) == is_utf8_character(s, 2);
    }
    tap_ok(good, "UTF-8, two bytes");
    for (unsigned c = 0xe0 << 16; c < 0x1000000; c++) {
        s[0] = (unsigned char)(c >> 16);
        s[1] = (unsigned char)(c >> 8);
        s[2] = (unsigned char)c;
        good &= json_utf8((const char *)s, 3) == is_utf8_character(s, 3);
    }
    tap_ok(good, "UTF-8, three bytes");
    for (unsigned c = 0xf0; c < 0x100; c++) {
        for (unsigned i = 0; i < 1000; i++) {
            s[0] = (unsigned char)c;
            s[1] = edges[i / 100];
            s[2] = edges[i / 10 % 10];
            s[3] = edges[i % 10];
            good &= json_utf8((const char *)s, 4) == is_utf8_character(s, 4);
        }
    }
    tap_ok(good, "UTF-8, four bytes");
    tap_ok(json_utf8("a\0\"\\\n", 5) && json_utf8(NULL, 0), "UTF-8, ASCII and nothing");
}

int main(void)
{
    struct json j;

    json_init(&j, NULL);
    test_texts(&j);
    test_copy(&j);
    test_walk(&j);
    test_again(&j);
    test_strings_stay(&j);
    test_alignment(&j);
    test_truncation(&j);
    test_types(&j);
    test_sticky(&j);
    test_fail(&j);
    test_turns(&j);
    test_limits();
    test_long_path(&j);
    test_many_members(&j);
    test_nested_tables(&j);
    test_int64();
    test_put_string(&j);
    test_utf8();
    json_release(&j);
    return tap_done();
}
