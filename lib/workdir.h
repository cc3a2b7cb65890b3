/*
 * workdir.h: a private folder for one piece of work, of which nothing is left behind.
 */
#ifndef AB_WORKDIR_H
#define AB_WORKDIR_H

#include "err.h"

/* ${path} is the folder, owned; ${fd} its descriptor, which holds a lock while the folder is in use. */
struct workdir {
    char *path;
    int fd;
};

/**
 * workdir_sweep(base, prefix):
 * Remove the folders of this user's in ${base} whose names begin with ${prefix} and that killed runs left: those whose
 * lock nobody holds.
 */
void workdir_sweep(const char *base, const char *prefix);

/* Make a folder of mode 0700 in ${base}, ${prefix} and six letters. Return 0, or -1 with ${e} (EX_CANTCREAT). */
int workdir_make(struct workdir *w, const char *base, const char *prefix, struct err *e);

/* Remove the folder and all files in it. */
void workdir_remove(struct workdir *w);

/* It has another name now, under which it stays: let go of it. */
void workdir_forget(struct workdir *w);

#endif
