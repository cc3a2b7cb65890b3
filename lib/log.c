#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "fullio.h"
#include "guard.h"
#include "progress.h"
#include "setting.h"
#include "text.h"

/* A message longer than this is dropped rather than cut in the middle of a JSON line: none of ours comes near. */
#define MESSAGE_MAX ((size_t)64 << 10)

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Set once, by main, before any message; the one state that all files of a program share. */
static struct {
    const char *name;
    enum log_level level;
    enum log_format format;
} logger = {"baton-airbyte", LOG_INFO, LOG_CONSOLE};

static int set_level(const char *arg)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
        if (strcasecmp(arg, level_names[i]) == 0) {
            logger.level = (enum log_level)i;
            return 0;
        }
    return -1;
}

static int set_format(const char *arg)
{
    if (strcasecmp(arg, "json") == 0)
        logger.format = LOG_JSON;
    else if (strcasecmp(arg, "console") == 0)
        logger.format = LOG_CONSOLE;
    else
        return -1;
    return 0;
}

int log_set_level(const char *arg, struct err *e)
{
    return set_level(arg) == 0 ? 0 : err_set(e, EX_USAGE, "--log-level: not debug, info, warn or error");
}

int log_set_format(const char *arg, struct err *e)
{
    return set_format(arg) == 0 ? 0 : err_set(e, EX_USAGE, "--log-format: neither json nor console");
}

void log_init(const char *name)
{
    const char *level = setting_text("BATON_LOG_LEVEL"), *format = setting_text("BATON_LOG_FORMAT");

    logger.name = name;
    if (format != NULL && set_format(format) < 0)
        log_warn("unknown log format in BATON_LOG_FORMAT, using console");
    if (level != NULL && set_level(level) < 0)
        log_warn("unknown log level in BATON_LOG_LEVEL, using info");
}

bool log_enabled(enum log_level level)
{
    return level >= logger.level;
}

/* Append ${s} with what is unsafe as \u00xx (bytes that are not UTF-8 too), and quote and backslash if ${json}. */
static void put_escaped(struct buf *b, const char *s, bool json)
{
    const char *end = s + strlen(s);

    while (s < end) {
        uint32_t c;
        size_t n = text_decode(s, (size_t)(end - s), &c);

        if (json && n == 0)
            buf_puts(b, "\\ufffd");
        else if (json && (c == '"' || c == '\\'))
            buf_printf(b, "\\%c", (char)c);
        else
            text_put_safe(b, s, n == 0 ? 1 : n);
        s += n == 0 ? 1 : n;
    }
}

static void put_json_string(struct buf *b, const char *s)
{
    buf_putc(b, '"');
    put_escaped(b, s, true);
    buf_putc(b, '"');
}

static void format_json(struct buf *b, enum log_level level, const char *msg, const struct log_field *f, size_t n)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    buf_printf(b, "{\"level\":\"%s\",\"ts\":%lld.%06ld,\"logger\":", level_names[level], (long long)now.tv_sec,
        now.tv_nsec / 1000);
    put_json_string(b, logger.name);
    buf_puts(b, ",\"msg\":");
    put_json_string(b, msg);
    for (size_t i = 0; i < n; i++) {
        if (f[i].key == NULL)
            continue;
        buf_putc(b, ',');
        put_json_string(b, f[i].key);
        buf_putc(b, ':');
        if (f[i].text != NULL)
            put_json_string(b, f[i].text);
        else
            buf_printf(b, "%" PRId64, f[i].number);
    }
    buf_puts(b, "}\n");
}

static void format_console(struct buf *b, enum log_level level, const char *msg, const struct log_field *f, size_t n)
{
    static const char *const prefix[] = {"debug: ", "info: ", "warning: ", ""};
    const char *before = " (";

    buf_printf(b, "%s: %s", logger.name, prefix[level]);
    put_escaped(b, msg, false);
    for (size_t i = 0; i < n; i++) {
        if (f[i].also)
            continue;
        buf_puts(b, before);
        before = ", ";
        put_escaped(b, f[i].key, false);
        buf_putc(b, '=');
        if (f[i].text != NULL)
            put_escaped(b, f[i].text, false);
        else
            buf_printf(b, "%" PRId64, f[i].number);
    }
    if (before[0] == ',')
        buf_putc(b, ')');
    /* What is left of a longer line that shows progress goes. */
    buf_puts(b, progress_shown() ? "\x1b[K\n" : "\n");
}

static void format_event(struct buf *b, enum log_level level, const char *msg, const struct log_field *f, size_t n)
{
    if (logger.format == LOG_JSON)
        format_json(b, level, msg, f, n);
    else
        format_console(b, level, msg, f, n);
}

void log_event(enum log_level level, const char *msg, const struct log_field *fields, size_t n)
{
    struct buf b;

    if (!log_enabled(level))
        return;
    buf_init(&b, MESSAGE_MAX);
    format_event(&b, level, msg, fields, n);
    if (!guard_allows_message(b.data, b.len)) {
        buf_clear(&b);
        format_event(&b, level, GUARD_INSTEAD_OF_MESSAGE, NULL, 0);
    }
    if (b.len > 0)
        fullio_write_quietly(STDERR_FILENO, b.data, b.len);
    buf_release(&b);
}

void log_usage(const char *usage)
{
    if (logger.format == LOG_CONSOLE)
        fullio_write_quietly(STDERR_FILENO, usage, strlen(usage));
}

int log_failure(const struct err *e)
{
    struct log_field fields[ERR_FIELDS_MAX];

    for (unsigned i = 0; i < e->n_fields; i++)
        fields[i] = e->fields[i].text[0] != '\0' ? LOG_ALSO(e->fields[i].key, e->fields[i].text)
                                                 : LOG_ALSO_INT(e->fields[i].key, e->fields[i].number);
    log_event(
        LOG_ERROR, e->msg[0] != '\0' ? e->msg : "failed without a reason: please report this", fields, e->n_fields);
    return e->status != 0 ? e->status : EX_SOFTWARE;
}
