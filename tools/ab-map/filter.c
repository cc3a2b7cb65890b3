/*
 * Every jv_ function consumes (frees) the values it is given and gives its caller what it returns.  In this file what
 * is only looked at is passed as jv_copy(v).  Not consumed, in spite of that rule, are the arguments of jv_copy,
 * jv_get_kind, jv_is_valid, jv_number_value, jv_string_value and the jv_object_iter functions.
 */
#include "filter.h"

#include <jq.h>
#include <jv.h>
#include <math.h>
#include <oniguruma.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "lines.h"
#include "protojson_number.h"

/* The deepest nesting of a result; lib/json, on both sides, has the same limit. */
#define DEPTH_MAX 512

/* The most bytes of a jq message in an error of ours. */
#define MESSAGE_MAX 512

/* Names of members are few: those up to NAME_LEN_MAX bytes are kept, one for each slot. */
#define NAME_SLOTS 256
#define NAME_LEN_MAX 64

/* A member's name as a jq string, and its bytes, which are those of ${value}; ${len} 0 while the slot is empty. */
struct name_slot {
    const char *s;
    size_t len;
    jv value;
};

struct filter {
    jq_state *jq;
    struct json json;
    struct name_slot names[NAME_SLOTS];
    jv stream, level, msg;
    struct buf complaint; /* the first thing jq said while compiling */
};

extern char **environ;

void filter_global_init(void)
{
    static char utc[] = "TZ=UTC";
    static char *only_utc[] = {utc, NULL};
    OnigEncoding utf8 = ONIG_ENCODING_UTF8;

    environ = only_utc;
    /* Otherwise the first regular expression of each thread would do it, unlocked. */
    onig_initialize(&utf8, 1);
}

/* libjq cannot go on without memory, nor return. */
static void no_memory(void *unused)
{
    struct err e = {0};

    (void)unused;
    err_set(&e, EX_OSERR, "no memory for the filter");
    _exit(log_failure(&e));
}

/* Keep the first line of the first message: the others follow from it, or repeat the source. */
static void note_complaint(void *arg, jv msg)
{
    static const char prefix[] = "jq: error: ";
    struct buf *complaint = arg;

    msg = jq_format_error(msg);
    if (complaint->len == 0 && jv_get_kind(msg) == JV_KIND_STRING) {
        const char *text = jv_string_value(msg);

        if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
            text += sizeof(prefix) - 1;
        buf_append(complaint, text, strcspn(text, "\n"));
    }
    jv_free(msg);
}

/* ${dir} without the need to know from where it is relative: libjq would take it for relative to the origin. */
static jv folder(const char *dir)
{
    char *path = realpath(dir, NULL);
    jv v = jv_string(path != NULL ? path : dir);

    free(path);
    return v;
}

static void set_folders(jq_state *jq, const struct filter_source *src)
{
    jv dirs = jv_array();

    for (size_t i = 0; i < src->ndirs; i++)
        dirs = jv_array_append(dirs, folder(src->dirs[i]));
    jq_set_attr(jq, jv_string("JQ_ORIGIN"), folder(src->origin));
    jq_set_attr(jq, jv_string("PROGRAM_ORIGIN"), folder(src->origin));
    jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), dirs);
}

static int compile(struct filter *f, const struct filter_source *src, struct err *e)
{
    int n;

    f->jq = jq_init();
    if (f->jq == NULL)
        return err_set(e, EX_OSERR, "no memory for the filter");
    /* libjq 1.6 leaves these three as they come from malloc. */
    jq_set_nomem_handler(f->jq, no_memory, NULL);
    jq_set_input_cb(f->jq, NULL, NULL);
    jq_set_debug_cb(f->jq, NULL, NULL);
    jq_set_error_cb(f->jq, note_complaint, &f->complaint);
    set_folders(f->jq, src);
    if (jq_compile(f->jq, src->text))
        return 0;
    n = (int)(f->complaint.len < MESSAGE_MAX ? f->complaint.len : MESSAGE_MAX);
    return err_set(e, EX_CONFIG, "the filter does not compile: %.*s", n, n > 0 ? f->complaint.data : "");
}

struct filter *filter_new(const struct filter_source *src, struct err *e)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES, .depth = DEPTH_MAX};
    struct filter *f = calloc(1, sizeof(*f));

    if (f == NULL) {
        err_sys(e, EX_OSERR, "the filter");
        return NULL;
    }
    json_init(&f->json, &limits);
    buf_init(&f->complaint, MESSAGE_MAX * 16);
    f->stream = jv_string("stream");
    f->level = jv_string("level");
    f->msg = jv_string("msg");
    if (compile(f, src, e) < 0) {
        filter_free(f);
        return NULL;
    }
    return f;
}

void filter_free(struct filter *f)
{
    if (f == NULL)
        return;
    jq_teardown(&f->jq);
    for (size_t i = 0; i < NAME_SLOTS; i++)
        if (f->names[i].len > 0)
            jv_free(f->names[i].value);
    jv_free(f->stream);
    jv_free(f->level);
    jv_free(f->msg);
    json_release(&f->json);
    buf_release(&f->complaint);
    free(f);
}

/* -- a line into a jq value -- */

/* ${s} as a jq string. It was checked to be UTF-8, and a line's length fits an int. */
static jv make_string(struct json_str s)
{
    return jv_string_sized(s.s, (int)s.len);
}

/* A member's name as a jq string: one that was met before costs no memory, and its hash is known to libjq. */
static jv make_name(struct filter *f, struct json_str name)
{
    struct name_slot *slot;

    if (name.len == 0 || name.len > NAME_LEN_MAX)
        return make_string(name);
    slot =
        &f->names[(name.len * 37 + (unsigned char)name.s[0] * 5u + (unsigned char)name.s[name.len / 2]) % NAME_SLOTS];
    if (slot->len != name.len || memcmp(slot->s, name.s, name.len) != 0) {
        if (slot->len > 0)
            jv_free(slot->value);
        slot->value = make_string(name);
        slot->s = jv_string_value(slot->value);
        slot->len = name.len;
    }
    return jv_copy(slot->value);
}

/* A number's text is followed by other text of its line, at which strtod stops; the locale is always "C". */
static jv make_number(struct json *j)
{
    struct json_str text;

    return json_number(j, &text) ? jv_number(strtod(text.s, NULL)) : jv_null();
}

static jv read_value(struct filter *f);

static jv read_object(struct filter *f)
{
    jv object = jv_object();
    struct json_str name;

    json_object(&f->json);
    while (json_member(&f->json, &name)) {
        jv key = make_name(f, name);

        object = jv_object_set(object, key, read_value(f));
    }
    return object;
}

static jv read_array(struct filter *f)
{
    jv array = jv_array();

    json_array(&f->json);
    while (json_element(&f->json))
        array = jv_array_append(array, read_value(f));
    return array;
}

/* The next value; anything after a failure, which json_end will report. */
static jv read_value(struct filter *f)
{
    struct json *j = &f->json;
    struct json_str s;
    bool b = false;

    switch (json_peek(j)) {
    case JSON_STRING:
        return json_string(j, &s) ? make_string(s) : jv_null();
    case JSON_OBJECT:
        return read_object(f);
    case JSON_ARRAY:
        return read_array(f);
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

/* -- a jq value into a line -- */

/* Append ${x} as protojson prints it. Return whether JSON has a text for it: not for what is infinite or no number. */
static bool put_number(struct buf *out, double x)
{
    if (!isfinite(x))
        return false;
    protojson_number_put_double(out, x);
    return true;
}

static void put_string(struct buf *out, jv s)
{
    size_t len = (size_t)jv_string_length_bytes(jv_copy(s));

    json_put_string(out, jv_string_value(s), len);
}

static const char *put_value(struct buf *out, jv v, unsigned depth);

/* Members in the order in which they were set: libjq's slots are handed out in turn. */
static const char *put_object(struct buf *out, jv object, unsigned depth)
{
    const char *wrong = NULL;
    char before = '{';

    if (depth > DEPTH_MAX)
        return "is nested too deep";
    for (int i = jv_object_iter(object); wrong == NULL && jv_object_iter_valid(object, i);
         i = jv_object_iter_next(object, i)) {
        jv name = jv_object_iter_key(object, i), value = jv_object_iter_value(object, i);

        buf_putc(out, before);
        put_string(out, name);
        buf_putc(out, ':');
        wrong = put_value(out, value, depth);
        jv_free(name);
        jv_free(value);
        before = ',';
    }
    if (before == '{')
        buf_putc(out, '{');
    buf_putc(out, '}');
    return wrong;
}

static const char *put_array(struct buf *out, jv array, unsigned depth)
{
    const char *wrong = NULL;
    int n = jv_array_length(jv_copy(array));

    if (depth > DEPTH_MAX)
        return "is nested too deep";
    buf_putc(out, '[');
    for (int i = 0; wrong == NULL && i < n; i++) {
        jv element = jv_array_get(jv_copy(array), i);

        if (i > 0)
            buf_putc(out, ',');
        wrong = put_value(out, element, depth);
        jv_free(element);
    }
    buf_putc(out, ']');
    return wrong;
}

/* Append ${v}, which stays the caller's, inside ${depth} containers.  Return NULL, or what is wrong with it. */
static const char *put_value(struct buf *out, jv v, unsigned depth)
{
    switch (jv_get_kind(v)) {
    case JV_KIND_STRING:
        put_string(out, v);
        return NULL;
    case JV_KIND_OBJECT:
        return put_object(out, v, depth + 1);
    case JV_KIND_ARRAY:
        return put_array(out, v, depth + 1);
    case JV_KIND_NUMBER:
        return put_number(out, jv_number_value(v)) ? NULL : "holds a number that is infinite or not a number";
    case JV_KIND_TRUE:
        buf_puts(out, "true");
        return NULL;
    case JV_KIND_FALSE:
        buf_puts(out, "false");
        return NULL;
    case JV_KIND_NULL:
        buf_puts(out, "null");
        return NULL;
    case JV_KIND_INVALID:
        break;
    }
    return "holds no value";
}

/* -- results -- */

void filter_results_init(struct filter_results *res)
{
    *res = (struct filter_results){0};
    buf_init(&res->lines, SIZE_MAX / 2);
    buf_init(&res->logs, SIZE_MAX / 2);
}

void filter_results_clear(struct filter_results *res)
{
    res->records = 0;
    buf_clear(&res->lines);
    buf_clear(&res->logs);
}

void filter_results_release(struct filter_results *res)
{
    buf_release(&res->lines);
    buf_release(&res->logs);
}

/* In ${logs}: a byte for the level, the text, a NUL. */
bool filter_next_log(const struct filter_results *res, size_t *at, struct filter_log *log)
{
    if (*at >= res->logs.len)
        return false;
    log->level = (enum log_level)res->logs.data[*at];
    log->msg = res->logs.data + *at + 1;
    *at += 2 + strlen(log->msg);
    return true;
}

static bool find_level(jv level, enum log_level *found)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};

    for (size_t i = 0; jv_get_kind(level) == JV_KIND_STRING && i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(jv_string_value(level), names[i]) == 0) {
            *found = levels[i];
            return true;
        }
    return false;
}

/* Keep the message of ${record}, a result with a "stream" member, which is ${stream}.  Return NULL or what is wrong. */
static const char *put_log(struct filter *f, jv record, jv stream, struct buf *logs)
{
    jv level = jv_object_get(jv_copy(record), jv_copy(f->level));
    jv msg = jv_object_get(jv_copy(record), jv_copy(f->msg));
    enum log_level found = LOG_ERROR;
    const char *wrong = NULL;

    if (jv_get_kind(stream) != JV_KIND_STRING || strcmp(jv_string_value(stream), "log") != 0)
        wrong = "has a member \"stream\", which only log messages may have";
    else if (!find_level(level, &found) || jv_get_kind(msg) != JV_KIND_STRING)
        wrong = "is a log message without a level (debug, info, warn, error) or without a text";
    else {
        size_t len = (size_t)jv_string_length_bytes(jv_copy(msg));
        const char *text = jv_string_value(msg);

        buf_putc(logs, (char)found);
        for (size_t i = 0; i < len; i++)
            buf_putc(logs, text[i] == '\0' ? '?' : text[i]);
        buf_putc(logs, '\0');
    }
    jv_free(level);
    jv_free(msg);
    return wrong;
}

/* Append one result, which stays the caller's.  Return NULL or what is wrong with it. */
static const char *put_result(struct filter *f, jv record, struct filter_results *res)
{
    const char *wrong;
    size_t start = res->lines.len;
    jv stream;

    if (jv_get_kind(record) != JV_KIND_OBJECT)
        return "is not an object";
    stream = jv_object_get(jv_copy(record), jv_copy(f->stream));
    if (jv_is_valid(stream)) {
        wrong = put_log(f, record, stream, &res->logs);
        jv_free(stream);
        return wrong;
    }
    jv_free(stream);
    wrong = put_value(&res->lines, record, 0);
    if (wrong == NULL && res->lines.len - start > LINE_MAX_BYTES)
        return "is longer than a line may be";
    buf_putc(&res->lines, '\n');
    res->records++;
    return wrong;
}

/* How many of the ${len} bytes of UTF-8 at ${s} to print: at most MESSAGE_MAX, and only whole characters. */
static int message_len(const char *s, size_t len)
{
    if (len <= MESSAGE_MAX)
        return (int)len;
    len = MESSAGE_MAX;
    while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
        len--;
    return (int)len;
}

/* Report the error that the filter ended in: its text, or what was thrown as JSON. ${msg} is freed. */
static int fail_thrown(uint64_t line, jv msg, struct err *e)
{
    struct buf text;

    buf_init(&text, FILTER_RESULTS_MAX);
    if (jv_get_kind(msg) == JV_KIND_STRING)
        buf_append(&text, jv_string_value(msg), (size_t)jv_string_length_bytes(jv_copy(msg)));
    else
        put_value(&text, msg, 0);
    jv_free(msg);
    err_set(e, EX_DATAERR, "line %ju: filter: %.*s", (uintmax_t)line, message_len(text.data, text.len),
        text.len > 0 ? text.data : "");
    buf_release(&text);
    return -1;
}

/* Fetch the results for ${input}, which is freed. */
static int run(struct filter *f, jv input, uint64_t line, struct filter_results *res, struct err *e)
{
    size_t start = res->lines.len;
    jv result;

    jq_start(f->jq, input, 0);
    while (jv_is_valid(result = jq_next(f->jq))) {
        const char *wrong = put_result(f, result, res);

        jv_free(result);
        if (wrong != NULL)
            return err_set(e, EX_DATAERR, "line %ju: a result of the filter %s", (uintmax_t)line, wrong);
        if (res->lines.failed || res->logs.failed)
            return err_set(e, EX_OSERR, "line %ju: no memory for the results of the filter", (uintmax_t)line);
        if (res->lines.len - start > FILTER_RESULTS_MAX || res->logs.len > FILTER_RESULTS_MAX)
            return err_set(e, EX_DATAERR, "line %ju: the filter gives too many results", (uintmax_t)line);
    }
    if (jq_halted(f->jq)) {
        jv_free(result);
        return err_set(e, EX_DATAERR, "line %ju: the filter halts", (uintmax_t)line);
    }
    if (jv_invalid_has_msg(jv_copy(result)))
        return fail_thrown(line, jv_invalid_get_msg(result), e);
    jv_free(result);
    return 0;
}

int filter_run(struct filter *f, const char *text, size_t len, uint64_t line, struct filter_results *res, struct err *e)
{
    size_t lines_len = res->lines.len, logs_len = res->logs.len;
    uint64_t records = res->records;
    jv input;

    json_begin(&f->json, text, len, line);
    input = read_object(f);
    if (json_end(&f->json, e) < 0) {
        jv_free(input);
        return -1;
    }
    if (run(f, input, line, res, e) < 0) {
        if (!res->lines.failed)
            res->lines.len = lines_len;
        if (!res->logs.failed)
            res->logs.len = logs_len;
        res->records = records;
        return -1;
    }
    return 0;
}
