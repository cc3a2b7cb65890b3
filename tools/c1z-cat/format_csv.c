#include <string.h>

#include "formats.h"
#include "text.h"

/*
 * Characters that make a cell a formula for a spreadsheet that finds them first: also in full width, as spreadsheets set
 * to East Asian languages do.
 */
static bool is_formula(struct json_str cell)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

    if (cell.len > 0 && memchr("=+-@\t\r\n", cell.s[0], 7) != NULL)
        return true;
    for (size_t i = 0; cell.len >= 3 && i < sizeof(wide) / sizeof(wide[0]); i++)
        if (memcmp(cell.s, wide[i], 3) == 0)
            return true;
    return false;
}

/*
 * Whether the character cannot stand in a cell: tabs and ends of lines can, and what joins letters and emoji, or makes
 * an emoji of a sign.
 */
static bool is_unsafe(uint32_t c)
{
    static const uint32_t fine[] = {'\t', '\n', '\r', 0x200c, 0x200d, 0xfe0e, 0xfe0f};

    if (!text_is_unsafe(c))
        return false;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        if (c == fine[i])
            return false;
    return true;
}

/* What stands in a cell: something that needs quotes around it; something but plain ASCII. */
enum { QUOTABLE = 1, ODD = 2 };

/* The byte ${c} in each of the eight bytes of a word. */
static uint64_t eight(unsigned char c)
{
    return c * UINT64_C(0x0101010101010101);
}

/* Not 0 if a byte of ${word} is less than ${c}, which is at most 0x80. */
static uint64_t less(uint64_t word, unsigned char c)
{
    return (word - eight(c)) & ~word & eight(0x80);
}

/* Whether the eight bytes at ${p} are of plain ASCII, and none needs quotes. */
static bool are_plain(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return (less(word, 0x20) | ((word | (word + eight(1))) & eight(0x80)) | less(word ^ eight(','), 1) |
               less(word ^ eight('"'), 1)) == 0;
}

static unsigned look_at(struct json_str cell)
{
    unsigned seen = 0;
    size_t i = 0;

    while (cell.len - i >= sizeof(uint64_t) && are_plain(cell.s + i))
        i += sizeof(uint64_t);
    for (; i < cell.len; i++) {
        unsigned char c = (unsigned char)cell.s[i];

        seen |= c < 0x20 || c >= 0x7f ? ODD : 0;
        seen |= c == ',' || c == '"' || c == '\n' || c == '\r' ? QUOTABLE : 0;
    }
    return cell.len > 0 && (cell.s[0] == ' ' || cell.s[cell.len - 1] == ' ') ? seen | QUOTABLE : seen;
}

/* Append ${cell} to ${out} with unsafe characters escaped. */
static void put_safe(struct buf *out, struct json_str cell)
{
    for (size_t i = 0, n; i < cell.len; i += n) {
        uint32_t c;

        n = text_decode(cell.s + i, cell.len - i, &c);
        if (n == 0 || is_unsafe(c)) {
            n += n == 0;
            text_put_safe(out, cell.s + i, n);
        } else {
            buf_append(out, cell.s + i, n);
        }
    }
}

static void put_quoted(struct buf *line, struct json_str cell)
{
    buf_putc(line, '"');
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.s[i] == '"')
            buf_putc(line, '"');
        buf_putc(line, cell.s[i]);
    }
    buf_putc(line, '"');
}

static void put_cell(struct sheet *s, struct json_str cell)
{
    unsigned seen = look_at(cell);
    bool guard = !s->raw && is_formula(cell);

    if (guard || (!s->raw && (seen & ODD))) {
        buf_clear(&s->cell);
        buf_puts(&s->cell, guard ? "'" : "");
        put_safe(&s->cell, cell);
        cell = (struct json_str){s->cell.data, s->cell.len};
    }
    if (seen & QUOTABLE)
        put_quoted(&s->line, cell);
    else
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
        put_quoted(&s->line, (struct json_str){title, strlen(title)});
    }
    buf_putc(&s->line, '\n');
}

const struct sheet_format format_csv = {.name = "csv", .begin = csv_begin, .row = csv_row};
