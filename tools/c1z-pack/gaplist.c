#include "gaplist.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "grow.h"
#include "log.h"

/* A gap in words: all its texts at their longest. */
#define WORDS_MAX (32 * GAP_TEXT_MAX)

void gaplist_init(struct gaplist *g)
{
    *g = (struct gaplist){0};
    buf_init(&g->text, GAPLIST_BYTES_MAX);
}

void gaplist_release(struct gaplist *g)
{
    buf_release(&g->text);
    free(g->lines);
    *g = (struct gaplist){0};
}

int gaplist_add(struct gaplist *g, const struct gap *gap, uint64_t line, struct err *e)
{
    struct gaplist_line *lines = grow_array(g->lines, &g->cap, g->n + 1, GAPLIST_BYTES_MAX, sizeof(*lines));
    size_t at = g->text.len;

    if (lines == NULL)
        return err_set(e, EX_OSERR, "no memory");
    g->lines = lines;
    gap_put(&g->text, gap);
    if (g->text.failed)
        return err_set(
            e, EX_DATAERR, "line %" PRIu64 ": more gaps and notes than %zu MiB", line, GAPLIST_BYTES_MAX >> 20);
    lines[g->n++] = (struct gaplist_line){at, g->text.len - at, line, gap->note};
    return 0;
}

static int by_text(const void *a, const void *b, void *arg)
{
    const struct gaplist_line *x = a, *y = b;
    const char *text = arg;

    return bytes_compare(text + x->at, x->len, text + y->at, y->len);
}

void gaplist_sort(struct gaplist *g)
{
    size_t kept = 0;

    if (g->n > 1)
        qsort_r(g->lines, g->n, sizeof(*g->lines), by_text, g->text.data);
    for (size_t i = 0; i < g->n; i++)
        if (kept == 0 || by_text(&g->lines[kept - 1], &g->lines[i], g->text.data) != 0)
            g->lines[kept++] = g->lines[i];
    g->n = kept;
}

/* What a walk over the gaps that are not accepted finds. */
struct verdict {
    struct json json;
    struct buf words;
    size_t others;
};

static bool is_accepted(struct json_str of, const char *const *accepted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_eq(of, accepted[i]))
            return true;
    return false;
}

/* Put the gap in words, if it is not one of those accepted: whether it is another. -1 with ${e} on failure. */
static int look_at(struct verdict *v, const struct gaplist *g, const struct gaplist_line *line,
    const char *const *accepted, size_t n, struct err *e)
{
    struct gap gap;

    if (line->note)
        return 0;
    if (gap_read(&gap, &v->json, g->text.data + line->at, line->len, 0, e) < 0)
        return -1;
    if (is_accepted(gap.of, accepted, n))
        return 0;
    buf_clear(&v->words);
    gap_describe(&v->words, &gap);
    v->others++;
    return 1;
}

/* Warn of each that is not accepted. */
static int warn_each(struct verdict *v, const struct gaplist *g, const char *const *accepted, size_t n, struct err *e)
{
    for (size_t i = 0; i < g->n; i++) {
        int r = look_at(v, g, &g->lines[i], accepted, n, e);
        const char *words = r > 0 ? buf_cstr(&v->words) : NULL;

        if (r < 0)
            return -1;
        if (words != NULL)
            log_warn("access may be missing", LOG_STR("gap", words));
    }
    return 0;
}

int gaplist_judge(const struct gaplist *g, const char *const *accepted, size_t n_accepted, bool allow,
    const char *input, struct err *e)
{
    struct verdict v = {0};
    int r;

    json_init(&v.json, NULL);
    buf_init(&v.words, WORDS_MAX);
    r = warn_each(&v, g, accepted, n_accepted, e);
    if (r == 0 && v.others > 0 && !allow)
        r = err_set(e, EX_DATAERR,
            "%s: access may be missing: %zu gap%s; --accept-gap KIND takes a kind of them as it is, --allow-incomplete "
            "all",
            input, v.others, v.others > 1 ? "s" : "");
    json_release(&v.json);
    buf_release(&v.words);
    return r < 0 ? -1 : v.others > 0;
}

void gaplist_put(struct buf *out, const struct gaplist *g, bool notes)
{
    bool first = true;

    buf_putc(out, '[');
    for (size_t i = 0; i < g->n; i++) {
        if (g->lines[i].note != notes)
            continue;
        if (!first)
            buf_putc(out, ',');
        buf_append(out, g->text.data + g->lines[i].at, g->lines[i].len);
        first = false;
    }
    buf_putc(out, ']');
}
