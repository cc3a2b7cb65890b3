/*
 * publish.h: putting a finished .c1z in the place of the old one: whole, or not at all.
 */
#ifndef C1Z_PACK_PUBLISH_H
#define C1Z_PACK_PUBLISH_H

#include <stdbool.h>
#include <sys/stat.h>

#include "err.h"

/*
 * The file to publish: ${path} is where it really is, symbolic links followed, in the folder ${dir}.  ${old} describes
 * the file that is there, if ${exists}.
 */
struct publish {
    char *path, *dir, *lock_path;
    int lock_fd;
    bool exists;
    struct stat old;
    mode_t mode;
};

/**
 * publish_open(p, file, e):
 * Find out where ${file} is, see that a file can be put there, and lock it against other writers, by a lock file
 * beside it that goes away again.  From here to publish_close, SIGINT, SIGTERM and SIGHUP remove what is temporary
 * before they end the process.  Return 0, or -1 with ${e}: EX_CANTCREAT (${file} is no regular file; its folder is not
 * there, or not ours to write), EX_TEMPFAIL (another writer).  publish_close may always be called, after a failure too.
 */
int publish_open(struct publish *p, const char *file, struct err *e);
void publish_close(struct publish *p);

/* Open the old file to read: its descriptor, -1 in ${*fd} if there is none. */
int publish_old(const struct publish *p, int *fd, struct err *e);

/**
 * publish_run(p, database, level, threads, e):
 * Compress the database at ${database} to a temporary file beside the target, with the mode of the old file (else 0644
 * less the umask), synchronise it, rename it, synchronise the folder.  Return 0, or -1 with ${e}: EX_IOERR, EX_CANTCREAT,
 * EX_TEMPFAIL if somebody else has replaced the old file meanwhile.  The old file is then as it was, unless the folder
 * alone could not be synchronised.
 */
int publish_run(struct publish *p, int database, int level, int threads, struct err *e);

#endif
