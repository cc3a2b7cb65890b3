#include "gap.h"

#include <string.h>

#include "text.h"

#define STATUS_MAX 999

static void read_text(struct json *j, struct json_str *text)
{
    if (json_string(j, text) && text->len > GAP_TEXT_MAX)
        json_fail(j, "longer than %d bytes", GAP_TEXT_MAX);
}

static void read_status(struct json *j, struct gap *g)
{
    struct json_str number;
    int64_t n;

    if (!json_number(j, &number))
        return;
    if (!json_to_int64(number, &n) || n < 0 || n > STATUS_MAX)
        json_fail(j, "not an HTTP status");
    else
        g->status = (int)n;
}

/* Every member whose name ends so, and which is a text, names a parent. */
static bool is_parent(struct json *j, struct json_str name)
{
    return name.len > 2 && memcmp(name.s + name.len - 2, "Id", 2) == 0 && json_peek(j) == JSON_STRING;
}

static void read_parent(struct json *j, struct gap *g, struct json_str name)
{
    if (g->n_parents == GAP_PARENTS_MAX) {
        json_fail(j, "more than %d parents", GAP_PARENTS_MAX);
        return;
    }
    if (name.len > GAP_TEXT_MAX) {
        json_fail(j, "a name longer than %d bytes", GAP_TEXT_MAX);
        return;
    }
    g->parents[g->n_parents].name = name;
    read_text(j, &g->parents[g->n_parents].id);
    g->n_parents++;
}

int gap_read(struct gap *g, struct json *j, const char *text, size_t len, uint64_t line, struct err *e)
{
    struct json_str name, stream = {0};

    *g = (struct gap){0};
    json_begin(j, text, len, line);
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "stream"))
            json_string(j, &stream);
        else if (json_eq(name, "of"))
            read_text(j, &g->of);
        else if (json_eq(name, "status"))
            read_status(j, g);
        else if (json_eq(name, "reason"))
            read_text(j, &g->reason);
        else if (json_eq(name, "needs"))
            read_text(j, &g->needs);
        else if (is_parent(j, name))
            read_parent(j, g, name);
        else
            json_skip(j, NULL);
    }
    g->note = json_eq(stream, "note");
    return json_end(j, e);
}

bool gap_is_skipped(const struct gap *g)
{
    return g->note && json_eq(g->reason, GAP_SKIPPED);
}

static void put_text(struct buf *out, struct json_str name, struct json_str text)
{
    buf_putc(out, ',');
    json_put_string(out, name.s, name.len);
    buf_putc(out, ':');
    json_put_string(out, text.s, text.len);
}

static void put_member(struct buf *out, const char *name, struct json_str text)
{
    if (text.len > 0)
        put_text(out, (struct json_str){name, strlen(name)}, text);
}

void gap_put(struct buf *out, const struct gap *g)
{
    buf_puts(out, g->note ? "{\"stream\":\"note\"" : "{\"stream\":\"gap\"");
    put_text(out, (struct json_str){"of", 2}, g->of);
    for (size_t i = 0; i < g->n_parents; i++)
        put_text(out, g->parents[i].name, g->parents[i].id);
    if (g->status > 0)
        buf_printf(out, ",\"status\":%d", g->status);
    put_member(out, "reason", g->reason);
    put_member(out, "needs", g->needs);
    buf_putc(out, '}');
}

static void describe_parents(struct buf *out, const struct gap *g)
{
    for (size_t i = 0; i < g->n_parents; i++) {
        buf_puts(out, i == 0 ? " (" : ", ");
        text_put_safe(out, g->parents[i].name.s, g->parents[i].name.len);
        buf_putc(out, ' ');
        text_put_safe(out, g->parents[i].id.s, g->parents[i].id.len);
    }
    if (g->n_parents > 0)
        buf_putc(out, ')');
}

void gap_describe(struct buf *out, const struct gap *g)
{
    static const struct json_str unknown = {"unknown", 7}, no_reason = {"no reason", 9};
    struct json_str of = g->of.len > 0 ? g->of : unknown, reason = g->reason.len > 0 ? g->reason : no_reason;

    text_put_safe(out, of.s, of.len);
    describe_parents(out, g);
    buf_puts(out, ": ");
    text_put_safe(out, reason.s, reason.len);
    if (g->status > 0)
        buf_printf(out, ", status %d", g->status);
    if (g->needs.len > 0) {
        buf_puts(out, ", needs ");
        text_put_safe(out, g->needs.s, g->needs.len);
    }
}
