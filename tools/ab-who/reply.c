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

int reply_heading(struct reply *p, const char *text, struct err *e)
{
    if (p->bold)
        buf_puts(&p->line, "\033[1m");
    buf_puts(&p->line, text);
    if (p->bold)
        buf_puts(&p->line, "\033[0m");
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

int reply_entry(struct reply *p, size_t indent, const char *label, size_t width, const char *text, struct err *e)
{
    size_t label_width = text_width(label, strlen(label)), from = indent + width, len = strlen(text);
    size_t room = from + TEXT_WIDTH_MIN < REPLY_WIDTH ? REPLY_WIDTH - from : TEXT_WIDTH_MIN;

    put_spaces(&p->line, indent);
    buf_puts(&p->line, label);
    if (label_width >= width && width > 0 && len > 0) {
        if (put_line(p, e) < 0)
            return -1;
        put_spaces(&p->line, from);
    } else if (len > 0) {
        put_spaces(&p->line, width - label_width);
    }
    while (len > 0) {
        size_t n = break_at(text, len, room);

        buf_append(&p->line, text, n);
        for (text += n, len -= n; len > 0 && *text == ' '; len--)
            text++;
        if (len > 0 && put_line(p, e) < 0)
            return -1;
        if (len > 0)
            put_spaces(&p->line, from);
    }
    return put_line(p, e);
}
