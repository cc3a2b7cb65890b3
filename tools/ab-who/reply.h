/*
 * reply.h: an answer for people, in lines of at most 80 columns, or for programs, as JSON.  Text from the file is made safe
 * for a terminal.
 */
#ifndef AB_WHO_REPLY_H
#define AB_WHO_REPLY_H

#include <stdbool.h>

#include "buf.h"
#include "c1znames.h"
#include "out.h"

#define REPLY_WIDTH 80

/* Where a reply goes; ${bold}: headings are marked.  ${line} is the line in the making, ${word} one of its parts. */
struct reply {
    struct out out;
    bool bold;
    struct buf line, word;
};

/* Begin on standard output; headings are bold on a terminal unless NO_COLOR says no. */
void reply_init(struct reply *p);

/* Write all there is and close it. Return 0, or -1 with ${e} (EX_IOERR).  Release ${p} in any case. */
int reply_close(struct reply *p, struct err *e);
void reply_release(struct reply *p);

/* Write ${json} as a line, with escapes for what is unsafe on a terminal. Return 0, or -1 with ${e}. */
int reply_json(struct reply *p, const struct buf *json, struct err *e);

/* A heading, in as many lines as it takes. Return 0, or -1 with ${e}. */
int reply_heading(struct reply *p, const char *text, struct err *e);

/**
 * reply_entry(p, indent, label, width, text, e):
 * Write ${label} behind ${indent} spaces, padded to ${width} columns, and ${text} behind it; where a line would pass
 * REPLY_WIDTH it is broken at a space, and goes on under the beginning of ${text}.  A label that is too wide has lines
 * of its own.  Both texts are safe for a terminal already (text_put_safe).  Return 0, or -1 with ${e}.
 */
int reply_entry(struct reply *p, size_t indent, const char *label, size_t width, const char *text, struct err *e);

#endif
