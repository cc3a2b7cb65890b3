/*
 * workdir.h: a private folder for one task, of which nothing is left behind.
 */
#ifndef C1_SERVE_WORKDIR_H
#define C1_SERVE_WORKDIR_H

#include "err.h"

/* ${path} is the folder, owned; ${fd} its descriptor, which holds a lock while the folder is in use. */
struct workdir {
    char *path;
    int fd;
};

/* The folder in which such folders are made: ${dir} if not NULL, else BATON_TMPDIR, else TMPDIR, else /tmp. */
const char *workdir_base(const char *dir);

/**
 * workdir_sweep(base):
 * Remove the folders of this user's that killed runs left in ${base}: those whose lock nobody holds.
 */
void workdir_sweep(const char *base);

/* Make a folder of mode 0700 in ${base}. Return 0, or -1 with ${e} (EX_CANTCREAT). */
int workdir_make(struct workdir *w, const char *base, struct err *e);

/* Remove the folder and all files in it. */
void workdir_remove(struct workdir *w);

#endif
