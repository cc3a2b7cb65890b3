/* Gap and note lines: read, written again, described; and what is refused. */
#include "gap.h"

#include <string.h>

#include "tap.h"

/* ${again} NULL: the line is written as it was read. */
static const struct {
    const char *line, *again, *words;
} lines[] = {
    {"{\"stream\":\"gap\",\"of\":\"group\",\"organizationId\":\"o1\",\"status\":403,\"reason\":\"forbidden\","
     "\"needs\":\"organization_admin\"}",
        NULL, "group (organizationId o1): forbidden, status 403, needs organization_admin"},
    {"{\"stream\":\"note\",\"of\":\"group\",\"organizationId\":\"o1\",\"status\":403,\"reason\":\"unlicensed\"}", NULL,
        "group (organizationId o1): unlicensed, status 403"},
    {"{\"stream\":\"gap\",\"of\":\"x\",\"organizationId\":\"a\",\"groupId\":\"b\",\"reason\":\"role\"}", NULL,
        "x (organizationId a, groupId b): role"},
    {"{\"stream\":\"gap\",\"of\":\"sync\",\"reason\":\"partial\"}", NULL, "sync: partial"},
    {"{\"stream\":\"gap\"}", "{\"stream\":\"gap\",\"of\":\"\"}", "unknown: no reason"},
    {"{\"stream\":\"gap\", \"reason\":\"\\u0041\", \"later\":[{\"x\":1}], \"of\":\"k\", \"xId\":7, \"Id\":\"s\"}",
        "{\"stream\":\"gap\",\"of\":\"k\",\"reason\":\"A\"}", "k: A"},
    {"{\"stream\":\"gap\",\"of\":\"\\u001b[1m\",\"\\rId\":\"\\n\",\"reason\":\"\\t\",\"needs\":\"\\u0007\"}",
        "{\"stream\":\"gap\",\"of\":\"\\u001b[1m\",\"\\rId\":\"\\n\",\"reason\":\"\\t\",\"needs\":\"\\u0007\"}",
        "\\u001b[1m (\\u000dId \\u000a): \\u0009, needs \\u0007"},
};

static const struct {
    const char *line, *cause;
} refused[] = {
    {"{\"stream\":\"gap\",\"of\":7}", "expected a string"},
    {"{\"stream\":\"gap\",\"status\":403.5}", "not an HTTP status"},
    {"{\"stream\":\"gap\",\"status\":1000}", "not an HTTP status"},
    {"{\"stream\":\"gap\",\"status\":\"403\"}", "expected a number"},
    {"{\"stream\":\"gap\",\"aId\":\"\",\"bId\":\"\",\"cId\":\"\",\"dId\":\"\",\"eId\":\"\",\"fId\":\"\",\"gId\":\"\","
     "\"hId\":\"\",\"iId\":\"\"}",
        "more than 8 parents"},
    {"{\"stream\":\"gap\"", "line 9"},
};

static bool is(struct buf *b, const char *text)
{
    const char *s = buf_cstr(b);

    return s != NULL && strcmp(s, text) == 0;
}

static void check_lines(struct json *j, struct buf *b)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *line = lines[i].line;
        struct err e = {0};
        struct gap g;

        tap_ok(gap_read(&g, j, line, strlen(line), 1, &e) == 0, line);
        buf_clear(b);
        gap_put(b, &g);
        tap_ok(is(b, lines[i].again != NULL ? lines[i].again : line), "written");
        buf_clear(b);
        gap_describe(b, &g);
        tap_ok(is(b, lines[i].words), lines[i].words);
    }
}

static void check_refused(struct json *j)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const char *line = refused[i].line;
        struct err e = {0};
        struct gap g;

        tap_ok(gap_read(&g, j, line, strlen(line), 9, &e) < 0 && e.status == EX_DATAERR &&
                   strstr(e.msg, refused[i].cause) != NULL,
            refused[i].cause);
    }
}

static void check_long(struct json *j, size_t len, bool fits)
{
    char line[GAP_TEXT_MAX + 64];
    int head = snprintf(line, sizeof(line), "{\"stream\":\"gap\",\"of\":\"");
    struct err e = {0};
    struct gap g;

    memset(line + head, 'x', len);
    memcpy(line + head + len, "\"}", 2);
    tap_ok((gap_read(&g, j, line, (size_t)head + len + 2, 1, &e) == 0) == fits, "a long text");
}

int main(void)
{
    struct json j;
    struct buf b;

    json_init(&j, NULL);
    buf_init(&b, 4096);
    check_lines(&j, &b);
    check_refused(&j);
    check_long(&j, GAP_TEXT_MAX, true);
    check_long(&j, GAP_TEXT_MAX + 1, false);
    buf_release(&b);
    json_release(&j);
    return tap_done();
}
