#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

/*
 * One file while it is read.  ${names} holds the names so far, each with a NUL behind it; ${secret} says that a
 * secret is among them.  ${taken} counts the bytes of the file.
 */
struct reader {
    const char *path;
    int fd;
    yaml_parser_t parser;
    yaml_event_t event;
    struct buf *settings, names;
    size_t taken;
    int count;
    bool secret;
    struct err *e;
};

/* Refuse what stands at ${mark}. */
static int refuse(struct reader *r, const yaml_mark_t *mark, const char *why)
{
    return err_set(r->e, EX_CONFIG, "'%s', line %zu, column %zu: %s", r->path, mark->line + 1, mark->column + 1, why);
}

static int read_more(void *data, unsigned char *to, size_t size, size_t *n)
{
    struct reader *r = data;
    ssize_t got;

    do
        got = read(r->fd, to, size);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        err_sys(r->e, EX_IOERR, "cannot read '%s'", r->path);
        return 0;
    }
    r->taken += (size_t)got;
    if (r->taken > CONFIG_FILE_MAX) {
        err_set(r->e, EX_CONFIG, "'%s' is larger than %zu bytes", r->path, CONFIG_FILE_MAX);
        return 0;
    }
    *n = (size_t)got;
    return 1;
}

/* Go on to the next event, which the caller deletes. */
static int next_event(struct reader *r)
{
    yaml_parser_t *p = &r->parser;

    if (yaml_parser_parse(p, &r->event))
        return 0;
    if (p->error == YAML_MEMORY_ERROR)
        return err_set(r->e, EX_OSERR, "no memory");
    /* Set before, if it was the reading that failed. */
    if (p->error == YAML_READER_ERROR)
        return err_set(r->e, EX_CONFIG, "'%s', byte %zu: %s", r->path, p->problem_offset, p->problem);
    return refuse(r, &p->problem_mark, p->problem != NULL ? p->problem : "not YAML");
}

/* Read the next event, which must be of ${type}. */
static int expect(struct reader *r, yaml_event_type_t type, const char *why)
{
    int result = 0;

    if (next_event(r) < 0)
        return -1;
    if (r->event.type != type)
        result = refuse(r, &r->event.start_mark, why);
    yaml_event_delete(&r->event);
    return result;
}

static bool has_name(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->names.len; i += strlen(r->names.data + i) + 1)
        if (strcmp(r->names.data + i, name) == 0)
            return true;
    return false;
}

/* Take the event as the name of a setting, into ${name} in lower case. */
static int take_name(struct reader *r, char name[static 64])
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;

    if (r->event.type != YAML_SCALAR_EVENT)
        return refuse(r, &r->event.start_mark, "the name of a setting must be text");
    if (len == 0 || len >= 64)
        return refuse(r, &r->event.start_mark, "the name of a setting is empty or longer than 63 bytes");
    for (size_t i = 0; i < len; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return refuse(r, &r->event.start_mark, "the name of a setting holds other than letters, digits, - and _");
        name[i] = c;
    }
    name[len] = '\0';
    if (has_name(r, name))
        return refuse(r, &r->event.start_mark, "this setting is there already");
    if (++r->count > CONFIG_SETTINGS_MAX)
        return refuse(r, &r->event.start_mark, "too many settings");
    r->secret = r->secret || strcmp(name, CONFIG_SECRET) == 0 || strcmp(name, CONFIG_SERVICE_SECRET) == 0;
    return buf_append(&r->names, name, len + 1);
}

/* Whether the scalar at hand is no value: as YAML has it, without quotes. */
static bool is_null(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;

    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
               strcmp(text, "NULL") == 0);
}

/* Append the event as a value, or as an item of one. */
static int take_text(struct reader *r)
{
    const yaml_event_t *event = &r->event;

    if (event->type != YAML_SCALAR_EVENT)
        return refuse(r, &event->start_mark, "the value of a setting must be text or a list of texts");
    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL)
        return refuse(r, &event->start_mark, "U+0000 in the value of a setting");
    if (is_null(event))
        return 0;
    return buf_append(r->settings, event->data.scalar.value, event->data.scalar.length);
}

/* Append the items of a list, whose begin was read, up to its end. */
static int take_items(struct reader *r)
{
    for (bool first = true;; first = false) {
        bool end;
        int result = 0;

        if (next_event(r) < 0)
            return -1;
        end = r->event.type == YAML_SEQUENCE_END_EVENT;
        if (!end && (!first && buf_putc(r->settings, ',') < 0))
            result = -1;
        if (!end && result == 0)
            result = take_text(r);
        yaml_event_delete(&r->event);
        if (end || result < 0)
            return result;
    }
}

static int take_value(struct reader *r)
{
    bool list;
    int result;

    if (next_event(r) < 0)
        return -1;
    list = r->event.type == YAML_SEQUENCE_START_EVENT;
    result = list ? 0 : take_text(r);
    yaml_event_delete(&r->event);
    return list ? take_items(r) : result;
}

/* Take the settings of the mapping, whose begin was read, up to its end. */
static int take_settings(struct reader *r)
{
    for (;;) {
        char name[64];
        bool end;
        int result = 0;

        if (next_event(r) < 0)
            return -1;
        end = r->event.type == YAML_MAPPING_END_EVENT;
        if (!end)
            result = take_name(r, name);
        yaml_event_delete(&r->event);
        if (end || result < 0)
            return result;
        if (buf_puts(r->settings, name) < 0 || buf_putc(r->settings, '=') < 0 || take_value(r) < 0 ||
            buf_putc(r->settings, '\0') < 0)
            return -1;
    }
}

/* Read the whole file: nothing, or one document that is a mapping. */
static int take_file(struct reader *r)
{
    static const char one[] = "settings must be one mapping from names to texts";
    yaml_event_type_t type;

    if (expect(r, YAML_STREAM_START_EVENT, one) < 0 || next_event(r) < 0)
        return -1;
    type = r->event.type;
    yaml_event_delete(&r->event);
    if (type == YAML_STREAM_END_EVENT)
        return 0;
    if (expect(r, YAML_MAPPING_START_EVENT, one) < 0 || take_settings(r) < 0)
        return -1;
    if (expect(r, YAML_DOCUMENT_END_EVENT, one) < 0)
        return -1;
    return expect(r, YAML_STREAM_END_EVENT, one);
}

/* Refuse a file that others could have written; once it was read, one with a secret that others can read. */
static int check_owner(const char *path, const struct stat *st, struct err *e)
{
    if (!S_ISREG(st->st_mode))
        return err_set(e, EX_NOINPUT, "'%s' is not a regular file", path);
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return err_set(e, EX_CONFIG, "'%s' belongs to another user", path);
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(e, EX_CONFIG, "others can write '%s': chmod go-w", path);
    return 0;
}

static int check_secret(const char *path, const struct stat *st, struct err *e)
{
    if ((st->st_mode & (S_IRGRP | S_IROTH)) == 0)
        return 0;
    return err_set(e, EX_CONFIG, "others can read '%s', and a client secret is in it: chmod go-r", path);
}

static int read_open(struct reader *r)
{
    struct stat st;
    int result;

    if (fstat(r->fd, &st) < 0)
        return err_sys(r->e, EX_NOINPUT, "cannot open '%s'", r->path);
    if (check_owner(r->path, &st, r->e) < 0)
        return -1;
    if (!yaml_parser_initialize(&r->parser))
        return err_set(r->e, EX_OSERR, "no memory");
    yaml_parser_set_input(&r->parser, read_more, r);
    result = take_file(r);
    yaml_parser_delete(&r->parser);
    if (result == 0 && r->secret)
        result = check_secret(r->path, &st, r->e);
    return result < 0 ? err_set(r->e, EX_OSERR, "no memory") : 0;
}

int config_read(const char *path, struct buf *settings, struct err *e)
{
    struct reader r = {.path = path, .settings = settings, .e = e};
    int result;

    r.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (r.fd < 0)
        return err_sys(e, EX_NOINPUT, "cannot open '%s'", path);
    buf_init(&r.names, (size_t)CONFIG_SETTINGS_MAX * 64);
    result = read_open(&r);
    buf_release(&r.names);
    close(r.fd);
    return result;
}
