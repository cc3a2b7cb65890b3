#include "frame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "c1z.h"

/* The longest source or startedAt of a begin line. */
#define BEGIN_TEXT_MAX 4096

/* What a line that starts with a "stream" member says. */
struct frame_line {
    struct json_str stream, schema, source, started_at;
    int64_t records, gaps;
};

void frame_open(struct frame_reader *r, int fd, const char *name, const char *schema, bool unframed)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES};

    *r = (struct frame_reader){.schema = schema, .unframed = unframed};
    stages_init(&r->stages);
    lines_init(&r->lines, fd, name, LINE_MAX_BYTES);
    json_init(&r->json, &limits);
}

void frame_close(struct frame_reader *r)
{
    lines_release(&r->lines);
    json_release(&r->json);
    stages_release(&r->stages);
    free(r->source);
    free(r->started_at);
    r->source = r->started_at = NULL;
}

static int bad(const struct frame_reader *r, struct err *e, const char *what)
{
    return err_set(e, EX_DATAERR, "%s: line %" PRIu64 ": %s", r->lines.name, r->lines.line, what);
}

static const char *skip_space(const char *s, const char *end)
{
    while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
        s++;
    return s;
}

/* Whether the first member of the object on this line is "stream": cheap, since every line comes through here. */
static bool is_frame_line(const char *s, size_t len)
{
    static const char name[] = "\"stream\"";
    const char *end = s + len;

    s = skip_space(s, end);
    if (s == end || *s != '{')
        return false;
    s = skip_space(s + 1, end);
    return (size_t)(end - s) > sizeof(name) - 1 && memcmp(s, name, sizeof(name) - 1) == 0;
}

/* A count: a number that is an integer and not negative. */
static void read_count(struct json *j, int64_t *n)
{
    struct json_str number;

    if (json_number(j, &number) && (!json_to_int64(number, n) || *n < 0))
        json_fail(j, "expected a count");
}

/* Whether the frame line that began so is one of the two that name stages. */
static bool names_stages(const struct frame_line *f)
{
    return json_eq(f->stream, "begin") || json_eq(f->stream, "end");
}

/* Parse a frame line whole. Members that are not known here belong to later versions and are passed over. */
static int read_line(struct frame_reader *r, const char *text, size_t len, struct frame_line *f, struct err *e)
{
    struct json *j = &r->json;
    struct json_str name;

    *f = (struct frame_line){.records = -1};
    json_begin(j, text, len, r->lines.line);
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "stream"))
            json_string(j, &f->stream);
        else if (json_eq(name, "schema"))
            json_string(j, &f->schema);
        else if (json_eq(name, "source"))
            json_string(j, &f->source);
        else if (json_eq(name, "startedAt"))
            json_string(j, &f->started_at);
        else if (json_eq(name, "records"))
            read_count(j, &f->records);
        else if (json_eq(name, "gaps"))
            read_count(j, &f->gaps);
        else if (json_eq(name, "stages") && names_stages(f))
            stages_read(&r->stages, j);
        else
            json_skip(j, NULL);
    }
    if (json_end(j, e) < 0)
        return err_context(e, "%s", r->lines.name);
    return 0;
}

/* A begin line: 1 if it is the first of the input and to be given out, 0 if a further one. */
static int begin(struct frame_reader *r, const struct frame_line *f, struct err *e)
{
    if (r->inside)
        return bad(r, e, "begin line inside a stream that has not ended");
    if (!json_eq(f->schema, r->schema))
        return err_set(e, EX_DATAERR, "%s: line %" PRIu64 ": schema is '%.*s', expected '%s'", r->lines.name,
            r->lines.line, (int)(f->schema.len > 64 ? 64 : f->schema.len), f->schema.len > 0 ? f->schema.s : "",
            r->schema);
    if (f->source.len == 0 || f->source.len > BEGIN_TEXT_MAX || f->started_at.len > BEGIN_TEXT_MAX)
        return bad(r, e, "begin line without a source, or with one that is too long");
    r->inside = true;
    r->stream_records = r->stream_gaps = 0;
    if (!r->begun) {
        r->begun = true;
        r->source = strndup(f->source.s, f->source.len);
        r->started_at = strndup(f->started_at.len > 0 ? f->started_at.s : "", f->started_at.len);
        if (r->source == NULL || r->started_at == NULL)
            return err_sys(e, EX_OSERR, "%s", r->lines.name);
        return 1;
    }
    if (!json_eq(f->source, r->source))
        return bad(r, e, "begin line names another source than the stream before");
    return 0;
}

/* An end line: its counts must be those of the lines since the begin line. */
static int end(struct frame_reader *r, const struct frame_line *f, struct err *e)
{
    if (f->records < 0)
        return bad(r, e, "end line without a count of records");
    if ((uint64_t)f->records != r->stream_records)
        return err_set(e, EX_DATAERR,
            "%s: line %" PRIu64 ": end line counts %" PRId64 " records, the stream has %" PRIu64, r->lines.name,
            r->lines.line, f->records, r->stream_records);
    if ((uint64_t)f->gaps != r->stream_gaps)
        return err_set(e, EX_DATAERR, "%s: line %" PRIu64 ": end line counts %" PRId64 " gaps, the stream has %" PRIu64,
            r->lines.name, r->lines.line, f->gaps, r->stream_gaps);
    r->inside = false;
    return 0;
}

static void count_line(struct frame_reader *r, struct frame *f, enum frame_kind kind)
{
    f->kind = kind;
    r->records++;
    r->stream_records++;
    if (kind == FRAME_GAP) {
        r->gaps++;
        r->stream_gaps++;
    }
    if (kind == FRAME_NOTE)
        r->notes++;
}

/* What is wrong with a line of data that stands between no begin and end line. */
static const char *outside(const struct frame_reader *r)
{
    if (r->begun)
        return "a line after the end line";
    if (strcmp(r->schema, FRAME_RECORDS) != 0)
        return "the stream does not start with a begin line";
    return r->offers_unframed
               ? "the stream does not start with a begin line; plain records need c1z-frame COMMAND, or --unframed"
               : "the stream does not start with a begin line; plain records need c1z-frame COMMAND";
}

/* Sort one line. Return 1 if it is to be given out, 0 if not, -1 on failure. */
static int classify(struct frame_reader *r, struct frame *f, struct err *e)
{
    struct frame_line line;

    if (!is_frame_line(f->text, f->len)) {
        if (!r->inside && !r->unframed)
            return bad(r, e, outside(r));
        count_line(r, f, FRAME_DATA);
        return 1;
    }
    if (r->unframed)
        return bad(r, e, "a frame line in input that is read as unframed");
    if (read_line(r, f->text, f->len, &line, e) < 0)
        return -1;
    f->kind = FRAME_BEGIN;
    if (json_eq(line.stream, "begin"))
        return begin(r, &line, e);
    if (!r->inside)
        return bad(r, e, "a line after the end line, or before the begin line");
    if (json_eq(line.stream, "end"))
        return end(r, &line, e);
    if (!json_eq(line.stream, "gap") && !json_eq(line.stream, "note"))
        return bad(r, e, "unknown kind of stream line");
    count_line(r, f, json_eq(line.stream, "gap") ? FRAME_GAP : FRAME_NOTE);
    return 1;
}

static int finish(const struct frame_reader *r, struct err *e)
{
    if (r->unframed)
        return 0;
    if (!r->begun)
        return err_set(e, EX_DATAERR, "%s: empty, expected a stream of %s", r->lines.name, r->schema);
    if (r->inside)
        return err_set(e, EX_DATAERR, "%s: unfinished: ends after line %" PRIu64 " without an end line", r->lines.name,
            r->lines.line);
    return 0;
}

/* Somebody forgot c1z-cat: what is said of lines would not help him. */
static int refuse_c1z(const struct frame_reader *r, struct err *e)
{
    if (strcmp(r->schema, FRAME_RECORDS) != 0)
        return err_set(e, EX_DATAERR, "%s: a .c1z file, not a stream of %s", r->lines.name, r->schema);
    return err_set(e, EX_DATAERR, "%s: a .c1z file, not a stream of records: use c1z-cat FILE |", r->lines.name);
}

int frame_next(struct frame_reader *r, struct frame *f, struct err *e)
{
    for (;;) {
        int n = lines_next(&r->lines, &f->text, &f->len, e);

        if (n == 0)
            return finish(r, e);
        if (n < 0)
            return -1;
        f->line = r->lines.line;
        if (f->line == 1 && c1z_begins(f->text, f->len))
            return refuse_c1z(r, e);
        if (r->lines.unterminated && !r->unframed)
            return err_set(
                e, EX_DATAERR, "%s: unfinished: ends in the middle of line %" PRIu64, r->lines.name, f->line);
        n = classify(r, f, e);
        if (n != 0)
            return n;
    }
}

static int put_frame(struct out *o, struct buf *line, struct err *e)
{
    int r = line->failed ? err_set(e, EX_OSERR, "no memory") : out_line(o, line->data, line->len, e);

    buf_release(line);
    return r;
}

static void put_stages(struct buf *line, const struct stages *stages)
{
    if (stages == NULL)
        return;
    buf_puts(line, ",\"stages\":");
    stages_put(line, stages);
}

int frame_begin(struct out *o, const char *schema, const char *source, const char *started_at,
    const struct stages *stages, struct err *e)
{
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    buf_puts(&line, "{\"stream\":\"begin\",\"schema\":");
    json_put_string(&line, schema, strlen(schema));
    buf_puts(&line, ",\"source\":");
    json_put_string(&line, source, strlen(source));
    buf_puts(&line, ",\"startedAt\":");
    json_put_string(&line, started_at, strlen(started_at));
    put_stages(&line, stages);
    buf_putc(&line, '}');
    return put_frame(o, &line, e);
}

int frame_end(struct out *o, uint64_t records, uint64_t gaps, const struct stages *stages, struct err *e)
{
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    buf_printf(&line, "{\"stream\":\"end\",\"records\":%" PRIu64, records);
    if (gaps > 0)
        buf_printf(&line, ",\"gaps\":%" PRIu64, gaps);
    put_stages(&line, stages);
    buf_putc(&line, '}');
    return put_frame(o, &line, e);
}
