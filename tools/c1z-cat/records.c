#include "records.h"

#include <stdio.h>
#include <string.h>

#include "c1zmanifest.h"
#include "frame.h"
#include "gap.h"
#include "log.h"
#include "protojson.h"

/* What one row may take as a message and as a line. */
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)
#define LINE_BYTES_MAX ((size_t)1 << 30)

/* ${records} and ${gaps} are what the end line counts; ${cut} are the records of which something was left out. */
struct stream {
    struct cat *cat;
    struct arena arena;
    struct buf line;
    uint64_t records, gaps, cut;
};

static int put_line(struct stream *s, struct err *e)
{
    s->records++;
    if (s->line.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return out_line(&s->cat->out, s->line.data, s->line.len, e);
}

static int put_record(struct stream *s, struct c1zread_rows *rows, struct err *e)
{
    ProtobufCMessage *m;
    int left_out;

    arena_reset(&s->arena);
    buf_clear(&s->line);
    if (c1zread_message(rows, &s->arena, &m, e) < 0)
        return -1;
    left_out = protojson_write(&s->line, &s->arena, m, e);
    if (left_out < 0)
        return c1zread_place(rows, e);
    s->cut += (unsigned)left_out;
    return put_line(s, e);
}

static int put_kind(struct stream *s, enum kind kind, struct err *e)
{
    struct c1zread_query query = {s->cat->sync, kind, C1ZREAD_STORED, C1ZREAD_WHOLE};
    struct c1zread_rows *rows = c1zread_rows(s->cat->file, &query, e);
    struct c1zread_row row;
    int r;

    if (rows == NULL)
        return -1;
    while ((r = c1zread_next(rows, &row, e)) > 0)
        if (selection_passes(&s->cat->options->filter, kind, &row) && put_record(s, rows, e) < 0) {
            r = -1;
            break;
        }
    c1zread_rows_close(rows);
    return r;
}

/* Say that this is not all there is, so that the stream is not taken for the whole. */
static int put_gap(struct stream *s, const char *reason, struct err *e)
{
    struct gap gap = {.of = {"sync", 4}, .reason = {reason, strlen(reason)}};

    buf_clear(&s->line);
    gap_put(&s->line, &gap);
    s->gaps++;
    return put_line(s, e);
}

/* The gaps and notes of the manifest, and what the sync itself says. */
static int put_gaps(struct stream *s, const struct c1zmanifest *m, struct err *e)
{
    if (m->lines.len > 0 && out_write(&s->cat->out, m->lines.data, m->lines.len, e) < 0)
        return -1;
    s->records += m->gaps + m->notes + m->left_out;
    s->gaps += m->gaps;
    if (s->cat->sync->ended_at == NULL)
        return put_gap(s, "unfinished", e);
    return c1zread_whole(s->cat->sync) ? 0 : put_gap(s, "partial", e);
}

static int put_begin(struct stream *s, const struct stages *stages, struct err *e)
{
    const struct c1zread_sync *sync = s->cat->sync;
    char source[C1ZREAD_SYNC_TEXT_MAX + 8], started_at[C1ZREAD_TIME_SIZE];

    if (!c1zread_time(sync->started_at, started_at))
        return err_set(e, EX_DATAERR, "'%s': started_at of sync '%s' is not a time: '%s'", c1zread_name(s->cat->file),
            sync->id, sync->started_at);
    snprintf(source, sizeof(source), "c1z:%s", sync->id);
    return frame_begin(&s->cat->out, FRAME_RECORDS, source, started_at, stages->n > 0 ? stages : NULL, e);
}

static int put_kinds(struct stream *s, struct err *e)
{
    const struct cat_options *o = s->cat->options;

    for (size_t i = 0; i < o->n; i++)
        if (put_kind(s, o->subjects[i]->kind, e) < 0)
            return -1;
    return 0;
}

static int put_framed(struct stream *s, struct err *e)
{
    struct c1zmanifest m;
    int r = c1zmanifest_read(&m, s->cat->file, s->cat->sync, e);

    if (r == 0 && (put_begin(s, &m.stages, e) < 0 || put_gaps(s, &m, e) < 0 || put_kinds(s, e) < 0))
        r = -1;
    c1zmanifest_release(&m);
    return r < 0 ? -1 : frame_end(&s->cat->out, s->records, s->gaps, NULL, e);
}

static int put_stream(struct stream *s, struct err *e)
{
    /* What a filter passed is no stream that anybody should take for the whole. */
    return selection_bits(&s->cat->options->filter) != 0 ? put_kinds(s, e) : put_framed(s, e);
}

int records_print(struct cat *c, struct err *e)
{
    struct stream s = {.cat = c};
    int r;

    arena_init(&s.arena, MESSAGE_BYTES_MAX);
    buf_init(&s.line, LINE_BYTES_MAX);
    r = put_stream(&s, e);
    if (s.cut > 0)
        log_warn("fields that this version does not know are not printed", LOG_INT("records", (int64_t)s.cut));
    c->rows = s.records;
    arena_release(&s.arena);
    buf_release(&s.line);
    return r;
}
