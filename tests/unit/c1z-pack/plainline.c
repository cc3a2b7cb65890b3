/* Lines that are read in one walk, and lines that are not: what is, is read as the whole reader would. */
#include "c1z-pack/plainline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1z-pack/grants.h"
#include "tap.h"
#include "tempfile.h"

#define GRANT "{\"@type\":\"type.googleapis.com/c1.connector.v2.Grant\","
#define ON(type, id) "\"entitlement\":{\"resource\":{\"id\":{\"resourceType\":\"" type "\",\"resource\":\"" id "\"}},"
#define TO(type, id) "\"principal\":{\"id\":{\"resourceType\":\"" type "\",\"resource\":\"" id "\"}},"

static const struct {
    const char *line;
    bool taken;
} lines[] = {
    {GRANT ON("t", "r") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"e:u:p\"}", true},
    {GRANT ON("workspace", "a-b_c.d") "\"id\":\"workspace:a:b\"}," TO("user", "x@y.example") "\"id\":\"odd one\"}",
        true},
    {GRANT ON("", "r") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\"}", false},
    {GRANT ON("t", "r") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"\"}", false},
    {GRANT ON("t", "\\u0041") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\"}", false},
    {GRANT ON("t", "\\\"") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\"}", false},
    {GRANT ON("t", "\xc3\xa9") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\"}", false},
    {GRANT ON("t", "\t") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\"}", false},
    {GRANT ON("t", "r") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\"} ", false},
    {GRANT ON("t", "r") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\"", false},
    {GRANT ON("t", "r") "\"id\":\"e\"}," TO("u", "p") "\"id\":\"i\",\"annotations\":[]}", false},
    {GRANT ON("t", "r") "\"id\":\"e\",\"slug\":\"s\"}," TO("u", "p") "\"id\":\"i\"}", false},
    {GRANT TO("u", "p") ON("t", "r") "\"id\":\"e\"},\"id\":\"i\"}", false},
    {"{ \"@type\":\"type.googleapis.com/c1.connector.v2.Grant\"}", false},
    {"{\"@type\":\"type.googleapis.com/c1.connector.v2.Resource\",\"id\":{}}", false},
    {"", false},
};

/* Read ${line} as a whole. */
static bool read_whole(struct record *r, const char *line, struct buf *bytes)
{
    struct json_limits limits = {.text_len = 1 << 20};
    struct arena arena;
    struct json json;
    struct err e = {0};
    bool good;

    json_init(&json, &limits);
    arena_init(&arena, 1 << 20);
    json_begin(&json, line, strlen(line), 7);
    good = record_read(r, &json, 7, &arena, bytes, &e) == 0;
    json_release(&json);
    arena_release(&arena);
    return good;
}

/* Whether grants_add makes the same of both. */
static bool is_same(
    const struct record *a, const struct buf *a_bytes, const struct record *b, const struct buf *b_bytes)
{
    struct grants g;
    struct grant x, y;
    struct err e = {0};
    struct buf x_id, y_id;
    bool fresh, good;

    buf_init(&x_id, 4096);
    buf_init(&y_id, 4096);
    grants_open(&g, tempfile_dir());
    good = grants_add(&g, a, a_bytes, &fresh, &fresh, &e) == 0 && grants_add(&g, b, b_bytes, &fresh, &fresh, &e) == 0;
    good = good && grants_read(&g, 0, &x, &e) == 0;
    grants_id(&g, &x, &x_id);
    good = good && grants_read(&g, 1, &y, &e) == 0;
    grants_id(&g, &y, &y_id);
    good = good && x.plain && y.plain && x.line == y.line && x.entitlement == y.entitlement &&
           x.principal == y.principal && x.conventional == y.conventional && !x.expands && !y.expands;
    good = good && x_id.len == y_id.len && memcmp(x_id.data, y_id.data, x_id.len) == 0;
    grants_close(&g);
    buf_release(&x_id);
    buf_release(&y_id);
    return good;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *line = lines[i].line;
        struct buf fast_bytes, whole_bytes;
        struct record fast, whole;
        bool good;

        buf_init(&fast_bytes, 4096);
        buf_init(&whole_bytes, 4096);
        good = plainline_read(&fast, line, strlen(line), 7, &fast_bytes) == lines[i].taken;
        if (lines[i].taken)
            good = good && read_whole(&whole, line, &whole_bytes) && is_same(&fast, &fast_bytes, &whole, &whole_bytes);
        else
            good = good && fast_bytes.len == 0;
        tap_ok(good, line);
        buf_release(&fast_bytes);
        buf_release(&whole_bytes);
    }
    return tap_done();
}
