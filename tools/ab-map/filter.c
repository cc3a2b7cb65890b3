/*
 * Every jv_ function consumes (frees) the values it is given and gives its caller what it returns.  In this file what
 * is only looked at is passed as jv_copy(v).  Not consumed, in spite of that rule, are the arguments of jv_copy,
 * jv_get_kind, jv_is_valid and jv_string_value.
 */
#include "filter.h"

#include <jq.h>
#include <jv.h>
#include <oniguruma.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "about.h"
#include "deep.h"
#include "jqvalue.h"
#include "lines.h"

/* The most bytes of a jq message in an error of ours, and of what its line is about. */
#define MESSAGE_MAX 512
#define ABOUT_MAX 1024
#define GIVE_UP_SECONDS 5

struct filter {
    jq_state *jq;
    struct jqvalue values;
    jv stream, level, msg;
    struct buf complaint; /* the first thing jq said while compiling */
};

/* The line that this thread is mapping, 0 while it compiles. */
static _Thread_local uint64_t line_at;

/* The limit of data before filter_limit_memory, 0 if that left it alone. */
static struct rlimit unlimited;

/* End the program: the filter is what ${why} says, on the line that this thread has.  The message takes some memory. */
static void give_up(const char *why)
{
    struct err e = {0};

    if (unlimited.rlim_cur > 0)
        setrlimit(RLIMIT_DATA, &unlimited);
    if (line_at == 0)
        err_set(&e, EX_OSERR, "%s", why);
    else
        err_set(&e, EX_DATAERR, "line %ju: %s, which has %zu MiB for each thread", (uintmax_t)line_at, why,
            FILTER_MEMORY_MAX >> 20);
    _exit(log_failure(&e));
}

/* libjq cannot go on without memory, nor return. */
static void no_memory(void *unused)
{
    (void)unused;
    give_up("no memory for the filter");
}

/*
 * It aborts, after a line of its own, where a filter's calls take 2 GiB: what one of several threads can come to while
 * the others rest.  An abort from within malloc may leave nothing to write a message with, so this has its time.
 */
static void aborted(int number)
{
    (void)number;
    signal(SIGABRT, SIG_DFL);
    alarm(GIVE_UP_SECONDS);
    give_up("libjq gives up on the filter");
}

extern char **environ;

void filter_global_init(void)
{
    static char utc[] = "TZ=UTC";
    static char *only_utc[] = {utc, NULL};
    OnigEncoding utf8 = ONIG_ENCODING_UTF8;

    environ = only_utc;
    signal(SIGABRT, aborted);
    /* Otherwise the first regular expression of each thread would do it, unlocked. */
    onig_initialize(&utf8, 1);
}

/* The bytes of data that this process has, or 0 if that cannot be known. */
static rlim_t data_now(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    uintmax_t pages = 0;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%*s %*s %*s %*s %*s %ju", &pages) != 1)
        pages = 0;
    fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

void filter_limit_memory(unsigned threads)
{
    struct rlimit limit;
    unsigned stacks = threads > 1 ? threads + 1 : 1; /* with more than one, another hands the lines out */
    rlim_t now = data_now(), most = now + (rlim_t)threads * FILTER_MEMORY_MAX + (rlim_t)stacks * DEEP_STACK;

#ifdef __SANITIZE_ADDRESS__
    return; /* what the sanitizer reserves for itself counts as data */
#endif
    if (now == 0 || getrlimit(RLIMIT_DATA, &limit) < 0 || limit.rlim_cur <= most)
        return;
    unlimited = limit;
    limit.rlim_cur = most;
    setrlimit(RLIMIT_DATA, &limit);
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

/* What an editor put into ${text} that jq does not take, and does not name either; "" if there is nothing. */
static const char *odd_bytes(const char *text)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        return "it begins with a byte order mark: ";
    return strstr(text, "\r\n") != NULL ? "its lines end with CR and LF, not LF alone: " : "";
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
    return err_set(
        e, EX_CONFIG, "the filter does not compile: %s%.*s", odd_bytes(src->text), n, n > 0 ? f->complaint.data : "");
}

struct filter *filter_new(const struct filter_source *src, struct err *e)
{
    struct filter *f = calloc(1, sizeof(*f));

    if (f == NULL) {
        err_sys(e, EX_OSERR, "the filter");
        return NULL;
    }
    jqvalue_init(&f->values);
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
    jv_free(f->stream);
    jv_free(f->level);
    jv_free(f->msg);
    jqvalue_release(&f->values);
    buf_release(&f->complaint);
    free(f);
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

/* The text at ${*at} in ${logs}, and ${*at} behind it. */
static const char *next_text(const struct buf *logs, size_t *at)
{
    const char *text = logs->data + *at;

    *at += strlen(text) + 1;
    return text;
}

/* In ${logs}: a byte for the level, the text, names and values of fields, an empty name; each with a NUL behind it. */
bool filter_next_log(const struct filter_results *res, size_t *at, struct filter_log *log)
{
    const char *name;

    if (*at >= res->logs.len)
        return false;
    log->level = (enum log_level)res->logs.data[(*at)++];
    log->msg = next_text(&res->logs, at);
    log->n_fields = 0;
    while (*(name = next_text(&res->logs, at)) != '\0') {
        const char *value = next_text(&res->logs, at);

        log->fields[log->n_fields++] = LOG_ALSO(name, value);
    }
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

/* Append the string ${text} and a NUL. */
static void put_text(struct buf *logs, jv text)
{
    size_t len = (size_t)jv_string_length_bytes(jv_copy(text));
    const char *s = jv_string_value(text);

    for (size_t i = 0; i < len; i++)
        buf_putc(logs, s[i] == '\0' ? '?' : s[i]);
    buf_putc(logs, '\0');
}

/* Whether a member of a log message is a field: a name that no line of the log has by itself, a value that is text. */
static bool is_field(jv name, jv value)
{
    static const char *const others[] = {"", "stream", "level", "ts", "logger", "msg"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(jv_string_value(name), others[i]) == 0)
            return false;
    return jv_get_kind(value) == JV_KIND_STRING;
}

/* Append the fields of the message ${record}, by name. */
static void put_fields(jv record, struct buf *logs)
{
    jv names = jv_keys(jv_copy(record));
    int n = jv_array_length(jv_copy(names)), put = 0;

    for (int i = 0; i < n && put < FILTER_FIELDS_MAX; i++) {
        jv name = jv_array_get(jv_copy(names), i), value = jv_object_get(jv_copy(record), jv_copy(name));

        if (is_field(name, value)) {
            put_text(logs, name);
            put_text(logs, value);
            put++;
        }
        jv_free(name);
        jv_free(value);
    }
    jv_free(names);
    buf_putc(logs, '\0');
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
        buf_putc(logs, (char)found);
        put_text(logs, msg);
        put_fields(record, logs);
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
    wrong = jqvalue_put(&f->values, &res->lines, record);
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

/* Report the error that the filter ended in on ${src}: its text, or what was thrown as JSON. ${msg} is freed. */
static int fail_thrown(struct filter *f, struct json_str src, uint64_t line, jv msg, struct err *e)
{
    struct buf about, text;

    buf_init(&about, ABOUT_MAX);
    about_put(&about, &f->values.json, src.s, src.len);
    buf_init(&text, FILTER_RESULTS_MAX);
    if (jv_get_kind(msg) == JV_KIND_STRING)
        buf_append(&text, jv_string_value(msg), (size_t)jv_string_length_bytes(jv_copy(msg)));
    else
        jqvalue_put(&f->values, &text, msg);
    jv_free(msg);
    err_set(e, EX_DATAERR, "line %ju%.*s: filter: %.*s", (uintmax_t)line, (int)about.len,
        about.len > 0 ? about.data : "", message_len(text.data, text.len), text.len > 0 ? text.data : "");
    buf_release(&about);
    buf_release(&text);
    return -1;
}

/* Fetch the results for ${input}, which is freed, made of ${src}. */
static int run_line(
    struct filter *f, jv input, struct json_str src, uint64_t line, struct filter_results *res, struct err *e)
{
    size_t start = res->lines.len, logs = res->logs.len;
    unsigned results = 0;
    jv result;

    jq_start(f->jq, input, 0);
    while (jv_is_valid(result = jq_next(f->jq))) {
        const char *wrong = put_result(f, result, res);

        jv_free(result);
        if (wrong != NULL)
            return err_set(e, EX_DATAERR, "line %ju: a result of the filter %s", (uintmax_t)line, wrong);
        if (res->lines.failed || res->logs.failed)
            return err_set(e, EX_OSERR, "line %ju: no memory for the results of the filter", (uintmax_t)line);
        if (++results > FILTER_RECORDS_MAX)
            return err_set(
                e, EX_DATAERR, "line %ju: the filter gives more than %d results", (uintmax_t)line, FILTER_RECORDS_MAX);
        if (res->lines.len - start > FILTER_RESULTS_MAX || res->logs.len - logs > FILTER_RESULTS_MAX)
            return err_set(e, EX_DATAERR, "line %ju: the filter gives more than %zu MiB of results", (uintmax_t)line,
                FILTER_RESULTS_MAX >> 20);
    }
    if (jq_halted(f->jq)) {
        jv_free(result);
        return err_set(e, EX_DATAERR, "line %ju: the filter halts", (uintmax_t)line);
    }
    if (jv_invalid_has_msg(jv_copy(result)))
        return fail_thrown(f, src, line, jv_invalid_get_msg(result), e);
    jv_free(result);
    return 0;
}

int filter_run(struct filter *f, const char *text, size_t len, uint64_t line, struct filter_results *res, struct err *e)
{
    size_t lines_len = res->lines.len, logs_len = res->logs.len;
    uint64_t records = res->records;
    jv input;

    line_at = line;
    if (jqvalue_read(&f->values, text, len, line, &input, e) < 0)
        return -1;
    if (run_line(f, input, (struct json_str){text, len}, line, res, e) < 0) {
        if (!res->lines.failed)
            res->lines.len = lines_len;
        if (!res->logs.failed)
            res->logs.len = logs_len;
        res->records = records;
        return -1;
    }
    return 0;
}
