/*
 * progress.h: how far a program is, for a person who watches (the line of baton-airbyte(1) on a terminal).
 *
 * Each report is one line on a pipe, "NAME KEY=VALUE KEY=VALUE ...", of what has changed.  Nobody waits for its reader: a
 * report that does not fit into the pipe, or for which nobody is there any more, is lost.  Reports of several programs may
 * go to one pipe.  Of one thread: where there are several, one of them reports.
 */
#ifndef AB_PROGRESS_H
#define AB_PROGRESS_H

#include <stdbool.h>

#include "err.h"

/* The rows that a program's tables of options need for it. */
#define PROGRESS_OPTION "progress-fd"
#define PROGRESS_HELP "      --progress-fd N   report on descriptor N how far it is\n"

/**
 * progress_open(name, argument, e):
 * Report as the program ${name} (kept, not copied) on the descriptor that ${argument}, of --progress-fd, is.  Return 0, or
 * -1 with ${e} (EX_USAGE) if that is no open descriptor above 2.
 */
int progress_open(const char *name, const char *argument, struct err *e);

/* Whether reports are wanted, and so a line is shown where messages go too, with the cursor at its beginning. */
bool progress_shown(void);

/* Whether it is time for a report: somebody wants them, and the last one was a while ago. */
bool progress_due(void);

/* Report, whether or not it is time: "lines=%d". Without progress_open nothing happens. */
void progress_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
