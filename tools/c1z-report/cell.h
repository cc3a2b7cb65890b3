/*
 * cell.h: texts from outside as JSON that may stand in a script element and be shown as it is.
 */
#ifndef C1Z_REPORT_CELL_H
#define C1Z_REPORT_CELL_H

#include "buf.h"
#include "c1znames.h"
#include "c1zread.h"
#include "json.h"

/* A line of data in the making, and the room for one text of it. */
struct cell {
    struct buf line, safe;
};

void cell_init(struct cell *c);
void cell_release(struct cell *c);

/**
 * cell_text(c, text):
 * Append ${text} as a string literal.  What text_is_unsafe, controls and whatever reorders or hides text, is spelled
 * out first, so that a reader sees it; "<", ">" and "&" are escaped, so that nothing in it ends the element or begins
 * another.
 */
void cell_text(struct cell *c, struct json_str text);
void cell_word(struct cell *c, const char *word);

/* Append the time ${text} of a file as RFC 3339 in UTC, or as it is if that is none; NULL is empty. */
void cell_time(struct cell *c, const char *text);

/* Append the place of the resource ${ref} among ${names}, or if it is missing there "type:id", safe as a text. */
void cell_place(struct cell *c, const struct c1znames *names, const struct c1zread_ref *ref);

#endif
