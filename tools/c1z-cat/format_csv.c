#include <string.h>

#include "formats.h"

/* Whether a spreadsheet would take the cell for a formula: it is one from the first of these characters on. */
static bool is_formula(struct json_str cell)
{
    return cell.len > 0 && memchr("=+-@\t\r", cell.s[0], 6) != NULL;
}

static bool needs_quotes(struct json_str cell)
{
    for (size_t i = 0; i < cell.len; i++)
        if (cell.s[i] == ',' || cell.s[i] == '"' || cell.s[i] == '\n' || cell.s[i] == '\r')
            return true;
    return cell.len > 0 && (cell.s[0] == ' ' || cell.s[cell.len - 1] == ' ');
}

static void put_quoted(struct buf *line, bool guard, struct json_str cell)
{
    buf_puts(line, guard ? "\"'" : "\"");
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.s[i] == '"')
            buf_putc(line, '"');
        buf_putc(line, cell.s[i]);
    }
    buf_putc(line, '"');
}

static void put_cell(struct sheet *s, struct json_str cell)
{
    bool guard = !s->raw && is_formula(cell);

    if (needs_quotes(cell)) {
        put_quoted(&s->line, guard, cell);
        return;
    }
    if (guard)
        buf_putc(&s->line, '\'');
    buf_append(&s->line, cell.s, cell.len);
}

static void csv_row(struct sheet *s, const struct json_str *cells)
{
    for (size_t i = 0; i < s->columns->n; i++) {
        if (i > 0)
            buf_putc(&s->line, ',');
        put_cell(s, cells[i]);
    }
    buf_putc(&s->line, '\n');
}

/* All titles are quoted: a file that begins with the letters ID is a file of another kind to Excel. */
static void csv_begin(struct sheet *s)
{
    for (size_t i = 0; i < s->columns->n; i++) {
        const char *title = s->columns->column[i].title;

        if (i > 0)
            buf_putc(&s->line, ',');
        put_quoted(&s->line, false, (struct json_str){title, strlen(title)});
    }
    buf_putc(&s->line, '\n');
}

const struct sheet_format format_csv = {.name = "csv", .begin = csv_begin, .row = csv_row};
