/*
 * frame.h: framed NDJSON streams (docs/DESIGN.md, streams; pages ab-raw(5) and baton-records(5)).
 *
 * A stream is a begin line, lines of data, gaps and notes, and an end line with their count.  Complete streams may
 * follow each other if their begin lines name the same source.  A frame line is one whose first member is "stream".
 */
#ifndef AB_FRAME_H
#define AB_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "lines.h"
#include "out.h"
#include "stages.h"

#define FRAME_RAW "airbyte-raw/1"
#define FRAME_RECORDS "baton-records/1"

enum frame_kind {
    FRAME_BEGIN, /* the first begin line of the input (further ones are checked and kept back) */
    FRAME_DATA,  /* a line that is no frame line; not checked beyond that */
    FRAME_GAP,   /* {"stream":"gap",...}, checked to be JSON */
    FRAME_NOTE,  /* {"stream":"note",...}, checked to be JSON */
};

/* One line: ${text} is valid until the next frame_next. ${line} counts from 1. */
struct frame {
    enum frame_kind kind;
    const char *text;
    size_t len;
    uint64_t line;
};

/*
 * The state of reading.  ${offers_unframed} says that the program has an option --unframed, which an error may name: a
 * caller whose program has sets it after frame_open.  ${source} and ${started_at} are those of the first begin line
 * (NULL before it, and when unframed).  ${stages} are those of all begin and end lines so far, united.  ${records}
 * counts the data, gap and note lines given out so far in all streams, ${gaps} and ${notes} those of the two kinds.
 */
struct frame_reader {
    struct lines lines;
    struct json json;
    const char *schema;
    bool unframed, offers_unframed;
    bool inside;
    bool begun;
    char *source;
    char *started_at;
    struct stages stages;
    uint64_t records, gaps, notes;
    uint64_t stream_records, stream_gaps;
};

/**
 * frame_open(r, fd, name, schema, unframed):
 * Begin to read ${fd}, called ${name} in errors, as a stream of ${schema} (FRAME_RAW, FRAME_RECORDS); with
 * ${unframed}, as plain lines without frames: every line is then data, but a frame line is refused.
 */
void frame_open(struct frame_reader *r, int fd, const char *name, const char *schema, bool unframed);
void frame_close(struct frame_reader *r);

/**
 * frame_next(r, f, e):
 * Read the next line into ${f}.  Return 1; 0 at the end of a finished input; or -1 with ${e}: EX_DATAERR for an input
 * that breaks the rules of framing (also: ends before its end line, counts wrong, empty, a .c1z), else as lines_next.
 * End lines and the begin lines of further streams are checked and not given out.
 */
int frame_next(struct frame_reader *r, struct frame *f, struct err *e);

/**
 * frame_begin(o, schema, source, started_at, stages, e), frame_end(o, records, gaps, stages, e):
 * Write a begin line; write an end line ("gaps" only if not 0).  ${stages} are those of the stream, the writer's own the
 * last of them, or NULL for none to be named.  An end line names them only if there are more than the begin line said,
 * which a writer whose input is several streams learns too late.  Return 0, or -1 with ${e} as out_line.
 */
int frame_begin(struct out *o, const char *schema, const char *source, const char *started_at,
    const struct stages *stages, struct err *e);
int frame_end(struct out *o, uint64_t records, uint64_t gaps, const struct stages *stages, struct err *e);

#endif
