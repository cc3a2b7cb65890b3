/*
 * pack.h: one run of c1z-pack.
 */
#ifndef C1Z_PACK_PACK_H
#define C1Z_PACK_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "err.h"
#include "storage.h"

/* The most kinds of gaps that can be accepted by name. */
#define PACK_ACCEPTED_MAX 64

/* What --max-shrink is by default. */
#define PACK_SHRINK_DEFAULT 50

/*
 * What the options say.
 *   file, named           the target, and whether it was given
 *   keep                  0 when it is not given
 *   accepted, n_accepted  kinds of gaps
 *   max_shrink            percent
 *   sync_id               NULL: a new one
 *   started_at            the time of all that is written, if fixed_time
 *   full, resources_only  the type of the sync, when it was given; else full
 *   skip_entitlements     and grants
 *   resource_types        those that stay, with commas; NULL: all
 *   storage               of the file that is written; storage_given: by an option
 *   replace               a file of the other engine makes place, and all syncs of one of the same
 *   lock_fd, go_fd        descriptors of the process that started us, for newfile_open and publish_run; or -1
 *   reason_fd             one to which main says why the run failed; or -1
 */
struct pack_options {
    const char *file, *input;
    bool named, no_expand, unframed, allow_empty, allow_incomplete, allow_shrink, check;
    int keep, level, threads;
    const char *accepted[PACK_ACCEPTED_MAX];
    size_t n_accepted;
    int max_shrink;
    const char *sync_id;
    bool fixed_time;
    struct timespec started_at;
    bool full, resources_only, skip_grants, skip_entitlements, old_readers;
    const char *resource_types;
    enum storage storage;
    bool storage_given, replace;
    int lock_fd, go_fd, reason_fd;
};

/* What pack_run returns for a sync with gaps that --allow-incomplete lets pass. */
#define PACK_INCOMPLETE 2

/**
 * pack_run(o, e):
 * Read ${o}->input ("-": standard input), check and expand it, and publish it as a new sync in ${o}->file, or with
 * ${o}->check do all but publish.  Return 0, PACK_INCOMPLETE, or -1 with ${e}; the file is then as it was.
 */
int pack_run(const struct pack_options *o, struct err *e);

#endif
