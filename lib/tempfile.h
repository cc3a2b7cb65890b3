/*
 * tempfile.h: private files that nobody else is to see.
 */
#ifndef AB_TEMPFILE_H
#define AB_TEMPFILE_H

#include "err.h"

/**
 * tempfile_create(dir, path, e):
 * Make a new empty file of mode 0600 under an unpredictable name in ${dir}.  Return its descriptor (close-on-exec, for
 * reading and writing) and its name in ${*path}, which the caller frees; or -1 with ${e} (EX_CANTCREAT).
 */
int tempfile_create(const char *dir, char **path, struct err *e);

/**
 * tempfile_nameless(dir, e):
 * The same, but the file has no name any more when this returns, so that nothing is left however the process ends.
 * Return its descriptor, or -1 with ${e} (EX_CANTCREAT, EX_IOERR).
 */
int tempfile_nameless(const char *dir, struct err *e);

/* The folder for files that nobody else is to see: TMPDIR if it is set and not empty, else /tmp. */
const char *tempfile_dir(void);

#endif
