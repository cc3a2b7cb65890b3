/*
 * child.h: another program, run to its end or until nobody wants it any more.
 */
#ifndef C1_SERVE_CHILD_H
#define C1_SERVE_CHILD_H

#include "buf.h"
#include "cancel.h"
#include "err.h"

/*
 * What is run.
 *   argv       NULL-terminated; argv[0] is a path, or a name to be found on PATH
 *   tmpdir     the value of TMPDIR for it, NULL: ours
 *   secret_fd  a descriptor (secretfd_open) that it gets under the same number, or -1
 *   input      what it reads on standard input, NULL: nothing
 *   output     where to put what it prints, up to the buffer's ceiling; NULL: it has our standard output
 */
struct child {
    const char *const *argv;
    const char *tmpdir;
    int secret_fd;
    const char *input;
    struct buf *output;
};

/**
 * child_run(c, cancel, status, e):
 * Run the program in a process group of its own and wait for it.  When ${cancel} is cancelled it gets SIGTERM, and, if
 * it is still there CHILD_GRACE_MS later, its group SIGKILL; it gets SIGTERM too when this thread or program dies.
 * ${*status} is its exit status as a shell has it: 128 and the signal's number for one that a signal ended, 127 or 126
 * for one that could not be started.  Return 0, or -1 with ${e} (EX_OSERR, EX_SOFTWARE: more output than fits).
 */
#define CHILD_GRACE_MS 5000
int child_run(const struct child *c, struct cancel *cancel, int *status, struct err *e);

#endif
