/*
 * split.h: a raw stream cut into several, so that they can be completed in several places.
 */
#ifndef AB_SPLIT_SPLIT_H
#define AB_SPLIT_SPLIT_H

#include "err.h"

/* The most parts; their names have three digits. */
#define SPLIT_PARTS_MAX 1000

/*
 * ${input} is what is read ("-": standard input), ${dir} the folder to make, ${parts} how many at most.
 */
struct split_options {
    const char *input, *dir;
    unsigned parts;
};

/**
 * split_run(o, e):
 * Read a raw stream that has its workspaces (page ab-raw(5)), and write it as up to ${o}->parts streams
 * ${o}->dir/part-000.ndjson and so on, each a piece of it with begin and end line.  Cuts are made before organizations
 * alone, where they make the pieces as equal as may be in lines; what stands before the first organization is in the
 * first part, what stands behind the last one in the last part.  The folder appears with all parts in it or not at all;
 * it may be there already if it is empty.  What is read is kept in a file without a name in TMPDIR meanwhile.
 * Return 0, or -1 with ${e}: EX_NOINPUT, EX_DATAERR (no whole stream, or one without workspaces), EX_CANTCREAT (the
 * folder is not empty), EX_IOERR, EX_OSERR.
 */
int split_run(const struct split_options *o, struct err *e);

#endif
