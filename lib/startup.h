/*
 * startup.h: what every program does before anything else.
 */
#ifndef AB_STARTUP_H
#define AB_STARTUP_H

/**
 * startup_begin(name):
 * Make a program independent of what its parent left behind, whatever that was, and begin its log as ${name} (kept, not
 * copied).  Call it first in main.
 *  1. Descriptors 0 to 2 are open: a file or socket that got one of these numbers would be read or written as standard
 *     input or output.  One that is closed is opened on /dev/null the wrong way round, so that using it fails.
 *  2. No signal is blocked, so that the program can be ended; SIGCHLD has its default action, so that children can be
 *     waited for.
 *  3. SIGXFSZ is ignored: a file over the limit of size ends as a full disk does, by a write that fails (EFBIG).
 *  4. The locale is C: numbers, messages and the order of texts are the same everywhere.
 * SIGPIPE is left as it is: the output of a filter whose reader has gone ends it quietly.
 * Ends the program with EX_OSERR if the first cannot be done, as there is nowhere to say so.
 */
void startup_begin(const char *name);

/**
 * startup_child():
 * Between fork and exec of a program that is not ours, undo 3: it may not know how to live without the signal.  Safe to
 * call there.
 */
void startup_child(void);

#endif
