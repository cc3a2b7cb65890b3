#include "pass.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "mask.h"
#include "out.h"
#include "protojson.h"

/* What one record may take, as a message and as a line. */
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)
#define LINE_BYTES_MAX ((size_t)1 << 30)

struct pass {
    struct frame_reader reader;
    struct out out;
    struct mask mask;
    struct json json;
    struct arena arena;
    struct buf line;
};

static int pass_begin(struct pass *s, struct err *e)
{
    struct json_str source = mask_source(&s->mask, s->reader.source, &s->arena);
    char text[64];

    if (s->arena.failed || source.len >= sizeof(text))
        return err_set(e, EX_OSERR, "no memory");
    *(char *)mempcpy(text, source.s, source.len) = '\0';
    return frame_begin(&s->out, FRAME_RECORDS, text, s->reader.started_at, NULL, e);
}

static int pass_gap(struct pass *s, const struct frame *f, struct err *e)
{
    struct gap gap;

    if (gap_read(&gap, &s->json, f->text, f->len, f->line, e) < 0)
        return -1;
    mask_gap(&s->mask, &gap, &s->arena);
    gap_put(&s->line, &gap);
    return 0;
}

static int pass_record(struct pass *s, const struct frame *f, struct err *e)
{
    ProtobufCMessage *m;

    json_begin(&s->json, f->text, f->len, f->line);
    if (protojson_read(&s->json, &s->arena, &m, e) < 0)
        return -1;
    if (mask_record(&s->mask, m, &s->arena, e) < 0 || protojson_write(&s->line, &s->arena, m, e) < 0)
        return err_context(e, "line %" PRIu64, f->line);
    return 0;
}

static int pass_line(struct pass *s, const struct frame *f, struct err *e)
{
    int r;

    arena_reset(&s->arena);
    buf_clear(&s->line);
    if (f->kind == FRAME_BEGIN)
        return pass_begin(s, e);
    r = f->kind == FRAME_DATA ? pass_record(s, f, e) : pass_gap(s, f, e);
    if (r < 0)
        return err_context(e, "%s", s->reader.lines.name);
    if (s->line.failed || s->arena.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return out_line(&s->out, s->line.data, s->line.len, e);
}

static int pass_lines(struct pass *s, struct err *e)
{
    struct frame f;
    int r;

    while ((r = frame_next(&s->reader, &f, e)) > 0)
        if (pass_line(s, &f, e) < 0)
            return -1;
    return r < 0 ? -1 : frame_end(&s->out, s->reader.records, s->reader.gaps, NULL, e);
}

int pass_stream(struct pseudonym *p, int fd, const char *name, struct err *e)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES};
    struct pass s;
    int r;

    frame_open(&s.reader, fd, name, FRAME_RECORDS, false);
    out_init(&s.out, STDOUT_FILENO, "standard output");
    mask_init(&s.mask, p);
    json_init(&s.json, &limits);
    arena_init(&s.arena, MESSAGE_BYTES_MAX);
    buf_init(&s.line, LINE_BYTES_MAX);
    r = pass_lines(&s, e);
    if (r == 0)
        r = out_close(&s.out, e);
    else
        out_flush(&s.out, e);
    out_release(&s.out);
    frame_close(&s.reader);
    mask_release(&s.mask);
    json_release(&s.json);
    arena_release(&s.arena);
    buf_release(&s.line);
    return r;
}
