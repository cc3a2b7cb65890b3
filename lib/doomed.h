/*
 * doomed.h: names in the file system that must be gone when the process ends, also by a signal.
 */
#ifndef AB_DOOMED_H
#define AB_DOOMED_H

#include <signal.h>

/* What is removed, in this order. A place holds one name. */
enum doomed { DOOMED_FILE, DOOMED_FOLDER, DOOMED_LOCK, DOOMED_COUNT };

/**
 * doomed_catch():
 * From now on remove what is doomed on each of the signals that end a process and can be caught, but for those that
 * mean a fault of the program; then end as the signal means to.  A signal that is ignored stays ignored: nohup.
 */
void doomed_catch(void);

/* Block these signals, and let them come again as they did ${before}: around every change of what is doomed. */
void doomed_block(sigset_t *before);
void doomed_unblock(const sigset_t *before);

/* Doom ${path}, or nothing (NULL), in ${place}.  It is kept, not copied.  Call it between block and unblock. */
void doomed_set(enum doomed place, const char *path);

#endif
