/*
 * c1zfd.h: private files that nobody else is to see.
 */
#ifndef AB_C1ZFD_H
#define AB_C1ZFD_H

#include "err.h"

/**
 * c1zfd_temp(dir, path, e):
 * Make a new empty file of mode 0600 under an unpredictable name in ${dir}.  Return its descriptor (close-on-exec, for
 * reading and writing) and its name in ${*path}, which the caller frees; or -1 with ${e} (EX_CANTCREAT).
 */
int c1zfd_temp(const char *dir, char **path, struct err *e);

/* The folder for files that nobody else is to see: TMPDIR if it is set and not empty, else /tmp. */
const char *c1zfd_tmpdir(void);

#endif
