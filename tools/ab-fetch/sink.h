/*
 * sink.h: where finished lines go: to standard output, and before that past the table of users.
 *
 * What a line means depends on lines before it, and this is where they all pass in order: so here users are gathered,
 * roles are put in that only the access list of a workspace tells, and whether a membership has an effect.
 */
#ifndef AB_FETCH_SINK_H
#define AB_FETCH_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "out.h"
#include "users.h"

/*
 * What is done with lines that pass; set by run.c before the first one.  Those between where roles in organizations are fetched, or
 * were by an earlier stage.
 *   computes  user lines are swallowed: they come again, merged, at the end
 *   tells     a role that no line before has told gets a line of its own, before the one that tells it
 *   judges    a membership gets the member "active"
 *   silent    nothing is written: it is only counted
 */
struct sink_work {
    bool computes, tells, judges, silent;
};

/* ${records} counts the lines written, ${gaps} those of them that are gaps of our own. */
struct sink {
    struct out out;
    struct sink_work work;
    struct users users;
    struct json json, inner; /* for lines that pass; for those made here */
    struct buf line;
    uint64_t records, gaps;
};

void sink_init(struct sink *s, int fd, const struct sink_work *work);
void sink_release(struct sink *s);

/**
 * sink_lines(s, text, len, number, e):
 * Pass on ${len} bytes at ${text}, whole lines each with its line feed, the first of them number ${number} (0: lines of
 * our own).  Return 0, or -1 with ${e}: EX_IOERR, EX_OSERR, EX_DATAERR.
 */
int sink_lines(struct sink *s, const char *text, size_t len, uint64_t number, struct err *e);

/**
 * sink_line(s, text, len, l, e):
 * As sink_lines, for one line without its line feed that has been taken apart as ${l}.
 */
int sink_line(struct sink *s, const char *text, size_t len, const struct rawline *l, struct err *e);

/**
 * sink_rows(s, resource, scope, rows, e):
 * Pass on ${rows} of ${resource} from ${rows}->next on, which stand in ${scope}, as lines: each gets its prefix here.  It ends
 * when there are no more, or the sink is full.  Return as sink_lines.
 */
int sink_rows(struct sink *s, enum resource resource, const struct scope *scope, struct rows *rows, struct err *e);

/* Whether so much waits for the reader that no more should come. */
bool sink_full(const struct sink *s);

/* Write the line of user number ${i}. Return 0, or -1 with ${e}. */
int sink_user(struct sink *s, uint32_t i, struct err *e);

#endif
