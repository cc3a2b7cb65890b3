#include "sheet.h"

#include <string.h>

#include "formats.h"
#include "lines.h"

static const struct sheet_format *const formats[] = {&format_ndjson, &format_json, &format_csv, &format_table};

const struct sheet_format *sheet_format(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

void sheet_init(
    struct sheet *s, const struct sheet_format *format, const struct sheet_columns *columns, bool raw, struct out *out)
{
    *s = (struct sheet){.format = format, .columns = columns, .out = out, .raw = raw};
    buf_init(&s->line, LINE_MAX_BYTES);
    buf_init(&s->cell, LINE_MAX_BYTES);
}

void sheet_release(struct sheet *s)
{
    buf_release(&s->line);
    buf_release(&s->cell);
}

/* Print what the format has put into the line. */
static int put_line(struct sheet *s, struct err *e)
{
    if (s->line.failed || s->cell.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return s->line.len == 0 ? 0 : out_write(s->out, s->line.data, s->line.len, e);
}

int sheet_row(struct sheet *s, const struct json_str *cells, struct err *e)
{
    if (s->measuring) {
        s->format->measure(s, cells);
        return s->cell.failed ? err_set(e, EX_OSERR, "no memory for a cell") : 0;
    }
    buf_clear(&s->line);
    s->format->row(s, cells);
    s->rows++;
    return put_line(s, e);
}

static int put_frame(struct sheet *s, void (*put)(struct sheet *s), struct err *e)
{
    if (put == NULL)
        return 0;
    buf_clear(&s->line);
    put(s);
    return put_line(s, e);
}

int sheet_print(struct sheet *s, int (*rows)(void *from, struct sheet *s, struct err *e), void *from, struct err *e)
{
    if (s->format->measure != NULL) {
        s->measuring = true;
        if (rows(from, s, e) < 0)
            return -1;
        s->measuring = false;
    }
    if (put_frame(s, s->format->begin, e) < 0 || rows(from, s, e) < 0)
        return -1;
    return put_frame(s, s->format->end, e);
}
