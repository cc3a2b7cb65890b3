/*
 * out.h: output that is buffered here, written in large pieces, and checked to the last byte.
 */
#ifndef AB_OUT_H
#define AB_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/*
 * ${fd} is written; ${name} is what errors call it; ${pending} has not been written yet.  ${deadline_ms}, which the caller may
 * set: no longer than until then, on the clock of clock_mono_ms, is waited for a reader to take what is written; 0: for ever.
 * ${held}, which the caller may set: nothing is written but by out_push, out_flush and out_close; the first ${pushed} bytes of
 * what is pending have been.
 */
struct out {
    int fd;
    const char *name;
    int64_t deadline_ms;
    bool held;
    size_t pushed;
    struct buf pending;
};

/* Begin to write to ${fd}. ${name} is kept, not copied. */
void out_init(struct out *o, int fd, const char *name);

/* Add ${len} bytes at ${p}, or the same and a line feed. Return 0, or -1 with ${e} (EX_IOERR; EX_OSERR: memory). */
int out_write(struct out *o, const void *p, size_t len, struct err *e);
int out_line(struct out *o, const void *p, size_t len, struct err *e);

/**
 * out_push(o, e):
 * Write as much of what is pending as the reader takes without keeping us waiting.  Return 0, or -1 with ${e} (EX_IOERR).
 */
int out_push(struct out *o, struct err *e);

/* How many bytes are pending. */
size_t out_pending(const struct out *o);

/* Write all that is pending. Return 0, or -1 with ${e} (EX_IOERR; EX_TEMPFAIL: the deadline has passed). */
int out_flush(struct out *o, struct err *e);

/**
 * out_close(o, e):
 * Flush, close ${o}->fd and free the buffer.  Return 0 only if every byte was taken, else -1 with ${e} (EX_IOERR).
 * Call it before exit 0, for standard output too: the write that fails is often the last one.
 */
int out_close(struct out *o, struct err *e);

/**
 * out_print(e, text, ..., NULL):
 * Print the texts, NUL-terminated, on standard output and close it, for programs that do nothing else: --help and such.
 * Return as out_close.
 */
int out_print(struct err *e, ...) __attribute__((sentinel));

/* Free the buffer without writing: for the way out after a failure. */
void out_release(struct out *o);

#endif
