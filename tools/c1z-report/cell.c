#include "cell.h"

#include <string.h>

#include "text.h"

#define LINE_BYTES_MAX ((size_t)1 << 30)

void cell_init(struct cell *c)
{
    buf_init(&c->line, LINE_BYTES_MAX);
    buf_init(&c->safe, LINE_BYTES_MAX);
}

void cell_release(struct cell *c)
{
    buf_release(&c->line);
    buf_release(&c->safe);
}

static void put_safe(struct cell *c)
{
    buf_putc(&c->line, '"');
    for (size_t i = 0; i < c->safe.len; i++) {
        char byte = c->safe.data[i];

        if (byte == '<' || byte == '>' || byte == '&')
            buf_printf(&c->line, "\\u%04x", (unsigned)byte);
        else if (byte == '"' || byte == '\\')
            buf_append(&c->line, (char[]){'\\', byte}, 2);
        else
            buf_putc(&c->line, byte);
    }
    buf_putc(&c->line, '"');
    c->line.failed |= c->safe.failed;
}

void cell_text(struct cell *c, struct json_str text)
{
    buf_clear(&c->safe);
    text_put_safe(&c->safe, text.s, text.len);
    put_safe(c);
}

void cell_word(struct cell *c, const char *word)
{
    cell_text(c, (struct json_str){word, strlen(word)});
}

void cell_time(struct cell *c, const char *text)
{
    char time[C1ZREAD_TIME_SIZE];

    if (text == NULL)
        cell_word(c, "");
    else
        cell_word(c, c1zread_time(text, time) ? time : text);
}

void cell_place(struct cell *c, const struct c1znames *names, const struct c1zread_ref *ref)
{
    const struct c1znames_resource *resource = c1znames_resource(names, ref);

    if (resource != NULL) {
        buf_printf(&c->line, "%td", resource - names->resources);
        return;
    }
    buf_clear(&c->safe);
    text_put_safe(&c->safe, ref->type.s, ref->type.len);
    buf_putc(&c->safe, ':');
    text_put_safe(&c->safe, ref->id.s, ref->id.len);
    put_safe(c);
}
