/*
 * command.h: another program, run with its standard output to us.
 */
#ifndef C1Z_FRAME_COMMAND_H
#define C1Z_FRAME_COMMAND_H

#include <sys/types.h>

#include "err.h"

/* The statuses of env(1): the program cannot be run, there is none, and (plus its number) a signal ended it. */
enum { COMMAND_NOT_RUN = 126, COMMAND_NOT_FOUND = 127, COMMAND_SIGNALLED = 128 };

/* ${output} is the end to read of its standard output; ${name} is what it was called by. ${pid} is 0 when it is over. */
struct command {
    const char *name;
    pid_t pid;
    int output;
};

/**
 * command_start(c, argv, e):
 * Run ${argv}[0], looked for on PATH, with the arguments ${argv} (NULL behind the last) and standard input and standard
 * error as they are here.  It is told to end (SIGTERM) if this process dies.  Return 0, or -1 with ${e}: the statuses
 * above if it cannot be run, EX_OSERR.
 */
int command_start(struct command *c, char *const *argv, struct err *e);

/* Wait for its end. Return 0 if it ended with 0, else -1 with ${e}, whose status is its own or COMMAND_SIGNALLED + N. */
int command_wait(struct command *c, struct err *e);

/* Close its output and, if it is not over, tell it to end. */
void command_release(struct command *c);

#endif
