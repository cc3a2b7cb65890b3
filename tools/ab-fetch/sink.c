#include "sink.h"

#include <inttypes.h>
#include <string.h>

#include "lines.h"
#include "rawline.h"

/* A user's line: what a line may be, and the names of a great many places. */
#define USER_LINE_MAX ((size_t)1 << 30)

/* What stands before the data of a line. */
#define PREFIX_MAX ((size_t)64 << 10)

void sink_init(struct sink *s, int fd, bool collect)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES};

    *s = (struct sink){.collect = collect};
    out_init(&s->out, fd, "standard output");
    users_init(&s->users);
    json_init(&s->json, &limits);
}

void sink_release(struct sink *s)
{
    out_release(&s->out);
    users_release(&s->users);
    json_release(&s->json);
}

int sink_line(struct sink *s, const char *text, size_t len, const struct rawline *l, struct err *e)
{
    if (s->collect && users_collect(&s->users, l, e) < 0)
        return -1;
    if (s->collect && l->resource == RESOURCE_COMPUTED && !l->frame)
        return 0;
    s->records++;
    return out_line(&s->out, text, len, e);
}

/* Take one line apart and pass it on. */
static int collect(struct sink *s, const char *text, size_t len, uint64_t number, struct err *e)
{
    struct rawline l;

    if (rawline_parse(&s->json, text, len, number, &l, e) < 0)
        return err_context(e, number != 0 ? "standard input" : "a line made here");
    if (sink_line(s, text, len, &l, e) < 0)
        return number != 0 && e->status == EX_DATAERR ? err_context(e, "standard input: line %" PRIu64, number) : -1;
    return 0;
}

int sink_lines(struct sink *s, const char *text, size_t len, uint64_t number, struct err *e)
{
    const char *end = text + len, *feed;

    for (const char *at = text; at < end; at = feed + 1) {
        feed = memchr(at, '\n', (size_t)(end - at));
        if (!s->collect) {
            s->records++;
            continue;
        }
        if (collect(s, at, (size_t)(feed - at), number, e) < 0)
            return -1;
        number += number != 0;
    }
    return s->collect ? 0 : out_write(&s->out, text, len, e);
}

int sink_rows(struct sink *s, enum resource resource, const struct scope *scope, const struct rows *rows, struct err *e)
{
    bool collect = s->collect && resource_table[resource].user;
    struct users_place place;
    struct buf prefix;
    int r = 0;

    buf_init(&prefix, PREFIX_MAX);
    scope_prefix(&prefix, resource, scope);
    if (prefix.failed)
        r = err_set(e, EX_OSERR, "no memory for a line");
    else if (collect)
        r = users_at(&s->users, resource, scope, &place, e);
    for (uint32_t i = 0; r == 0 && i < rows->n; i++) {
        struct json_str data = rows_data(rows, i);

        s->records++;
        if ((collect && users_row(&s->users, rows, i, &place, e) < 0) ||
            out_write(&s->out, prefix.data, prefix.len, e) < 0 || out_write(&s->out, data.s, data.len, e) < 0 ||
            out_write(&s->out, "}\n", 2, e) < 0)
            r = -1;
    }
    buf_release(&prefix);
    return r;
}

int sink_users(struct sink *s, struct err *e)
{
    struct buf line;
    int r = 0;

    buf_init(&line, USER_LINE_MAX);
    for (uint32_t i = 0; r == 0 && i < users_count(&s->users); i++) {
        buf_clear(&line);
        users_write(&s->users, i, &line);
        s->records++;
        r = line.failed ? err_set(e, EX_OSERR, "no memory for a user's line")
                        : out_line(&s->out, line.data, line.len, e);
    }
    buf_release(&line);
    return r;
}
