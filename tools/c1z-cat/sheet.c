#include "sheet.h"

#include <string.h>

#include "lines.h"

/* One JSON object per line. A cell that is empty has no member. */
static void ndjson_row(struct sheet *s, const struct json_str *cells)
{
    char before = '{';

    for (size_t i = 0; i < s->columns->n; i++) {
        const char *member = s->columns->column[i].member;

        if (cells[i].len == 0)
            continue;
        buf_putc(&s->line, before);
        json_put_string(&s->line, member, strlen(member));
        buf_putc(&s->line, ':');
        json_put_string(&s->line, cells[i].s, cells[i].len);
        before = ',';
    }
    buf_puts(&s->line, before == '{' ? "{}\n" : "}\n");
}

static const struct sheet_format formats[] = {
    {.name = "ndjson", .row = ndjson_row},
};

const struct sheet_format *sheet_format(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

/* Print what the format has put into the line. */
static int put_line(struct sheet *s, struct err *e)
{
    if (s->line.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return s->line.len == 0 ? 0 : out_write(s->out, s->line.data, s->line.len, e);
}

int sheet_begin(struct sheet *s, const struct sheet_format *format, const struct sheet_columns *columns,
    struct out *out, struct err *e)
{
    *s = (struct sheet){.format = format, .columns = columns, .out = out};
    buf_init(&s->line, LINE_MAX_BYTES);
    if (format->begin != NULL)
        format->begin(s);
    return put_line(s, e);
}

int sheet_row(struct sheet *s, const struct json_str *cells, struct err *e)
{
    buf_clear(&s->line);
    s->format->row(s, cells);
    s->rows++;
    return put_line(s, e);
}

int sheet_end(struct sheet *s, struct err *e)
{
    buf_clear(&s->line);
    if (s->format->end != NULL)
        s->format->end(s);
    return put_line(s, e);
}

void sheet_release(struct sheet *s)
{
    buf_release(&s->line);
}
