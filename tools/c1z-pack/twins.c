#include "twins.h"

#include <inttypes.h>

#include "grantids.h"

/* A grant's message and what it expands by, twice, is two lines at most. */
#define COMPARED_MAX ((size_t)512 << 20)

/* ${first} and ${second} are the lines of the pair that differs with the least later line, or 0. */
struct search {
    struct store *s;
    struct buf a, b;
    uint64_t first, second;
};

/* Append all that is stored of ${grant}. */
static void put_all(const struct grants *g, const struct grant *grant, struct buf *out)
{
    buf_printf(out, "%d %zu ", grant->expands, grant->expansion.len);
    buf_append(out, grant->expansion.p, grant->expansion.len);
    grants_put_message(g, grant, out);
}

/* Compare the grants of one id, numbers ${a} and ${b}: drop ${b}, or note that they differ. */
static int compare(struct search *x, uint64_t a, uint64_t b, struct err *e)
{
    struct grants *g = &x->s->grants;
    struct grant first, second;

    buf_clear(&x->a);
    buf_clear(&x->b);
    if (grants_read(g, a, &first, e) < 0)
        return -1;
    put_all(g, &first, &x->a);
    if (grants_read(g, b, &second, e) < 0)
        return -1;
    put_all(g, &second, &x->b);
    if (x->a.failed || x->b.failed)
        return err_set(e, EX_OSERR, "no memory to compare two grants");
    if (span_compare(span_of_buf(&x->a), span_of_buf(&x->b)) == 0)
        return grants_drop(g, b, e);
    if (x->second == 0 || second.line < x->second) {
        x->first = first.line;
        x->second = second.line;
    }
    return 0;
}

/* Compare each grant with the first of its id. */
static int walk(struct search *x, struct grantids *ids, struct err *e)
{
    struct grantid id;
    uint64_t first = 0;
    int r;

    while ((r = grantids_next(ids, &id, e)) > 0) {
        if (!id.same)
            first = id.grant;
        else if (compare(x, first, id.grant, e) < 0)
            return -1;
    }
    return r;
}

int twins_drop(struct store *s, struct err *e)
{
    struct search x = {.s = s};
    struct grantids ids = {0};
    int r = grantids_open(&ids, &s->grants, s->dir, false, e);

    buf_init(&x.a, COMPARED_MAX);
    buf_init(&x.b, COMPARED_MAX);
    if (r == 0)
        r = walk(&x, &ids, e);
    grantids_close(&ids);
    buf_release(&x.a);
    buf_release(&x.b);
    if (r == 0 && x.second != 0)
        r = err_set(e, EX_DATAERR, "%s: line %" PRIu64 ": differs from the %s of the same id in line %" PRIu64,
            s->input, x.second, kind_names(KIND_GRANT)->noun, x.first);
    return r;
}
