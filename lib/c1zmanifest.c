#include "c1zmanifest.h"

#include <string.h>

#include "bytes.h"
#include "gap.h"
#include "json.h"
#include "log.h"

static uint64_t *counter(struct c1zmanifest *m, const struct gap *line)
{
    if (!line->note)
        return &m->gaps;
    return gap_is_skipped(line) ? &m->left_out : &m->notes;
}

/* One gap or note of the list that stands next. */
static void read_line(struct c1zmanifest *m, struct json *j, struct json *inner, bool note, struct err *e)
{
    struct json_str raw;
    struct gap gap;

    if (!json_skip(j, &raw))
        return;
    if (gap_read(&gap, inner, raw.s, raw.len, 0, e) < 0) {
        json_fail(j, "not a gap or a note");
        return;
    }
    gap.note = note;
    gap_put(&m->lines, &gap);
    buf_putc(&m->lines, '\n');
    *counter(m, &gap) += 1;
}

static void read_lines(struct c1zmanifest *m, struct json *j, bool note)
{
    struct err ignored = {0};
    struct json inner;

    json_init(&inner, NULL);
    json_array(j);
    while (json_element(j))
        read_line(m, j, &inner, note, &ignored);
    json_release(&inner);
}

/* Read ${data}, whose members come in any order. */
static void read_members(struct c1zmanifest *m, struct json *j)
{
    struct json_str name;

    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "stages"))
            stages_read(&m->stages, j);
        else if (json_eq(name, "gaps") || json_eq(name, "notes") || json_eq(name, "leftOut"))
            read_lines(m, j, !json_eq(name, "gaps"));
        else
            json_skip(j, NULL);
    }
}

static int read_text(struct c1zmanifest *m, const struct buf *data, struct err *e)
{
    struct json_limits limits = {.text_len = C1ZMANIFEST_BYTES_MAX};
    struct json j;
    int r;

    json_init(&j, &limits);
    json_begin(&j, data->data, data->len, 0);
    read_members(m, &j);
    r = json_end(&j, e);
    json_release(&j);
    if (r < 0)
        return -1;
    return m->lines.failed ? err_set(e, EX_OSERR, "no memory for the manifest") : 0;
}

int c1zmanifest_read(struct c1zmanifest *m, struct c1zread *r, const struct c1zread_sync *sync, struct err *e)
{
    struct buf data;
    int found;

    *m = (struct c1zmanifest){0};
    stages_init(&m->stages);
    buf_init(&m->lines, C1ZMANIFEST_BYTES_MAX);
    buf_init(&data, C1ZMANIFEST_BYTES_MAX);
    found = c1zread_asset(r, sync, C1ZMANIFEST_ASSET, &data, e);
    if (found > 0 && (found = read_text(m, &data, e)) < 0)
        err_context(e, "'%s': the manifest of sync '%s'", c1zread_name(r), sync->id);
    buf_release(&data);
    return found;
}

void c1zmanifest_release(struct c1zmanifest *m)
{
    stages_release(&m->stages);
    buf_release(&m->lines);
}

static bool is_gap(const struct gap *line)
{
    return !line->note;
}

static bool is_note(const struct gap *line)
{
    return line->note && !gap_is_skipped(line);
}

static int each_line(const struct c1zmanifest *m, bool (*wanted)(const struct gap *line),
    int (*each)(void *arg, const struct gap *line, struct err *e), void *arg, struct err *e)
{
    const char *at = m->lines.data, *end = at + m->lines.len;
    struct json json;
    int r = 0;

    json_init(&json, NULL);
    while (r == 0 && at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((lf != NULL ? lf : end) - at);
        struct gap line;

        r = gap_read(&line, &json, at, len, 0, e);
        if (r == 0 && wanted(&line))
            r = each(arg, &line, e);
        at += len + 1;
    }
    json_release(&json);
    return r;
}

int c1zmanifest_gaps(
    const struct c1zmanifest *m, int (*each)(void *arg, const struct gap *gap, struct err *e), void *arg, struct err *e)
{
    return each_line(m, is_gap, each, arg, e);
}

int c1zmanifest_notes(const struct c1zmanifest *m, int (*each)(void *arg, const struct gap *note, struct err *e),
    void *arg, struct err *e)
{
    return each_line(m, is_note, each, arg, e);
}

int c1zmanifest_left_out(const struct c1zmanifest *m, int (*each)(void *arg, const struct gap *note, struct err *e),
    void *arg, struct err *e)
{
    return each_line(m, gap_is_skipped, each, arg, e);
}

/* Unlicensed, missing, gone: these hide nothing, and so do the words of others, of which a note is to say no more. */
bool c1zmanifest_refused(const struct gap *note)
{
    static const char *const reasons[] = {"forbidden", "partial", "unlisted", "role", "unfinished"};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (json_eq(note->reason, reasons[i]))
            return true;
    return false;
}

/* What was refused of these kinds gives no access (ab-raw(5)); of kinds that are not known here nobody can say that. */
static bool is_hidden(const struct gap *line)
{
    static const char *const without[] = {"invitation", "user", "audit_event"};

    if (!is_note(line) || !c1zmanifest_refused(line))
        return false;
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        if (json_eq(line->of, without[i]))
            return false;
    return true;
}

/* ${n} kinds in ${text}, the last of which begins at ${last}. */
struct kinds {
    struct buf *text;
    size_t last;
    int n;
};

/* Add the kind of ${line}, unless it is the last one: lines are sorted by kind. */
static int add_kind(void *arg, const struct gap *line, struct err *e)
{
    struct kinds *k = arg;
    struct buf *text = k->text;

    (void)e;
    if (k->n > 0 && (text->failed || bytes_equal(text->data + k->last, text->len - k->last, line->of.s, line->of.len)))
        return 0;
    if (k->n++ > 0)
        buf_puts(text, ", ");
    k->last = text->len;
    buf_append(text, line->of.s, line->of.len);
    return 0;
}

static int kinds_of(
    const struct c1zmanifest *m, bool (*wanted)(const struct gap *line), struct buf *text, struct err *e)
{
    struct kinds k = {.text = text};

    return each_line(m, wanted, add_kind, &k, e) < 0 ? -1 : k.n;
}

int c1zmanifest_hidden_kinds(const struct c1zmanifest *m, struct buf *kinds, struct err *e)
{
    return kinds_of(m, is_hidden, kinds, e);
}

int c1zmanifest_left_out_kinds(const struct c1zmanifest *m, struct buf *kinds, struct err *e)
{
    return kinds_of(m, gap_is_skipped, kinds, e);
}

static void warn_kinds(const struct c1zmanifest *m, bool (*wanted)(const struct gap *line), const char *msg)
{
    struct buf kinds;
    struct err ignored = {0};

    buf_init(&kinds, C1ZMANIFEST_KINDS_MAX);
    if (kinds_of(m, wanted, &kinds, &ignored) > 0)
        log_warn(msg, LOG_STR("kinds", buf_cstr(&kinds) != NULL ? kinds.data : "..."));
    buf_release(&kinds);
}

static void warn_manifest(struct c1zread *r, const struct c1zread_sync *sync, unsigned of)
{
    struct c1zmanifest m;
    struct err e = {0};

    if (c1zmanifest_read(&m, r, sync, &e) < 0) {
        log_warn("whether the sync has gaps cannot be told", LOG_STR("error", e.msg));
    } else {
        if ((of & C1ZMANIFEST_GAPS) != 0 && m.gaps > 0)
            log_warn("the sync has gaps: access may exist that nobody could see", LOG_INT("gaps", (int64_t)m.gaps));
        if ((of & C1ZMANIFEST_HIDDEN) != 0)
            warn_kinds(&m, is_hidden, "the application was not shown all that gives access");
        if ((of & C1ZMANIFEST_LEFT_OUT) != 0)
            warn_kinds(&m, gap_is_skipped, "records were left out of the sync on purpose");
    }
    c1zmanifest_release(&m);
}

void c1zmanifest_warn(struct c1zread *r, const struct c1zread_sync *sync, unsigned of)
{
    if (sync->ended_at == NULL)
        log_warn("the sync is not finished");
    else if (!c1zread_whole(sync))
        log_warn("the sync is not full", LOG_STR("type", sync->type));
    /* Of another it is said already that it does not have all. */
    if (!c1zread_whole(sync))
        of &= ~(unsigned)C1ZMANIFEST_LEFT_OUT;
    if (of != 0)
        warn_manifest(r, sync, of);
}
