#include "noted.h"

#include <stdio.h>
#include <string.h>

#include "c1zmanifest.h"
#include "text.h"

const struct sheet_columns noted_columns = {2, {{"Name", "name", true}, {"Value", "value", true}}};

/* Read the asset into ${data}. Return 1, 0 if there is none, or -1 with ${e}. */
static int load(struct cat *c, struct buf *data, struct err *e)
{
    buf_init(data, C1ZMANIFEST_BYTES_MAX);
    return c1zread_asset(c->file, c->sync, C1ZMANIFEST_ASSET, data, e);
}

/* As load, but there must be one. */
static int need(struct cat *c, struct buf *data, struct err *e)
{
    int r = load(c, data, e);

    if (r == 0)
        return err_set(e, EX_NOINPUT, "'%s': sync '%s' has no manifest", c1zread_name(c->file), c->sync->id);
    return r < 0 ? -1 : 0;
}

static void begin_json(struct json *j, const struct buf *data)
{
    struct json_limits limits = {.text_len = C1ZMANIFEST_BYTES_MAX};

    json_init(j, &limits);
    json_begin(j, data->data, data->len, 0);
}

/* The end of the text: its error, if there is one, is about the manifest. */
static int end_json(struct json *j, const struct cat *c, struct err *e)
{
    int r = json_end(j, e);

    json_release(j);
    return r == 0 ? 0 : err_context(e, "'%s': the manifest of sync '%s'", c1zread_name(c->file), c->sync->id);
}

/* As a document. */

int noted_print(struct cat *c, struct err *e)
{
    struct buf data, line, safe;
    struct json j;
    int r = need(c, &data, e);

    buf_init(&line, C1ZMANIFEST_BYTES_MAX);
    /* An escape has six bytes, and may stand for one. */
    buf_init(&safe, 6 * C1ZMANIFEST_BYTES_MAX);
    if (r == 0) {
        begin_json(&j, &data);
        json_copy(&j, &line);
        r = end_json(&j, c, e);
    }
    if (r == 0) {
        text_put_json(&safe, line.data, line.len);
        r = line.failed || safe.failed ? err_set(e, EX_OSERR, "no memory for the manifest")
                                       : out_line(&c->out, safe.data, safe.len, e);
    }
    buf_release(&data);
    buf_release(&line);
    buf_release(&safe);
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

int noted_rows(struct cat *c, struct sheet *s, struct err *e)
{
    struct walk w = {.sheet = s};
    struct buf data;
    int r = need(c, &data, e);

    buf_init(&w.path, C1ZMANIFEST_BYTES_MAX);
    buf_init(&w.value, C1ZMANIFEST_BYTES_MAX);
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
