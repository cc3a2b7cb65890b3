#include "about.h"

#include <string.h>

#include "bytes.h"

/* What a walk over a line finds. */
struct about {
    struct json_str resource;
    struct {
        struct json_str name, value;
    } ids[ABOUT_IDS_MAX];
    size_t n;
};

static bool is_id(struct json_str name)
{
    return json_eq(name, "id") || (name.len > 2 && memcmp(name.s + name.len - 2, "Id", 2) == 0);
}

/* Note the id, if there is room and none called so yet. */
static void note(struct about *a, struct json_str name, struct json_str value)
{
    for (size_t i = 0; i < a->n; i++)
        if (bytes_equal(a->ids[i].name.s, a->ids[i].name.len, name.s, name.len))
            return;
    if (value.len == 0 || a->n == ABOUT_IDS_MAX)
        return;
    a->ids[a->n].name = name;
    a->ids[a->n++].value = value;
}

/* Note the ids that stand in the next value, an object; of a line its resource too, and what is in its data. */
static void look(struct about *a, struct json *j, bool is_line)
{
    struct json_str name, value;

    json_object(j);
    while (json_member(j, &name)) {
        enum json_type type = json_peek(j);

        if (is_line && type == JSON_OBJECT && json_eq(name, "data"))
            look(a, j, false);
        else if (is_line && type == JSON_STRING && json_eq(name, "resource"))
            json_string(j, &a->resource);
        else if (type == JSON_STRING && is_id(name) && json_string(j, &value))
            note(a, name, value);
        else
            json_skip(j, NULL);
    }
}

static void put_cut(struct buf *out, struct json_str text)
{
    buf_append(out, text.s, bytes_cut(text.s, text.len, ABOUT_TEXT_MAX));
}

void about_put(struct buf *out, struct json *j, const char *text, size_t len)
{
    struct about a = {0};

    json_begin(j, text, len, 0);
    look(&a, j, true);
    if (a.resource.len == 0)
        return;
    buf_puts(out, ", ");
    put_cut(out, a.resource);
    for (size_t i = 0; i < a.n; i++) {
        buf_puts(out, i == 0 ? " (" : ", ");
        put_cut(out, a.ids[i].name);
        buf_putc(out, ' ');
        put_cut(out, a.ids[i].value);
    }
    if (a.n > 0)
        buf_putc(out, ')');
}
