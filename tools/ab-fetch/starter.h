/*
 * starter.h: a process that starts programs for this one.  It is forked while this one still may start any, before it
 * gives up its rights (lib/confine.h), and does nothing but what it is told: one program after the other, of one kind.
 */
#ifndef AB_FETCH_STARTER_H
#define AB_FETCH_STARTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

/* ${fd} leads to the process ${pid}; -1 while there is none. */
struct starter {
    pid_t pid;
    int fd;
};

/*
 * What becomes of a program: called in the child with ${arg} and what starter_run was told to ask; it executes what is to
 * be run, and returns only if that fails.
 */
typedef void starter_become(const void *arg, int ask);

/**
 * starter_begin(s, become, arg, e):
 * Fork the process.  ${arg} is what it is now: later changes do not reach it.  Of our descriptors it keeps standard error
 * alone.  It ends when starter_release is called or this process ends, and tells a program that still runs to end too.
 * Return 0, or -1 with ${e} (EX_OSERR).
 */
int starter_begin(struct starter *s, starter_become *become, const void *arg, struct err *e);
void starter_release(struct starter *s);

/**
 * starter_run(s, ask, output, e):
 * Start a program with nothing on its standard input.  ${*output} is its standard output, to be read, and closed by the
 * caller.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int starter_run(struct starter *s, int ask, int *output, struct err *e);

/**
 * starter_wait(s, by_force, w, e):
 * Wait for the program's end; ${*w} is its wait status.  With ${by_force}, tell it to end, and kill it if it has not
 * after STARTER_GRACE_MS.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int starter_wait(struct starter *s, bool by_force, int *w, struct err *e);

#define STARTER_GRACE_MS 1000

#endif
