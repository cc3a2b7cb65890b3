#include "reasons.h"

#include "phrase.h"

/* Where the lines go, and how many there are already. */
struct lines {
    struct who *w;
    const char *label;
    size_t width, n;
};

static int put_chain(void *arg, const struct c1znames_entitlement *const *steps, size_t n, struct err *e)
{
    struct lines *l = arg;
    struct buf *text = &l->w->reply.word;

    buf_clear(text);
    phrase_chain(text, &l->w->names, steps, n);
    if (buf_cstr(text) == NULL)
        return err_set(e, EX_OSERR, "no memory for a reason");
    return reply_entry(&l->w->reply, 2, l->n++ == 0 ? l->label : "", l->width, text->data, e);
}

int reasons_put(struct who *w, const char *label, size_t width, const struct why_grant *grant, struct err *e)
{
    struct lines l = {.w = w, .label = label, .width = width};
    int r = why_chains(&w->why, grant, put_chain, &l, e);

    if (r > 0)
        return reply_entry(&w->reply, 2, "", width, "and for more reasons", e);
    if (r == 0 && l.n == 0)
        return reply_entry(&w->reply, 2, label, width, "for a reason that the file does not tell", e);
    return r;
}

static int json_chain(void *arg, const struct c1znames_entitlement *const *steps, size_t n, struct err *e)
{
    struct lines *l = arg;
    struct buf *text = &l->w->text;

    (void)e;
    buf_puts(text, l->n++ > 0 ? ",[" : "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(text, ',');
        phrase_json_entitlement(text, &l->w->names, steps[i]);
    }
    buf_putc(text, ']');
    return 0;
}

int reasons_json(struct who *w, const struct why_grant *grant, struct err *e)
{
    struct lines l = {.w = w};
    int r;

    buf_putc(&w->text, '[');
    r = why_chains(&w->why, grant, json_chain, &l, e);
    buf_putc(&w->text, ']');
    return r < 0 ? -1 : 0;
}
