/*
 * pass.h: a stream of records, masked.
 */
#ifndef C1Z_MASK_PASS_H
#define C1Z_MASK_PASS_H

#include "err.h"
#include "pseudonym.h"

/**
 * pass_stream(p, fd, name, e):
 * Read a framed stream at ${fd}, called ${name} in errors, and print it with pseudonyms on standard output, which is then
 * closed.  Return 0, or -1 with ${e}, and no end line was printed: EX_DATAERR with the line (an unfinished stream, a
 * record that is none, what is not known how to mask), EX_IOERR, EX_OSERR.
 */
int pass_stream(struct pseudonym *p, int fd, const char *name, struct err *e);

#endif
