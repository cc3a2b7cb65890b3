/*
 * lines.h: a stream read line by line, through one buffer that grows to the longest line met and no further than a
 * ceiling.
 */
#ifndef AB_LINES_H
#define AB_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* The longest line any tool of ours reads or writes: an answer of 64 MiB and its frame. */
#define LINE_MAX_BYTES ((size_t)65 << 20)

/*
 * ${fd} is read but never closed here.  ${name} is what errors call it.  ${line} counts the lines given out (the
 * last one given is number ${line}); ${unterminated} says that the last one had no line feed, that is, that the
 * stream ended in the middle of a line.
 */
struct lines {
    int fd;
    const char *name;
    size_t max;
    uint64_t line;
    bool unterminated;
    char *block;
    size_t cap, start, end;
    bool eof;
};

/* Begin to read ${fd}; lines longer than ${max} bytes are refused. ${name} is kept, not copied. */
void lines_init(struct lines *l, int fd, const char *name, size_t max);
void lines_release(struct lines *l);

/**
 * lines_next(l, text, len, e):
 * Read the next line; ${text} and ${len} are it, without its line feed, until the next call.  Return 1, or 0 at the
 * end of the stream, or -1 with ${e}: EX_IOERR if it cannot be read, EX_DATAERR if the line is too long (the message
 * names the line), EX_OSERR without memory.
 */
int lines_next(struct lines *l, const char **text, size_t *len, struct err *e);

/* Whether a whole further line is in the buffer, so that lines_next would not have to wait. */
bool lines_ready(const struct lines *l);

#endif
