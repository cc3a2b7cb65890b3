/*
 * pack.h: one run of c1z-pack.
 */
#ifndef C1Z_PACK_PACK_H
#define C1Z_PACK_PACK_H

#include <stdbool.h>

#include "err.h"

/*
 * What the options say.  ${keep} is 0, ${sync_id} NULL, ${lock_fd} and ${go_fd} -1 when they are not given: descriptors
 * of the process that started us, for newfile_open and publish_run.
 */
struct pack_options {
    const char *file, *input, *sync_id;
    int keep, level, threads;
    int lock_fd, go_fd;
    bool no_expand, unframed, check;
};

/**
 * pack_run(o, e):
 * Read ${o}->input ("-": standard input), check and expand it, and publish it as a new sync in ${o}->file, or with
 * ${o}->check do all but publish.  Return 0, or -1 with ${e}; the file is then as it was.
 */
int pack_run(const struct pack_options *o, struct err *e);

#endif
