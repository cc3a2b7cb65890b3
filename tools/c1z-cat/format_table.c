#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "formats.h"
#include "number.h"
#include "setting.h"
#include "text.h"

/* What stands between columns, and the least that a column is cut to. */
static const char gap[] = " | ";
#define GAP_WIDTH (sizeof(gap) - 1)
#define COLUMN_WIDTH_MIN 8

/* The most that a cell is padded to where there is no terminal: one long name must not make every row as long. */
#define PADDED_WIDTH_MAX 100

/* What stands for the rest of a cell that is cut: one column wide. */
static const char rest[] = "\xe2\x80\xa6";

/* Make ${text} safe for a terminal in ${s}->cell, "-" for nothing. Return its width. */
static size_t make_cell(struct sheet *s, const char *text, size_t len)
{
    buf_clear(&s->cell);
    if (len == 0)
        buf_putc(&s->cell, '-');
    else
        text_put_safe(&s->cell, text, len);
    return text_width(s->cell.data, s->cell.len);
}

static void table_measure(struct sheet *s, const struct json_str *cells)
{
    for (size_t i = 0; i < s->columns->n; i++) {
        size_t width = s->columns->column[i].table ? make_cell(s, cells[i].s, cells[i].len) : 0;

        if (width > s->width[i])
            s->width[i] = width;
    }
}

/*
 * Append the cell that was made, of ${width} columns, to column ${i}; padded unless it is the last.  One that is wider than
 * its column is cut on a terminal, and runs over elsewhere.
 */
static void put_cell(struct sheet *s, size_t i, size_t width, bool last)
{
    size_t len = s->cell.len;

    if (s->cut && width > s->width[i]) {
        len = text_fit(s->cell.data, len, s->width[i] - 1);
        width = text_width(s->cell.data, len) + 1;
    }
    buf_append(&s->line, s->cell.data, len);
    if (len < s->cell.len)
        buf_puts(&s->line, rest);
    for (; !last && width < s->width[i]; width++)
        buf_putc(&s->line, ' ');
}

/* The last column that tables have. */
static size_t last_column(const struct sheet *s)
{
    size_t last = 0;

    for (size_t i = 0; i < s->columns->n; i++)
        if (s->columns->column[i].table)
            last = i;
    return last;
}

static void table_row(struct sheet *s, const struct json_str *cells)
{
    size_t last = last_column(s);

    for (size_t i = 0; i <= last; i++) {
        if (!s->columns->column[i].table)
            continue;
        put_cell(s, i, make_cell(s, cells[i].s, cells[i].len), i == last);
        if (i < last)
            buf_puts(&s->line, gap);
    }
    buf_putc(&s->line, '\n');
}

/* The width of the terminal that standard output is, or 0 where it is none, or does not know. */
static size_t terminal_width(void)
{
    struct winsize size;
    int64_t columns;

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return setting_text("COLUMNS") != NULL && number_parse(setting_text("COLUMNS"), 1, 10000, &columns) == 0
               ? (size_t)columns
               : 0;
}

/* How wide the table is, and in ${*widest} its widest column. */
static size_t total_width(const struct sheet *s, size_t *widest)
{
    size_t total = 0;

    *widest = 0;
    for (size_t i = 0; i < s->columns->n; i++) {
        total += s->columns->column[i].table ? s->width[i] + GAP_WIDTH : 0;
        if (s->width[i] > s->width[*widest])
            *widest = i;
    }
    return total - GAP_WIDTH;
}

/* Make the widest columns narrower until the table fits, or none can be; without a terminal, those that are very wide. */
static void fit_width(struct sheet *s)
{
    size_t room = terminal_width(), widest;

    s->cut = room > 0;
    for (size_t i = 0; !s->cut && i < s->columns->n; i++)
        if (s->width[i] > PADDED_WIDTH_MAX)
            s->width[i] = PADDED_WIDTH_MAX;
    while (s->cut && total_width(s, &widest) > room && s->width[widest] > COLUMN_WIDTH_MIN)
        s->width[widest]--;
}

static void table_begin(struct sheet *s)
{
    struct json_str titles[SHEET_COLUMNS_MAX];
    bool bold = isatty(STDOUT_FILENO) && setting_text("NO_COLOR") == NULL;

    for (size_t i = 0; i < s->columns->n; i++)
        titles[i] = (struct json_str){s->columns->column[i].title, strlen(s->columns->column[i].title)};
    table_measure(s, titles);
    fit_width(s);
    buf_puts(&s->line, bold ? "\x1b[1m" : "");
    table_row(s, titles);
    if (bold) {
        s->line.len--;
        buf_puts(&s->line, "\x1b[0m\n");
    }
}

const struct sheet_format format_table = {
    .name = "table", .measure = table_measure, .begin = table_begin, .row = table_row};
