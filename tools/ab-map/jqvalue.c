/*
 * Every jv_ function consumes (frees) the values it is given and gives its caller what it returns.  In this file what
 * is only looked at is passed as jv_copy(v).  Not consumed, in spite of that rule, are the arguments of jv_copy,
 * jv_get_kind, jv_number_value, jv_string_value and the jv_object_iter functions.
 */
#include "jqvalue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "protojson_number.h"

void jqvalue_init(struct jqvalue *v)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES, .depth = JQVALUE_READ_DEPTH};

    memset(v, 0, sizeof(*v));
    json_init(&v->json, &limits);
    jqobjects_init(&v->objects);
}

static void free_strings(struct jqvalue_string *place, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (place[i].len > 0)
            jv_free(place[i].value);
}

void jqvalue_release(struct jqvalue *v)
{
    free_strings(v->names, JQVALUE_NAMES);
    free_strings(v->strings, JQVALUE_STRINGS);
    for (size_t i = 0; i < JQVALUE_WRITTEN; i++)
        if (v->written[i].len > 0)
            jv_free(v->written[i].value);
    jqobjects_release(&v->objects);
    json_release(&v->json);
}

/* -- a text into a value -- */

/* ${s} as a jq string. It was checked to be UTF-8, and a line's length fits an int. */
static jv make_string(struct json_str s)
{
    return jv_string_sized(s.s, (int)s.len);
}

/* ${s} as the jq string in ${place}, which is made it if it holds another. */
static jv keep_string(struct jqvalue_string *place, struct json_str s)
{
    if (place->len != s.len || memcmp(place->s, s.s, s.len) != 0) {
        if (place->len > 0)
            jv_free(place->value);
        place->value = make_string(s);
        place->s = jv_string_value(place->value);
        place->len = s.len;
    }
    return jv_copy(place->value);
}

/* Whether ${s} is one to keep. */
static bool is_short(struct json_str s)
{
    return s.len > 0 && s.len <= JQVALUE_LEN_MAX;
}

static jv make_name(struct jqvalue *v, struct json_str name)
{
    size_t mix;

    if (!is_short(name))
        return make_string(name);
    mix = name.len * 37 + (unsigned char)name.s[0] * 5u + (unsigned char)name.s[name.len / 2];
    return keep_string(&v->names[mix % JQVALUE_NAMES], name);
}

/* Ids are told apart by any of their bytes, words by their length and ends. */
static jv make_value(struct jqvalue *v, struct json_str s)
{
    uint64_t first = 0, last = 0;

    if (!is_short(s))
        return make_string(s);
    memcpy(&first, s.s, s.len < sizeof(first) ? s.len : sizeof(first));
    memcpy(&last, s.s + (s.len < sizeof(last) ? 0 : s.len - sizeof(last)), s.len < sizeof(last) ? s.len : sizeof(last));
    first = (first ^ s.len) * 0x9e3779b97f4a7c15 ^ last * 0xc2b2ae3d27d4eb4f;
    return keep_string(&v->strings[(first >> 32) % JQVALUE_STRINGS], s);
}

/* A number's text is followed by other text of its line, at which strtod stops; the locale is always "C". */
static jv make_number(struct json *j)
{
    struct json_str text;

    return json_number(j, &text) ? jv_number(strtod(text.s, NULL)) : jv_null();
}

static jv read_value(struct jqvalue *v, unsigned depth);

/* The next value, an object inside ${depth} containers; read_array alike. */
static jv read_object(struct jqvalue *v, unsigned depth)
{
    jv object = jv_object();
    struct json_str name;

    json_object(&v->json);
    while (json_member(&v->json, &name)) {
        jv key = make_name(v, name);

        object = jv_object_set(object, key, read_value(v, depth + 1));
    }
    return object;
}

/* The same, of an object that other lines may have as well. */
static jv read_common(struct jqvalue *v, unsigned depth)
{
    struct json *j = &v->json;
    uint32_t hash = jqobjects_hash(j);
    const char *at = json_at(j);
    jv object;

    if (jqobjects_take(&v->objects, hash, j, &object))
        return object;
    object = read_object(v, depth);
    if (!j->failed)
        jqobjects_note(&v->objects, hash, (struct json_str){at, (size_t)(json_at(j) - at)}, object);
    return object;
}

static jv read_array(struct jqvalue *v, unsigned depth)
{
    jv array = jv_array();

    json_array(&v->json);
    while (json_element(&v->json))
        array = jv_array_append(array, read_value(v, depth + 1));
    return array;
}

/* The next value, inside ${depth} containers; anything after a failure, which json_end will report. */
static jv read_value(struct jqvalue *v, unsigned depth)
{
    struct json *j = &v->json;
    struct json_str s;
    bool b = false;

    switch (json_peek(j)) {
    case JSON_STRING:
        return json_string(j, &s) ? make_value(v, s) : jv_null();
    case JSON_OBJECT:
        /* A line's data is its own; what is in it may be of others too. */
        return depth < 2 ? read_object(v, depth) : read_common(v, depth);
    case JSON_ARRAY:
        return read_array(v, depth);
    case JSON_NUMBER:
        return make_number(j);
    case JSON_TRUE:
    case JSON_FALSE:
        json_bool(j, &b);
        return jv_bool(b);
    case JSON_NULL:
        json_null(j);
        return jv_null();
    case JSON_ERROR:
        break;
    }
    return jv_null();
}

int jqvalue_read(struct jqvalue *v, const char *text, size_t len, uint64_t line, jv *value, struct err *e)
{
    json_begin(&v->json, text, len, line);
    *value = read_object(v, 0);
    if (json_end(&v->json, e) == 0)
        return 0;
    jv_free(*value);
    return -1;
}

/* -- a value into a text -- */

/* Append ${x} as protojson prints it. Return whether JSON has a text for it: not for what is infinite or no number. */
static bool put_number(struct buf *out, double x)
{
    if (!isfinite(x))
        return false;
    protojson_number_put_double(out, x);
    return true;
}

/* Keep in ${place} the literal of ${string} that was written, with ${len} bytes from ${text} on, if it is short. */
static void keep_literal(struct jqvalue_literal *place, jv string, const char *text, size_t len)
{
    if (len > sizeof(place->text))
        return;
    if (place->len > 0)
        jv_free(place->value);
    place->value = jv_copy(string);
    place->s = jv_string_value(string);
    memcpy(place->text, text, len);
    place->len = len;
}

/* Append ${before} and the literal of ${string}, which stays the caller's. */
static void put_string(struct jqvalue *v, struct buf *out, char before, jv string)
{
    const char *s = jv_string_value(string);
    struct jqvalue_literal *place = &v->written[((uintptr_t)s >> 4 ^ (uintptr_t)s >> 12) % JQVALUE_WRITTEN];
    size_t start = out->len;
    char *to;

    if (place->len == 0 || place->s != s) {
        buf_putc(out, before);
        json_put_string(out, s, (size_t)jv_string_length_bytes(jv_copy(string)));
        if (!out->failed)
            keep_literal(place, string, out->data + start, out->len - start);
        return;
    }
    to = buf_reserve(out, sizeof(place->text));
    if (to == NULL)
        return;
    memcpy(to, place->text, sizeof(place->text));
    to[0] = before;
    out->len += place->len;
}

static const char *put_value(struct jqvalue *v, struct buf *out, char before, jv value, unsigned depth);

/* Members in the order in which they were set: libjq's slots are handed out in turn. */
static const char *put_object(struct jqvalue *v, struct buf *out, jv object, unsigned depth)
{
    const char *wrong = NULL;
    char before = '{';
    int i;

    if (depth > JQVALUE_WRITE_DEPTH)
        return "is nested too deep";
    i = jv_object_iter(object);
    for (; wrong == NULL && jv_object_iter_valid(object, i); i = jv_object_iter_next(object, i)) {
        jv name = jv_object_iter_key(object, i), member = jv_object_iter_value(object, i);

        put_string(v, out, before, name);
        wrong = put_value(v, out, ':', member, depth);
        jv_free(name);
        jv_free(member);
        before = ',';
    }
    if (before == '{')
        buf_putc(out, '{');
    buf_putc(out, '}');
    return wrong;
}

static const char *put_array(struct jqvalue *v, struct buf *out, jv array, unsigned depth)
{
    const char *wrong = NULL;
    int n = jv_array_length(jv_copy(array));

    if (depth > JQVALUE_WRITE_DEPTH)
        return "is nested too deep";
    if (n == 0)
        buf_putc(out, '[');
    for (int i = 0; wrong == NULL && i < n; i++) {
        jv element = jv_array_get(jv_copy(array), i);

        wrong = put_value(v, out, i > 0 ? ',' : '[', element, depth);
        jv_free(element);
    }
    buf_putc(out, ']');
    return wrong;
}

/* Append ${value}, which is no string and stays the caller's, inside ${depth} containers.  Return NULL, or what is wrong. */
static const char *put_plain(struct jqvalue *v, struct buf *out, jv value, unsigned depth)
{
    switch (jv_get_kind(value)) {
    case JV_KIND_OBJECT:
        return put_object(v, out, value, depth + 1);
    case JV_KIND_ARRAY:
        return put_array(v, out, value, depth + 1);
    case JV_KIND_NUMBER:
        return put_number(out, jv_number_value(value)) ? NULL : "holds a number that is infinite or not a number";
    case JV_KIND_TRUE:
        buf_puts(out, "true");
        return NULL;
    case JV_KIND_FALSE:
        buf_puts(out, "false");
        return NULL;
    case JV_KIND_NULL:
        buf_puts(out, "null");
        return NULL;
    case JV_KIND_STRING:
    case JV_KIND_INVALID:
        break;
    }
    return "holds no value";
}

/* Append ${before} and ${value}, which stays the caller's, inside ${depth} containers.  Return NULL, or what is wrong. */
static const char *put_value(struct jqvalue *v, struct buf *out, char before, jv value, unsigned depth)
{
    if (jv_get_kind(value) == JV_KIND_STRING) {
        put_string(v, out, before, value);
        return NULL;
    }
    buf_putc(out, before);
    return put_plain(v, out, value, depth);
}

const char *jqvalue_put(struct jqvalue *v, struct buf *out, jv value)
{
    return put_plain(v, out, value, 0);
}
