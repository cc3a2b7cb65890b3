/*
 * secretfd.h: Airbyte's client secret, kept unread in memory that no name leads to, for one program after the other.
 */
#ifndef C1_SERVE_SECRETFD_H
#define C1_SERVE_SECRETFD_H

#include "err.h"

/* The longest secret, as ab-token takes it, and its line feed. */
#define SECRETFD_MAX 4096

/**
 * secretfd_keep(from, e):
 * Move what the pipe or regular file ${from} holds into sealed memory; its bytes pass the kernel alone.  ${from} is
 * closed.  Return a descriptor of that memory, close-on-exec, or -1 with ${e}: EX_CONFIG for too long a secret or
 * another kind of descriptor, EX_OSERR, EX_IOERR.
 */
int secretfd_keep(int from, struct err *e);

/**
 * secretfd_open(kept, e):
 * Open what secretfd_keep returned anew, for one program: with a place of its own in it, at the start, close-on-exec.
 * Return the descriptor, or -1 with ${e} (EX_OSERR).
 */
int secretfd_open(int kept, struct err *e);

#endif
