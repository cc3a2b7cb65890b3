#include "manifest.h"

#include <stdio.h>
#include <string.h>

/* The largest manifest that is read, and what its gaps and notes may take as lines. */
#define MANIFEST_BYTES_MAX ((size_t)256 << 20)

const struct sheet_columns manifest_columns = {2, {{"Name", "name", true}, {"Value", "value", true}}};

/* Read the asset into ${data}. Return 1, 0 if there is none, or -1 with ${e}. */
static int load(struct cat *c, struct buf *data, struct err *e)
{
    buf_init(data, MANIFEST_BYTES_MAX);
    return c1zread_asset(c->file, c->sync, C1ZREAD_MANIFEST, data, e);
}

/* As load, but there must be one. */
static int need(struct cat *c, struct buf *data, struct err *e)
{
    int r = load(c, data, e);

    if (r == 0)
        return err_set(e, EX_NOINPUT, "'%s': sync '%s' has no manifest", c->options->file, c->sync->id);
    return r < 0 ? -1 : 0;
}

static void begin_json(struct json *j, const struct buf *data)
{
    struct json_limits limits = {.text_len = MANIFEST_BYTES_MAX};

    json_init(j, &limits);
    json_begin(j, data->data, data->len, 0);
}

/* The end of the text: its error, if there is one, is about the manifest. */
static int end_json(struct json *j, const struct cat *c, struct err *e)
{
    int r = json_end(j, e);

    json_release(j);
    return r == 0 ? 0 : err_context(e, "'%s': the manifest of sync '%s'", c->options->file, c->sync->id);
}

/* As a document. */

int manifest_print(struct cat *c, struct err *e)
{
    struct buf data, line;
    struct json j;
    int r = need(c, &data, e);

    buf_init(&line, MANIFEST_BYTES_MAX);
    if (r == 0) {
        begin_json(&j, &data);
        json_copy(&j, &line);
        r = end_json(&j, c, e);
    }
    if (r == 0)
        r = line.failed ? err_set(e, EX_OSERR, "no memory for the manifest")
                        : out_line(&c->out, line.data, line.len, e);
    buf_release(&data);
    buf_release(&line);
    return r;
}

/* As rows: members by their path; what is in a list by its number, whole. */

struct walk {
    struct json json;
    struct sheet *sheet;
    struct buf path, value;
};

static int put_value(struct walk *w, struct err *e)
{
    enum json_type type = json_peek(&w->json);
    struct json_str text = {"", 0};

    buf_clear(&w->value);
    if (type == JSON_STRING) {
        json_string(&w->json, &text);
    } else {
        json_copy(&w->json, &w->value);
        text = (struct json_str){w->value.data, w->value.len};
    }
    if (w->path.failed || w->value.failed)
        return err_set(e, EX_OSERR, "no memory for the manifest");
    if (w->json.failed)
        return 0;
    return sheet_row(w->sheet, (struct json_str[]){{w->path.data, w->path.len}, text}, e);
}

/* Add a part to the path. Return how long it was before. */
static size_t enter(struct walk *w, struct json_str part)
{
    size_t before = w->path.len;

    if (before > 0)
        buf_putc(&w->path, '.');
    buf_append(&w->path, part.s, part.len);
    return before;
}

static int put_list(struct walk *w, struct err *e)
{
    char number[24];
    int r = 0;

    json_array(&w->json);
    for (size_t i = 0; r == 0 && json_element(&w->json); i++) {
        int len = snprintf(number, sizeof(number), "%zu", i + 1);
        size_t before = enter(w, (struct json_str){number, (size_t)len});

        r = put_value(w, e);
        w->path.len = before;
    }
    return r;
}

static int put_object(struct walk *w, struct err *e)
{
    struct json_str name;
    int r = 0;

    json_object(&w->json);
    while (r == 0 && json_member(&w->json, &name)) {
        size_t before = enter(w, name);
        enum json_type type = json_peek(&w->json);

        r = type == JSON_OBJECT ? put_object(w, e) : type == JSON_ARRAY ? put_list(w, e) : put_value(w, e);
        w->path.len = before;
    }
    return r;
}

int manifest_rows(struct cat *c, struct sheet *s, struct err *e)
{
    struct walk w = {.sheet = s};
    struct buf data;
    int r = need(c, &data, e);

    buf_init(&w.path, MANIFEST_BYTES_MAX);
    buf_init(&w.value, MANIFEST_BYTES_MAX);
    if (r == 0) {
        begin_json(&w.json, &data);
        r = put_object(&w, e);
        if (end_json(&w.json, c, e) < 0)
            r = -1;
    }
    buf_release(&data);
    buf_release(&w.path);
    buf_release(&w.value);
    return r;
}

/* As what a stream says again. */

/* One gap or note of the list that stands next. */
static void read_line(struct manifest *m, struct json *j, struct json *inner, bool note, struct err *e)
{
    struct json_str raw;
    struct gap gap;

    if (!json_skip(j, &raw))
        return;
    if (gap_read(&gap, inner, raw.s, raw.len, 0, e) < 0) {
        json_fail(j, "not a gap or a note");
        return;
    }
    gap.note = note;
    gap_put(&m->lines, &gap);
    buf_putc(&m->lines, '\n');
    m->gaps += !note;
    m->notes += note;
}

static void read_lines(struct manifest *m, struct json *j, bool note)
{
    struct err ignored = {0};
    struct json inner;

    json_init(&inner, NULL);
    json_array(j);
    while (json_element(j))
        read_line(m, j, &inner, note, &ignored);
    json_release(&inner);
}

int manifest_read(struct manifest *m, struct cat *c, struct err *e)
{
    struct json_str name;
    struct buf data;
    struct json j;
    int r;

    *m = (struct manifest){0};
    stages_init(&m->stages);
    buf_init(&m->lines, MANIFEST_BYTES_MAX);
    r = load(c, &data, e);
    if (r > 0) {
        begin_json(&j, &data);
        json_object(&j);
        while (json_member(&j, &name)) {
            if (json_eq(name, "stages"))
                stages_read(&m->stages, &j);
            else if (json_eq(name, "gaps") || json_eq(name, "notes"))
                read_lines(m, &j, json_eq(name, "notes"));
            else
                json_skip(&j, NULL);
        }
        r = end_json(&j, c, e);
    }
    if (r == 0 && m->lines.failed)
        r = err_set(e, EX_OSERR, "no memory for the manifest");
    buf_release(&data);
    return r;
}

void manifest_release(struct manifest *m)
{
    stages_release(&m->stages);
    buf_release(&m->lines);
}
