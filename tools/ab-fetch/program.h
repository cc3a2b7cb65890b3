/*
 * program.h: a program that is run for its output, and can be ended.
 */
#ifndef AB_FETCH_PROGRAM_H
#define AB_FETCH_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

/* ${fd}: its standard output, to be read; closed by program_end. */
struct program {
    pid_t pid;
    int fd;
};

/**
 * program_start(p, become, arg, e):
 * Start a program with nothing on its standard input.  In the child, ${become} is called with ${arg}; it executes what is
 * to be run, and returns only if that fails.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int program_start(struct program *p, void (*become)(const void *arg), const void *arg, struct err *e);

/**
 * program_end(p, by_force, w, e):
 * Close its output and wait for its end; ${*w} is its wait status.  With ${by_force}, tell it to end, and kill it if it
 * has not after PROGRAM_GRACE_MS.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int program_end(struct program *p, bool by_force, int *w, struct err *e);

#define PROGRAM_GRACE_MS 1000

#endif
