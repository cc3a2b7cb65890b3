/*
 * publish.h: putting a finished .c1z in the place of the old one: whole, or not at all, and only with leave.
 */
#ifndef C1Z_PACK_PUBLISH_H
#define C1Z_PACK_PUBLISH_H

#include "newfile.h"

/*
 * How a finished database becomes a file: ${encode} writes the one open at ${database} to ${out}, which errors call
 * ${name}, and returns 0 or -1 with its error.  ${arg} is its own.
 */
struct publish_form {
    int (*encode)(void *arg, int database, int out, const char *name, struct err *e);
    void *arg;
};

/* Format v1: one zstd frame of ${level}, made by ${threads} (c1z_encode). ${arg} is such a struct. */
struct publish_v1 {
    int level, threads;
};
int publish_v1(void *arg, int database, int out, const char *name, struct err *e);

/**
 * publish_run(n, form, database, go_fd, e):
 * Write the database at ${database} by ${form} to the new file of ${n}, and publish it.  With ${go_fd} not -1, wait
 * before that, with the new file on disk, until one byte can be read there: whoever started us gives leave so.  Return
 * 0, or -1 with ${e}: EX_TEMPFAIL when that end is closed without a byte, as its holder has ended; else as
 * newfile_publish and ${form}.
 */
int publish_run(struct newfile *n, const struct publish_form *form, int database, int go_fd, struct err *e);

#endif
