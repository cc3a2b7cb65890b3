#include "gaplist.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "grow.h"
#include "log.h"
#include "text.h"

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

static enum gaplist_part part_of(const struct gap *gap)
{
    if (!gap->note)
        return GAPLIST_GAPS;
    return gap_is_skipped(gap) ? GAPLIST_LEFT_OUT : GAPLIST_NOTES;
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
    lines[g->n++] = (struct gaplist_line){at, g->text.len - at, line, part_of(gap)};
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

/* The most texts of a gap: its kind, reason and role, the names and the ids of its parents. */
#define TEXTS_MAX (3 + 2 * GAP_PARENTS_MAX)

/*
 * What a walk over the gaps finds that are not of the ${n_accepted} kinds ${accepted}: ${others} of them, of the ${kinds}, the last of which begins at
 * ${last_kind}.  ${texts}: what one is made of, each with a NUL behind it.
 */
struct verdict {
    const char *const *accepted;
    size_t n_accepted;
    struct buf words, texts, kinds;
    size_t others, last_kind;
};

static bool is_accepted(struct json_str of, const char *const *accepted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_eq(of, accepted[i]))
            return true;
    return false;
}

/* A copy of ${s} that is valid until ${v}->texts is cleared: there is room for all of one gap, so nothing moves. */
static const char *text_of(struct verdict *v, struct json_str s)
{
    size_t at = v->texts.len;

    buf_append(&v->texts, s.s, s.len);
    buf_putc(&v->texts, '\0');
    return v->texts.failed ? NULL : v->texts.data + at;
}

/* Warn of ${gap}: in words, and for programs by its parts, the parents under their names without "Id". */
static void warn_of(struct verdict *v, const struct gap *gap)
{
    struct log_field fields[5 + GAP_PARENTS_MAX];
    size_t n = 0;

    buf_clear(&v->words);
    gap_describe(&v->words, gap);
    buf_clear(&v->texts);
    if (buf_cstr(&v->words) == NULL || buf_reserve(&v->texts, TEXTS_MAX * (GAP_TEXT_MAX + 1)) == NULL)
        return;
    fields[n++] = LOG_STR("gap", v->words.data);
    fields[n++] = LOG_ALSO("of", text_of(v, gap->of));
    for (size_t i = 0; i < gap->n_parents; i++) {
        struct json_str name = {gap->parents[i].name.s, gap->parents[i].name.len - 2};

        fields[n] = LOG_ALSO("", text_of(v, gap->parents[i].id));
        if (fields[n].key != NULL)
            fields[n++].key = text_of(v, name);
    }
    if (gap->status > 0)
        fields[n++] = LOG_ALSO_INT("status", gap->status);
    fields[n++] = LOG_ALSO("reason", text_of(v, gap->reason));
    fields[n++] = LOG_ALSO("role", text_of(v, gap->needs));
    log_event(LOG_WARN, "access may be missing", fields, n);
}

/* Add ${of} to the kinds, with commas between them, unless it is the last one: gaps are sorted by kind. */
static void note_kind(struct verdict *v, struct json_str of)
{
    struct buf *kinds = &v->kinds;

    if (kinds->len > 0 && bytes_equal(kinds->data + v->last_kind, kinds->len - v->last_kind, of.s, of.len))
        return;
    if (kinds->len > 0)
        buf_puts(kinds, ", ");
    v->last_kind = kinds->len;
    text_put_safe(kinds, of.s, of.len);
}

/* Warn of ${gap} if it is not accepted. */
static int judge(void *arg, const struct gap *gap, struct err *e)
{
    struct verdict *v = arg;

    (void)e;
    if (is_accepted(gap->of, v->accepted, v->n_accepted))
        return 0;
    v->others++;
    note_kind(v, gap->of);
    warn_of(v, gap);
    return 0;
}

int gaplist_gaps(
    const struct gaplist *g, int (*each)(void *arg, const struct gap *gap, struct err *e), void *arg, struct err *e)
{
    struct json json;
    int r = 0;

    json_init(&json, NULL);
    for (size_t i = 0; r == 0 && i < g->n; i++) {
        const struct gaplist_line *line = &g->lines[i];
        struct gap gap;

        if (line->part != GAPLIST_GAPS)
            continue;
        r = gap_read(&gap, &json, g->text.data + line->at, line->len, 0, e);
        if (r == 0)
            r = each(arg, &gap, e);
    }
    json_release(&json);
    return r;
}

int gaplist_judge(const struct gaplist *g, const char *const *accepted, size_t n_accepted, bool allow,
    const char *input, struct err *e)
{
    struct verdict v = {.accepted = accepted, .n_accepted = n_accepted};
    int r;

    buf_init(&v.words, WORDS_MAX);
    buf_init(&v.texts, TEXTS_MAX * (GAP_TEXT_MAX + 1));
    buf_init(&v.kinds, WORDS_MAX);
    r = gaplist_gaps(g, judge, &v, e);
    if (r == 0 && v.others > 0 && !allow)
        r = err_set(e, EX_DATAERR,
            "%s: access may be missing: %zu gap%s (%s); --accept-gap KIND takes a kind of them as it is, "
            "--allow-incomplete all",
            input, v.others, v.others > 1 ? "s" : "", buf_cstr(&v.kinds) != NULL ? v.kinds.data : "...");
    buf_release(&v.words);
    buf_release(&v.texts);
    buf_release(&v.kinds);
    return r < 0 ? -1 : v.others > 0;
}

bool gaplist_has(const struct gaplist *g, enum gaplist_part part)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->lines[i].part == part)
            return true;
    return false;
}

void gaplist_put(struct buf *out, const struct gaplist *g, enum gaplist_part part)
{
    bool first = true;

    buf_putc(out, '[');
    for (size_t i = 0; i < g->n; i++) {
        if (g->lines[i].part != part)
            continue;
        if (!first)
            buf_putc(out, ',');
        buf_append(out, g->text.data + g->lines[i].at, g->lines[i].len);
        first = false;
    }
    buf_putc(out, ']');
}
