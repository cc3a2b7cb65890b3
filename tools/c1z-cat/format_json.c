#include <string.h>

#include "formats.h"
#include "text.h"

/* Make an object of the cells in ${s}->cell, and add it to the line so that it is safe to look at. */
static void put_object(struct sheet *s, const struct json_str *cells)
{
    char before = '{';

    buf_clear(&s->cell);
    for (size_t i = 0; i < s->columns->n; i++) {
        const char *member = s->columns->column[i].member;

        if (cells[i].len == 0)
            continue;
        buf_putc(&s->cell, before);
        json_put_string(&s->cell, member, strlen(member));
        buf_putc(&s->cell, ':');
        json_put_string(&s->cell, cells[i].s, cells[i].len);
        before = ',';
    }
    buf_puts(&s->cell, before == '{' ? "{}" : "}");
    text_put_json(&s->line, s->cell.data, s->cell.len);
}

static void ndjson_row(struct sheet *s, const struct json_str *cells)
{
    put_object(s, cells);
    buf_putc(&s->line, '\n');
}

static void list_begin(struct sheet *s)
{
    buf_putc(&s->line, '[');
}

static void list_row(struct sheet *s, const struct json_str *cells)
{
    buf_puts(&s->line, s->rows > 0 ? ",\n" : "\n");
    put_object(s, cells);
}

static void list_end(struct sheet *s)
{
    buf_puts(&s->line, "\n]\n");
}

const struct sheet_format format_ndjson = {.name = "ndjson", .row = ndjson_row};
const struct sheet_format format_json = {.name = "json", .begin = list_begin, .row = list_row, .end = list_end};
