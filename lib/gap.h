/*
 * gap.h: gap and note lines of framed streams (docs/DESIGN.md, streams; pages ab-raw(5) and baton-records(5)).
 *
 * A gap says that access may exist that nobody could see; a note, that something was not there, or was refused where
 * that is no reason to publish nothing, or was left out on purpose.  Both name a kind, the parent it would have stood
 * under, and why:
 *
 *     {"stream":"gap","of":"group","organizationId":"...","status":403,"reason":"forbidden","needs":"organization_admin"}
 *
 * Nothing here knows the kinds, the parents or the reasons of any application.
 */
#ifndef AB_GAP_H
#define AB_GAP_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"

/* The most parents a line may name, and the longest text of a member or a parent's name, in bytes. */
#define GAP_PARENTS_MAX 8
#define GAP_TEXT_MAX 1024

/* A parent: the name of the member, which ends in "Id", and the id. */
struct gap_parent {
    struct json_str name, id;
};

/*
 * One line.  A text that is absent is empty.
 *   note     a note, else a gap
 *   of       the kind that could not be seen
 *   parents  where it would have stood, ${n_parents} of them, outermost first
 *   status   the HTTP status of the answer; 0 where none is named
 *   reason   one word: forbidden, partial, unlisted, role, unlicensed, missing, gone, unfinished, skipped, or another
 *   needs    the role that would have been let in
 */
struct gap {
    bool note;
    struct json_str of;
    struct gap_parent parents[GAP_PARENTS_MAX];
    size_t n_parents;
    int status;
    struct json_str reason, needs;
};

/**
 * gap_read(g, j, text, len, line, e):
 * Read line number ${line}, ${len} bytes at ${text}, which is known to be a gap or a note.  The strings of ${g} are
 * valid until the next json_begin on ${j}, and as long as ${text} is.  Members that are not known are passed over.
 * Return 0, or -1 with ${e}: EX_DATAERR with the position (a text too long, a status that is none, too many parents).
 */
int gap_read(struct gap *g, struct json *j, const char *text, size_t len, uint64_t line, struct err *e);

/* The reason of a note of what was there and was left out on purpose. */
#define GAP_SKIPPED "skipped"

/* Whether ${g} is such a note. */
bool gap_is_skipped(const struct gap *g);

/* Append ${g} as one line, without its line feed: members that are empty are left out, but for "of". */
void gap_put(struct buf *out, const struct gap *g);

/**
 * gap_describe(out, g):
 * Append ${g} in words, for a person: "group (organizationId 3f2a): forbidden, status 403, needs organization_admin".
 * What is unsafe on a terminal is escaped (text_put_safe).
 */
void gap_describe(struct buf *out, const struct gap *g);

#endif
