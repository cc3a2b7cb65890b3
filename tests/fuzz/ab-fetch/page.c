/*
 * libFuzzer target: answers of a list from any server.
 *
 * The first byte chooses the call; NUL bytes stand between the pages.  What is kept are whole rows of whole pages: JSON
 * objects without white space, each with its id and under the parents that were asked for, and of calls that are known to
 * return secrets only what may pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ab-fetch/page.h"
#include "ab-fetch/strip.h"

/* The id of every parent that is asked for; the corpus has it. */
#define ASKED "0a000000-0000-4000-8000-00000000000a"

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

/* Whether members of the object ${name} may pass: "name.member" is in the list. */
static bool may_hold(const struct endpoint *ep, struct json_str name)
{
    for (size_t i = 0; ep->members != NULL && ep->members[i] != NULL; i++)
        if (strncmp(ep->members[i], name.s, name.len) == 0 && ep->members[i][name.len] == '.')
            return true;
    return false;
}

/* The value that stands next, of a row of ${ep}: an id of the row, or one of a parent of it. */
static void check_value(struct json *j, const struct endpoint *ep, struct json_str name, bool *has_id)
{
    const struct resource_info *info = &resource_table[ep->resource];
    enum json_type type = json_peek(j);
    struct json_str value;

    if (type != JSON_STRING) {
        check(ep->members == NULL || (type == JSON_OBJECT ? may_hold(ep, name) : type != JSON_ARRAY),
            "only scalars pass");
        json_skip(j, NULL);
        return;
    }
    json_string(j, &value);
    if (info->id != NULL && json_eq(name, info->id)) {
        *has_id = value.len > 0;
        return;
    }
    for (int level = 0; level < LEVEL_COUNT; level++)
        if (json_eq(name, resource_level_name((enum level)level)) &&
            (ep->parent_id == NULL || !json_eq(name, ep->parent_id)))
            check(json_eq(value, ASKED), "a row of what was asked for");
}

static bool may_pass(const struct endpoint *ep, struct json_str name)
{
    bool allowed = ep->members == NULL || may_hold(ep, name);

    for (size_t i = 0; !allowed && ep->members[i] != NULL; i++)
        allowed = json_eq(name, ep->members[i]);
    return allowed;
}

static void check_row(const struct endpoint *ep, struct json_str data)
{
    struct err e = {0};
    struct json_str name;
    bool has_id = resource_table[ep->resource].id == NULL;
    struct json j;

    json_init(&j, NULL);
    json_begin(&j, data.s, data.len, 0);
    check(json_peek(&j) == JSON_OBJECT && json_object(&j), "a row is an object");
    while (json_member(&j, &name)) {
        check(may_pass(ep, name), "what may pass");
        check_value(&j, ep, name, &has_id);
    }
    check(json_end(&j, &e) == 0 && json_spaces(&j) == 0, "a row is JSON without white space");
    check(has_id, "a row has its id");
    json_release(&j);
}

static void check_span(const struct rows *r, struct rows_span span)
{
    check(span.len == 0 || (span.len >= 2 && (size_t)span.at + span.len <= r->text.len &&
                               r->text.data[span.at] == '"' && r->text.data[span.at + span.len - 1] == '"'),
        "a string that was noted");
}

static void check_rows(const struct call *c)
{
    for (uint32_t i = 0; i < c->rows.n; i++) {
        const struct row *row = &c->rows.row[i];

        check_row(c->ep, rows_data(&c->rows, i));
        check_span(&c->rows, row->user);
        check_span(&c->rows, row->name);
        check_span(&c->rows, row->email);
        check_span(&c->rows, row->told);
    }
}

/* Read one page. Return whether there may be another. */
static bool read_page(struct call *c, const char *body, size_t len)
{
    uint32_t rows = c->rows.n, seen = c->paging.seen.n;
    size_t text = c->rows.text.len;
    enum page_reading reading;
    struct err e = {0};
    struct buf clean;

    buf_init(&clean, SIZE_MAX / 2);
    if (strip_needed(c->ep)) {
        if (strip_answer(c->ep, false, body, len, &clean, &e) < 0) {
            buf_release(&clean);
            return false;
        }
        body = clean.data;
        len = clean.len;
    }
    reading = page_read(c, body, len, &e);
    if (reading == PAGE_MALFORMED || (reading == PAGE_FAILED && strstr(e.msg, "page loop") == NULL))
        check(c->rows.n == rows && c->paging.seen.n == seen && c->rows.text.len == text, "a bad page leaves nothing");
    check((reading == PAGE_MALFORMED || reading == PAGE_FAILED) == (e.status != 0), "status and error agree");
    buf_release(&clean);
    return reading == PAGE_MORE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope scope = {0};
    const char *at, *end;
    struct known known;
    struct call *c;
    bool more = size > 0;

    if (size == 0)
        return 0;
    known_init(&known);
    for (int level = 0; level < LEVEL_COUNT; level++)
        check(scope_set(&scope, (enum level)level, ASKED) == 0, "memory");
    c = call_new(&endpoint_table[data[0] % endpoint_count], &scope, &known, 100);
    check(c != NULL, "memory");
    at = (const char *)data + 1;
    end = (const char *)data + size;
    while (more && at <= end) {
        const char *stop = memchr(at, '\0', (size_t)(end - at));

        if (stop == NULL)
            stop = end;
        more = read_page(c, at, (size_t)(stop - at));
        at = stop + 1;
    }
    check_rows(c);
    call_free(c);
    scope_release(&scope);
    known_release(&known);
    return 0;
}
