#include "view.h"

#include <stdio.h>
#include <string.h>

/* What one row may take as a message. */
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)

/* The texts of a row. */

struct json_str view_take_text(struct view *v)
{
    struct json_str text = {arena_dup(&v->arena, v->text.len > 0 ? v->text.data : "", v->text.len), v->text.len};

    buf_clear(&v->text);
    return text.s != NULL ? text : json_str_of("");
}

void view_add_to_list(struct view *v, struct json_str item)
{
    if (v->text.len > 0)
        buf_puts(&v->text, ", ");
    buf_append(&v->text, item.s, item.len);
}

struct json_str view_enum(struct view *v, const ProtobufCEnumDescriptor *type, int value, const char *prefix)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(type, value);
    char *number;

    if (value == 0)
        return json_str_of("");
    if (known != NULL)
        return json_str_of(known->name + (strncmp(known->name, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0));
    number = arena_alloc(&v->arena, 12);
    if (number == NULL)
        return json_str_of("");
    snprintf(number, 12, "%d", value);
    return json_str_of(number);
}

bool view_filtered(const struct view *v, enum kind kind, const struct c1zread_row *row)
{
    return selection_passes(&v->cat->options->filter, kind, row);
}

int view_walk(struct view *v, enum kind kind, view_want *want, view_put *put, struct err *e)
{
    struct c1zread_query query = {v->cat->sync, kind, C1ZREAD_SORTED, C1ZREAD_LEAN};
    struct c1zread_rows *rows = c1zread_rows(v->cat->file, &query, e);
    struct c1zread_row row;
    ProtobufCMessage *m;
    int r = rows == NULL ? -1 : 1;

    v->rows = rows;
    while (r >= 0 && (r = c1zread_next(rows, &row, e)) > 0) {
        if (!want(v, kind, &row))
            continue;
        arena_reset(&v->arena);
        r = c1zread_message(rows, &v->arena, &m, e);
        if (r == 0)
            r = put(v, &row, m, e);
        if (r == 0 && (v->arena.failed || v->text.failed))
            r = err_set(e, EX_OSERR, "no memory for a row");
    }
    c1zread_rows_close(rows);
    return r;
}

int view_run(struct cat *c, struct sheet *s, int (*body)(struct view *v, struct err *e), struct err *e)
{
    struct view v = {.cat = c, .sheet = s};
    int r;

    arena_init(&v.arena, MESSAGE_BYTES_MAX);
    buf_init(&v.text, MESSAGE_BYTES_MAX);
    r = c1znames_load(&v.names, c->file, c->sync, e);
    if (r == 0)
        r = body(&v, e);
    c1znames_release(&v.names);
    arena_release(&v.arena);
    buf_release(&v.text);
    return r;
}

struct json_str view_type_name(struct view *v, const struct c1znames_resource *resource, struct json_str type)
{
    if (resource != NULL && resource->type != NULL)
        return resource->type->name;
    return c1znames_type_name(&v->names, type, &v->arena);
}
