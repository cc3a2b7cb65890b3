/*
 * sink.h: where finished lines go: to standard output, and before that past the table of users.
 */
#ifndef AB_FETCH_SINK_H
#define AB_FETCH_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "out.h"
#include "users.h"

/*
 * With ${collect}, users are taken from the lines, and user lines among them are not passed on: they come again, merged,
 * at the end.  ${records} counts the lines written.
 */
struct sink {
    struct out out;
    bool collect;
    struct users users;
    struct json json;
    uint64_t records;
};

void sink_init(struct sink *s, int fd, bool collect);
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

/* Pass on ${rows} of ${resource}, which stand in ${scope}, as lines: each gets its prefix here. Return as sink_lines. */
int sink_rows(
    struct sink *s, enum resource resource, const struct scope *scope, const struct rows *rows, struct err *e);

/* Write the lines of the users collected. Return 0, or -1 with ${e}. */
int sink_users(struct sink *s, struct err *e);

#endif
