/*
 * What is read of an answer: rows, ids, roles, pages, and what is refused.  Each case is one answer.
 */
#include <stdio.h>
#include <string.h>

#include "ab-fetch/page.h"
#include "tap.h"

#define LIST RESOURCE_WORKSPACE_USER, FOR_LIST

static const struct {
    enum resource resource;
    enum purpose purpose;
    const char *answer;
    enum page_reading reading;
    const char
        *result; /* the rows, each followed by ';' and with '*' if its user holds a role; or a part of the error */
} cases[] = {
    {LIST, "{\"usersWithAccess\":[]}", PAGE_LAST, ""},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\"}]}", PAGE_LAST, "{\"userId\":\"u\"};"},
    {LIST, " { \"usersWithAccess\" : [ { \"x\" : [ 1 , 2 ] , \"userId\" : \"u\" } ] } ", PAGE_LAST,
        "{\"x\":[1,2],\"userId\":\"u\"};"},
    {LIST, "{\"usersWithAccess\":[{\"\\u0075serId\":\"\\u0075\"},{\"userId\":\"u\"}]}", PAGE_LAST,
        "{\"\\u0075serId\":\"\\u0075\"};"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\",\"workspacePermission\":{\"permissionType\":\"a\"}}]}", PAGE_LAST,
        "*{\"userId\":\"u\",\"workspacePermission\":{\"permissionType\":\"a\"}};"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\",\"workspacePermission\":null}]}", PAGE_LAST,
        "{\"userId\":\"u\",\"workspacePermission\":null};"},
    {LIST,
        "{\"usersWithAccess\":[{\"userId\":\"u\",\"workspacePermission\":{\"permissionType\":\"a\"}},"
        "{\"userId\":\"u\",\"workspacePermission\":{\"permissionType\":\"b\"}},"
        "{\"userId\":\"u\",\"workspacePermission\":{\"permissionType\":\"a\"}}]}",
        PAGE_LAST,
        "*{\"userId\":\"u\",\"workspacePermission\":{\"permissionType\":\"a\"}};"
        "*{\"userId\":\"u\",\"workspacePermission\":{\"permissionType\":\"b\"}};"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\",\"workspaceId\":\"W\"}]}", PAGE_LAST,
        "{\"userId\":\"u\",\"workspaceId\":\"W\"};"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\",\"workspaceId\":\"w\"}]}", PAGE_FAILED, "another workspace"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\",\"workspaceId\":7}]}", PAGE_FAILED, "expected a string"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\",\"workspacePermission\":{\"workspaceId\":\"w\"}}]}", PAGE_FAILED,
        "another workspace"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\",\"organizationId\":\"o\"}]}", PAGE_FAILED, "another organization"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"\"}]}", PAGE_FAILED, "a row without 'userId'"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\"},{}]}", PAGE_FAILED, "a row without 'userId'"},
    {LIST, "{\"usersWithAccess\":[1]}", PAGE_FAILED, "expected an object"},
    {LIST, "{\"usersWithAccess\":{}}", PAGE_FAILED, "expected an array"},
    {LIST, "{\"usersWithAccess\":null}", PAGE_FAILED, "an answer without 'usersWithAccess'"},
    {LIST, "[]", PAGE_FAILED, "expected an object"},
    {LIST, "{\"usersWithAccess\":[{\"userId\":\"u\"}", PAGE_MALFORMED, "unexpected end"},
    {LIST, "", PAGE_MALFORMED, ""},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"data\":[{\"workspaceId\":\"a\"}],\"next\":\"x\"}", PAGE_MORE,
        "{\"workspaceId\":\"a\"};"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"next\":\"\",\"data\":[{\"workspaceId\":\"a\"}]}", PAGE_LAST,
        "{\"workspaceId\":\"a\"};"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"data\":[{\"workspaceId\":\"a\"}]}", PAGE_LAST, "{\"workspaceId\":\"a\"};"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"data\":[],\"next\":\"x\"}", PAGE_LAST, ""},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"data\":[],\"next\":null}", PAGE_LAST, ""},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"data\":[],\"next\":{\"href\":\"x\"}}", PAGE_FAILED, "expected a string"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"next\":true,\"data\":[]}", PAGE_FAILED, "expected a string"},
    {RESOURCE_ORGANIZATION, FOR_LIST, "{\"data\":[],\"next\":\"\"}", PAGE_LAST, ""},
    {RESOURCE_ORGANIZATION, FOR_LIST, "{\"data\":[],\"next\":\"x\"}", PAGE_FAILED, "another page of a list"},
    {RESOURCE_ORGANIZATION, FOR_LIST, "{\"data\":[],\"next\":1}", PAGE_FAILED, "expected a string"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, "{\"data\":[{\"workspaceId\":\"a\",\"tombstone\":true}]}", PAGE_LAST, ""},
    {RESOURCE_WORKSPACE, FOR_LOOKUP, "{\"workspaceId\":\"W\",\"organizationId\":\"o\"}", PAGE_LAST,
        "{\"workspaceId\":\"W\",\"organizationId\":\"o\"};"},
    {RESOURCE_WORKSPACE, FOR_LOOKUP, "{\"workspaceId\":\"w\"}", PAGE_FAILED, "another workspace"},
};

/* The scope in which a call is made: organization O, workspace W, as far as it has them. */
static void set_scope(struct scope *s, enum resource r, enum purpose p)
{
    if (p == FOR_LOOKUP)
        scope_set(s, resource_table[r].opens, "W");
    else if (p == FOR_LIST) {
        scope_set(s, LEVEL_ORGANIZATION, "O");
        scope_set(s, LEVEL_WORKSPACE, "W");
    }
}

static void show_rows(const struct rows *rows, bool users, struct buf *out)
{
    for (uint32_t i = 0; i < rows->n; i++) {
        struct json_str data = rows_data(rows, i);

        if (users && rows->row[i].holds_role)
            buf_puts(out, "*");
        buf_append(out, data.s, data.len);
        buf_putc(out, ';');
    }
}

static void check_case(size_t i)
{
    const struct endpoint *ep = endpoint_find(cases[i].resource, cases[i].purpose);
    struct scope scope = {0};
    struct known known;
    struct call *c;
    struct err e = {0};
    struct buf got;
    enum page_reading reading;
    bool same;

    known_init(&known);
    buf_init(&got, 1 << 20);
    set_scope(&scope, cases[i].resource, cases[i].purpose);
    c = call_new(ep, &scope, &known, 100);
    reading = page_read(c, cases[i].answer, strlen(cases[i].answer), &e);
    show_rows(&c->rows, resource_table[cases[i].resource].user, &got);
    same = reading == cases[i].reading;
    if (reading == PAGE_LAST || reading == PAGE_MORE)
        same = same && strcmp(buf_cstr(&got), cases[i].result) == 0;
    else
        same = same && got.len == 0 && strstr(e.msg, cases[i].result) != NULL;
    if (!tap_ok(same, cases[i].answer))
        printf("# %d: %s %s\n", (int)reading, buf_cstr(&got), e.msg);
    call_free(c);
    scope_release(&scope);
    buf_release(&got);
    known_release(&known);
}

/* A second page leaves out what the first one had, and one that cannot be read leaves no trace. */
static void check_pages(void)
{
    static const char first[] = "{\"data\":[{\"workspaceId\":\"a\"},{\"workspaceId\":\"b\"}],\"next\":\"x\"}";
    static const char torn[] = "{\"data\":[{\"workspaceId\":\"c\"},{\"worksp";
    static const char second[] = "{\"data\":[{\"workspaceId\":\"b\"},{\"workspaceId\":\"c\"}],\"next\":\"\"}";
    struct known known;
    struct call *c;
    struct err e = {0};

    known_init(&known);
    c = call_new(endpoint_find(RESOURCE_WORKSPACE, FOR_SEARCH), NULL, &known, 2);
    tap_ok(page_read(c, first, strlen(first), &e) == PAGE_MORE && c->rows.n == 2 && c->paging.offset == 2, "a page");
    tap_ok(page_read(c, torn, strlen(torn), &e) == PAGE_MALFORMED && c->rows.n == 2 && c->paging.offset == 2,
        "half a page leaves nothing behind");
    tap_ok(page_read(c, second, strlen(second), &e) == PAGE_LAST && c->rows.n == 3, "a page that overlaps");
    call_free(c);
    known_release(&known);
}

/*
 * A list of two pages, round after round: a row is a letter, and a page ends at '/', a round at ';'.  ${rows}: what there is
 * then; ${unsure}: there may be more.
 */
static const struct {
    const char *pages, *rows;
    bool unsure;
} lists[] = {
    {"ab/cd;", "abcd", false},
    {"ab/cc;", "abc", false},
    {"ab/;", "ab", false},
    /* Neighbours: a row was pushed over the border, or pages overlap, in whatever order each of them is. */
    {"ab/bc;", "abc", false},
    {"abc/dcb/de;", "abcde", false},
    {"abcd/cdef/fghe;abcd/efgh;", "abcdefgh", false},
    /* Rows of an earlier page anywhere else. */
    {"abc/dbe;abc/def;", "abcdef", false},
    {"abc/bde;abc/dae;abc/dbe;abc/dbe;abc/dbe;", "abcde", true},
    {"abc/de/ab;abc/de;", "abcde", false},
    {"abc/bd;bd/cae;", "abcde", false},
    {"ab/ab;cd/cd;", "abcd", false},
    {"ab/ab;ab/ba;ab/cd;", "abcd", false},
    {"abc/dbe;abc/dbe;abc/dbe;abc/dbe;abc/dbe;", "abcde", true},
    {"ab/ab;ab/ab;ab/ab;ab/ab;ab/ab;", "ab", true},
};

/* Feed one page of letters, up to a '/' or ';'. */
static enum page_reading feed(struct call *c, const char *letters, const char **end)
{
    struct buf answer;
    struct err e = {0};
    enum page_reading reading;

    buf_init(&answer, 1 << 16);
    buf_puts(&answer, "{\"data\":[");
    for (*end = letters; **end != '/' && **end != ';'; (*end)++)
        buf_printf(&answer, "%s{\"workspaceId\":\"%c\"}", *end > letters ? "," : "", **end);
    buf_printf(&answer, "],\"next\":\"%s\"}", **end == '/' ? "x" : "");
    reading = page_read(c, buf_cstr(&answer), answer.len, &e);
    buf_release(&answer);
    return reading;
}

static void check_rounds(size_t i)
{
    const char *at = lists[i].pages, *end;
    struct known known;
    struct call *c;
    struct buf got;
    bool good = true;

    known_init(&known);
    buf_init(&got, 1 << 16);
    c = call_new(endpoint_find(RESOURCE_WORKSPACE, FOR_SEARCH), NULL, &known, 2);
    for (; *at != '\0'; at = end + 1) {
        enum page_reading reading = feed(c, at, &end);

        good = good && reading == (end[1] == '\0' ? PAGE_LAST : PAGE_MORE);
    }
    for (uint32_t k = 0; k < c->rows.n; k++)
        buf_putc(&got, rows_data(&c->rows, k).s[strlen("{'workspaceId':'")]);
    if (!tap_ok(
            good && strcmp(buf_cstr(&got), lists[i].rows) == 0 && c->paging.unsure == lists[i].unsure, lists[i].pages))
        printf("# %s\n", buf_cstr(&got));
    call_free(c);
    buf_release(&got);
    known_release(&known);
}

/* An answer of ${n} rows, each another workspace. */
static void put_rows(struct buf *out, int n)
{
    buf_puts(out, "{\"data\":[");
    for (int i = 0; i < n; i++)
        buf_printf(out, "%s{\"workspaceId\":\"%d\"}", i > 0 ? "," : "", i);
    buf_puts(out, "],\"next\":\"x\"}");
}

/* Small rows make more memory than the bytes of their answer, so they are counted. */
static void check_most(void)
{
    const struct endpoint *ep = endpoint_find(RESOURCE_WORKSPACE, FOR_SEARCH);

    for (int more = 0; more < 2; more++) {
        struct known known;
        struct buf answer;
        struct err e = {0};
        struct call *c;
        enum page_reading reading;

        known_init(&known);
        buf_init(&answer, (size_t)64 << 20);
        put_rows(&answer, PAGE_ROWS_MAX + more);
        c = call_new(ep, NULL, &known, 100);
        reading = page_read(c, buf_cstr(&answer), answer.len, &e);
        if (more == 0)
            tap_ok(reading == PAGE_MORE && c->rows.n == PAGE_ROWS_MAX, "as many rows as an answer may have");
        else
            tap_ok(reading == PAGE_FAILED && e.status == EX_PROTOCOL && c->rows.n == 0, "and one more");
        call_free(c);
        buf_release(&answer);
        known_release(&known);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(i);
    check_pages();
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        check_rounds(i);
    check_most();
    return tap_done();
}
