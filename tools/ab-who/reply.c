#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* Narrower than this no text is made, however far it is moved in. */
#define TEXT_WIDTH_MIN 20

void reply_init(struct reply *p)
{
    const char *no_color = getenv("NO_COLOR");

    out_init(&p->out, STDOUT_FILENO, "standard output");
    p->bold = isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');
    buf_init(&p->line, SIZE_MAX / 2);
    buf_init(&p->word, SIZE_MAX / 2);
}

int reply_close(struct reply *p, struct err *e)
{
    return out_close(&p->out, e);
}

void reply_release(struct reply *p)
{
    out_release(&p->out);
    buf_release(&p->line);
    buf_release(&p->word);
}

static int put_line(struct reply *p, struct err *e)
{
    int r =
        p->line.failed ? err_set(e, EX_OSERR, "no memory for a line") : out_line(&p->out, p->line.data, p->line.len, e);

    buf_clear(&p->line);
    return r;
}

int reply_json(struct reply *p, const struct buf *json, struct err *e)
{
    if (json->failed)
        return err_set(e, EX_OSERR, "no memory for the answer");
    text_put_json(&p->line, json->data, json->len);
    return put_line(p, e);
}

static void put_spaces(struct buf *line, size_t n)
{
    for (; n > 0; n--)
        buf_putc(line, ' ');
}

/* How much of ${text} goes on a line of ${width} columns: whole words, or a part of one that is too long. */
static size_t break_at(const char *text, size_t len, size_t width)
{
    size_t fit = text_fit(text, len, width), at = fit;

    if (fit == len)
        return len;
    while (at > 0 && text[at] != ' ')
        at--;
    return at > 0 ? at : fit > 0 ? fit : len;
}

/* Take as much of ${*text} as goes on a line of ${width} columns, and the spaces behind it: how many bytes to print. */
static size_t take_line(const char **text, size_t *len, size_t width)
{
    size_t n = break_at(*text, *len, width);

    *text += n;
    *len -= n;
    for (; *len > 0 && **text == ' '; --*len)
        ++*text;
    return n;
}

int reply_heading(struct reply *p, const char *text, struct err *e)
{
    size_t len = strlen(text);

    do {
        const char *line = text;
        size_t n = take_line(&text, &len, REPLY_WIDTH);

        if (p->bold)
            buf_puts(&p->line, "\033[1m");
        buf_append(&p->line, line, n);
        if (p->bold)
            buf_puts(&p->line, "\033[0m");
        if (put_line(p, e) < 0)
            return -1;
    } while (len > 0);
    return 0;
}

/* Put ${text} in lines that begin at column ${from}, the first of which is there already, all but the last. */
static int put_text(struct reply *p, size_t from, const char *text, struct err *e)
{
    size_t room = from + TEXT_WIDTH_MIN < REPLY_WIDTH ? REPLY_WIDTH - from : TEXT_WIDTH_MIN, len = strlen(text);

    while (len > 0) {
        const char *line = text;

        buf_append(&p->line, line, take_line(&text, &len, room));
        if (len > 0 && put_line(p, e) < 0)
            return -1;
        if (len > 0)
            put_spaces(&p->line, from);
    }
    return 0;
}

int reply_entry(struct reply *p, size_t indent, const char *label, size_t width, const char *text, struct err *e)
{
    size_t label_width = text_width(label, strlen(label)), from = indent + width;
    bool narrow = label_width < width || width == 0;

    put_spaces(&p->line, indent);
    if (put_text(p, indent, label, e) < 0)
        return -1;
    if (*text != '\0' && !narrow) {
        if (put_line(p, e) < 0)
            return -1;
        put_spaces(&p->line, from);
    } else if (*text != '\0' && width > 0) {
        put_spaces(&p->line, width - label_width);
    }
    if (put_text(p, from, text, e) < 0)
        return -1;
    return put_line(p, e);
}
