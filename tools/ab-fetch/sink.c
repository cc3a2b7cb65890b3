#include "sink.h"

#include <inttypes.h>
#include <string.h>

#include "lines.h"
#include "made.h"
#include "rawline.h"

/* A user's line: what a line may be, and the names of a great many places. */
#define USER_LINE_MAX ((size_t)1 << 30)

/* What stands before the data of a line. */
#define PREFIX_MAX ((size_t)64 << 10)

/* What waits for the reader at most, and the longest line besides. */
#define PENDING_MAX ((size_t)256 << 10)

/* What "active" says; nothing where it is not known. */
static const char *const active_members[] = {
    [HOLDS_YES] = "\"active\":true,", [HOLDS_NO] = "\"active\":false,", [HOLDS_UNKNOWN] = ""};

void sink_init(struct sink *s, int fd, const struct sink_work *work)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES};

    *s = (struct sink){.work = *work};
    out_init(&s->out, fd, "standard output");
    s->out.held = true;
    users_init(&s->users);
    json_init(&s->json, &limits);
    json_init(&s->inner, &limits);
    buf_init(&s->line, USER_LINE_MAX);
}

void sink_release(struct sink *s)
{
    out_release(&s->out);
    users_release(&s->users);
    json_release(&s->json);
    json_release(&s->inner);
    buf_release(&s->line);
}

/* Whether lines must be looked into. */
static bool is_curious(const struct sink *s)
{
    return s->work.computes || s->work.tells || s->work.judges;
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for a line");
}

static int write_line(struct sink *s, const char *text, size_t len, struct err *e)
{
    s->records++;
    return s->work.silent ? 0 : out_line(&s->out, text, len, e);
}

/* Write the line that was made in ${s}->line, and gather what it says. */
static int write_made(struct sink *s, struct err *e)
{
    struct rawline l;

    if (s->line.failed)
        return no_memory(e);
    if (rawline_parse(&s->inner, s->line.data, s->line.len, 0, &l, e) < 0 || users_collect(&s->users, &l, e) < 0)
        return err_context(e, "a line made here");
    return write_line(s, s->line.data, s->line.len, e);
}

/* A role of this user's row that no line has told before: put a line of its own before it. */
static int tell_row(struct sink *s, enum resource resource, const struct scope *scope, const struct rows *rows,
    uint32_t i, const struct users_place *place, struct err *e)
{
    bool told;

    if (users_row_told(&s->users, rows, i, place, &told, e) < 0)
        return -1;
    if (told)
        return 0;
    buf_clear(&s->line);
    if (!made_from_access(&s->line, &s->inner, scope, rows_data(rows, i), resource_table[resource].told))
        return 0;
    return write_made(s, e);
}

/* The same for a line that passes. */
static int tell_line(struct sink *s, const struct rawline *l, struct err *e)
{
    struct scope scope = {0};
    bool told;
    int r = 0;

    if (users_line_told(&s->users, l, &told, e) < 0)
        return -1;
    if (told)
        return 0;
    buf_clear(&s->line);
    scope.id[LEVEL_ORGANIZATION] = strndup(l->outer[LEVEL_ORGANIZATION].s, l->outer[LEVEL_ORGANIZATION].len);
    if (scope.id[LEVEL_ORGANIZATION] == NULL)
        r = no_memory(e);
    else if (made_from_access(&s->line, &s->inner, &scope, l->data, resource_table[l->resource].told))
        r = write_made(s, e);
    scope_release(&scope);
    return r;
}

/* A membership that passes: with "active" as it is known now. */
static int judge_line(struct sink *s, const char *text, size_t len, const struct rawline *l, struct err *e)
{
    enum users_holds holds = users_holds(&s->users, l->user, l->outer[LEVEL_ORGANIZATION]);
    size_t head = l->active > 0 ? l->active : l->before_data, tail = l->active > 0 ? l->active_end : l->before_data;

    if (holds == HOLDS_UNKNOWN)
        return write_line(s, text, len, e);
    buf_clear(&s->line);
    buf_append(&s->line, text, head);
    buf_printf(&s->line, ",\"active\":%s", holds == HOLDS_YES ? "true" : "false");
    buf_append(&s->line, text + tail, len - tail);
    return s->line.failed ? no_memory(e) : write_line(s, s->line.data, s->line.len, e);
}

/* Whether the lines of a resource have an effect only for those who hold a role of their own. */
static bool is_judged(const struct sink *s, enum resource resource)
{
    return s->work.judges && resource != RESOURCE_NONE && resource_table[resource].counts_at != LEVEL_NONE;
}

int sink_line(struct sink *s, const char *text, size_t len, const struct rawline *l, struct err *e)
{
    bool is_user = !l->frame && l->resource == RESOURCE_COMPUTED;

    if (s->work.tells && tell_line(s, l, e) < 0)
        return -1;
    if (is_curious(s) && (!is_user || s->work.computes) && users_collect(&s->users, l, e) < 0)
        return -1;
    if (is_user && s->work.computes)
        return 0;
    return !l->frame && is_judged(s, l->resource) ? judge_line(s, text, len, l, e) : write_line(s, text, len, e);
}

/* Take one line apart and pass it on. */
static int pass_line(struct sink *s, const char *text, size_t len, uint64_t number, struct err *e)
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
        if (!is_curious(s)) {
            s->records++;
            continue;
        }
        if (pass_line(s, at, (size_t)(feed - at), number, e) < 0)
            return -1;
        number += number != 0;
    }
    return is_curious(s) || s->work.silent ? 0 : out_write(&s->out, text, len, e);
}

/* The rows of one list being passed on. */
struct passing {
    enum resource resource;
    const struct scope *scope;
    const struct rows *rows;
    bool gathered, judged;
    struct users_place place;
    struct buf prefix[HOLDS_UNKNOWN + 1]; /* for each value of "active"; all but the last only if ${judged} */
};

static int begin_rows(struct sink *s, struct passing *p, struct err *e)
{
    for (int i = 0; i <= HOLDS_UNKNOWN; i++) {
        buf_init(&p->prefix[i], PREFIX_MAX);
        if (p->judged || i == HOLDS_UNKNOWN)
            scope_prefix_with(&p->prefix[i], p->resource, p->scope, active_members[i]);
        if (p->prefix[i].failed)
            return no_memory(e);
    }
    return p->gathered ? users_at(&s->users, p->resource, p->scope, &p->place, e) : 0;
}

static int pass_row(struct sink *s, struct passing *p, uint32_t i, struct err *e)
{
    struct json_str data = rows_data(p->rows, i);
    const struct buf *prefix = &p->prefix[HOLDS_UNKNOWN];

    if (p->gathered && s->work.tells && tell_row(s, p->resource, p->scope, p->rows, i, &p->place, e) < 0)
        return -1;
    if (p->gathered && users_row(&s->users, p->rows, i, &p->place, e) < 0)
        return -1;
    if (p->judged)
        prefix = &p->prefix[users_row_holds(&s->users, p->rows, i, p->scope)];
    s->records++;
    if (s->work.silent)
        return 0;
    if (out_write(&s->out, prefix->data, prefix->len, e) < 0 || out_write(&s->out, data.s, data.len, e) < 0)
        return -1;
    return out_write(&s->out, "}\n", 2, e);
}

bool sink_full(const struct sink *s)
{
    return out_pending(&s->out) >= PENDING_MAX;
}

int sink_rows(struct sink *s, enum resource resource, const struct scope *scope, struct rows *rows, struct err *e)
{
    struct passing p = {
        .resource = resource,
        .scope = scope,
        .rows = rows,
        .gathered = is_curious(s) && resource_table[resource].user,
        .judged = is_judged(s, resource),
    };
    int r = begin_rows(s, &p, e);

    while (r == 0 && rows->next < rows->n && !sink_full(s))
        r = pass_row(s, &p, rows->next++, e);
    for (int i = 0; i <= HOLDS_UNKNOWN; i++)
        buf_release(&p.prefix[i]);
    return r == 0 && p.gathered && rows->next == rows->n ? users_listed(&s->users, resource, scope, e) : r;
}

int sink_user(struct sink *s, uint32_t i, struct err *e)
{
    buf_clear(&s->line);
    users_write(&s->users, i, &s->line);
    return s->line.failed ? err_set(e, EX_OSERR, "no memory for a user's line")
                          : write_line(s, s->line.data, s->line.len, e);
}
