/*
 * newfile.h: a file that appears whole, in the place of the one that is there, or not at all: .c1z files, reports,
 * journals, the streams that --stages keeps.
 *
 * Two things stand beside the target while one is made: a lock file, so that there is one writer at a time, and a
 * folder of mode 0700 that holds the new file and whatever else the writer needs.  Both go away again.  What a killed
 * run leaves is in nobody's way: the lock is of the kind that ends with its process, and whoever holds it next removes
 * the folders that are left.
 *
 * One struct newfile is open at a time in a process: a signal handler must know what to remove.
 */
#ifndef AB_NEWFILE_H
#define AB_NEWFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "err.h"

/*
 * ${path} is where the target really is, symbolic links followed, in the folder ${dir}.  ${old} describes the file that
 * is there, if ${exists}.  ${work} is the folder to work in, ${temp} the new file in it, open at ${fd} (-1: not now).
 * ${lent} says that the lock belongs to somebody else, who removes it.
 */
struct newfile {
    char *path, *dir, *lock_path, *work, *temp;
    int lock_fd, fd;
    bool lent, exists;
    struct stat old;
};

/**
 * newfile_open(n, file, lock_fd, e):
 * Find out where ${file} is, see that a file can be put there, lock it, remove what killed runs left, and make the folder
 * to work in.  With ${lock_fd} not -1, the lock is held there already, by the process that started us: an open
 * descriptor of the lock file, as newfile_lock_name says; it is used and left alone.  From here to newfile_close every
 * signal that ends a process removes what is temporary first.  Return 0, or -1 with ${e}: EX_CANTCREAT (${file} is no
 * regular file, or one without a name, or something is mounted on it; its folder is not there, or not ours to write), EX_TEMPFAIL (another
 * writer), EX_USAGE (${lock_fd} is not the lock).  newfile_close may always be called, after a failure too; what was
 * not published is then gone.
 */
int newfile_open(struct newfile *n, const char *file, int lock_fd, struct err *e);
void newfile_close(struct newfile *n);

/* Open the file that is there to read: its descriptor, -1 in ${*fd} if there is none. */
int newfile_old(const struct newfile *n, int *fd, struct err *e);

/* Make the new file, of mode 0600, and open it: ${n}->fd, which stays ${n}'s. Return 0, or -1 with ${e}. */
int newfile_create(struct newfile *n, struct err *e);

/**
 * newfile_write_done(n, e):
 * Say that all of the new file is written.  Give it mode, owner and group of the old one (set-id bits are not kept;
 * where the group cannot be, a warning, and no rights for it; without an old one 0644 less the umask), synchronise and
 * close it.  Return 0, or -1 with ${e} (EX_IOERR).
 */
int newfile_write_done(struct newfile *n, struct err *e);

/**
 * newfile_publish(n, e):
 * See that the old file is still the one that newfile_open met, put the new one in its place, synchronise the folder.
 * Return 0, or -1 with ${e}: EX_TEMPFAIL if somebody else has replaced the old file, EX_IOERR.  In both cases the old
 * file is as it was, unless the message says that the new one is published: only the folder could not be synchronised.
 */
int newfile_publish(struct newfile *n, struct err *e);

/**
 * newfile_sync_folder(dir, e):
 * Synchronise the folder ${dir}, so that names made in it outlast a loss of power.  A file system that cannot do that
 * to folders is no failure.  Return 0, or -1 with ${e} (EX_IOERR).
 */
int newfile_sync_folder(const char *dir, struct err *e);

/* The first ${NEWFILE_NAME_USED} bytes of a name count in those of lock and folder, so that any name has room. */
#define NEWFILE_NAME_USED 200

/**
 * newfile_lock_name(dir, name, e):
 * The path of the lock for the file ${name} in ${dir}: ".NAME.lock" there.  It is locked with flock(2).  The caller
 * frees it; NULL with ${e} (EX_OSERR).
 */
char *newfile_lock_name(const char *dir, const char *name, struct err *e);

#endif
