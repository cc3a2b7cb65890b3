/*
 * spool.h: text that must wait, in a file without a name, so that it takes no memory.
 */
#ifndef AB_FETCH_SPOOL_H
#define AB_FETCH_SPOOL_H

#include <stdint.h>

#include "buf.h"
#include "err.h"

/* ${fd} -1: nothing was put yet. ${end}: where the next text goes. */
struct spool {
    int fd;
    uint64_t end;
};

void spool_init(struct spool *s);
void spool_release(struct spool *s);

/**
 * spool_put(s, text, len, at, e):
 * Keep ${len} bytes at ${text}, in a file in TMPDIR that nobody else can open; ${*at} is where.  Return 0, or -1 with ${e}:
 * EX_CANTCREAT, EX_IOERR.
 */
int spool_put(struct spool *s, const char *text, size_t len, uint64_t *at, struct err *e);

/* Append the ${len} bytes at ${at} to ${out}. Return 0, or -1 with ${e} (EX_IOERR, EX_OSERR). */
int spool_get(const struct spool *s, uint64_t at, size_t len, struct buf *out, struct err *e);

#endif
