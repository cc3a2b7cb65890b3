/*
 * c1zfd.h: descriptors: the three standard ones, and private files without a name.
 */
#ifndef AB_C1ZFD_H
#define AB_C1ZFD_H

#include "err.h"

/**
 * c1zfd_guard(e):
 * See that descriptors 0 to 2 are open, so that no file opened later takes the place of one: a closed one is filled by
 * /dev/null the wrong way round, and using it still fails.  Call it first of all.  Return 0, or -1 with ${e}.
 */
int c1zfd_guard(struct err *e);

/**
 * c1zfd_temp(dir, path, e):
 * Make a new empty file of mode 0600 under an unpredictable name in ${dir}.  Return its descriptor (close-on-exec, for
 * reading and writing) and its name in ${*path}, which the caller frees; or -1 with ${e} (EX_CANTCREAT).
 */
int c1zfd_temp(const char *dir, char **path, struct err *e);

/* The folder for files that nobody else is to see: TMPDIR if it is set and not empty, else /tmp. */
const char *c1zfd_tmpdir(void);

#endif
