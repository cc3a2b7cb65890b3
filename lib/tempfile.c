#include "tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int tempfile_create(const char *dir, char **path, struct err *e)
{
    int fd;

    if (asprintf(path, "%s/.c1z-XXXXXX", dir) < 0) {
        *path = NULL;
        return err_set(e, EX_OSERR, "no memory");
    }
    fd = mkostemp(*path, O_CLOEXEC);
    if (fd >= 0)
        return fd;
    free(*path);
    *path = NULL;
    return err_sys(
        e, errno == ENOSPC || errno == EDQUOT ? EX_IOERR : EX_CANTCREAT, "cannot create a temporary file in '%s'", dir);
}

/* No signal may end the process between the two. */
int tempfile_nameless(const char *dir, struct err *e)
{
    char *path = NULL;
    sigset_t all, before;
    int fd;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    fd = tempfile_create(dir, &path, e);
    if (fd >= 0 && unlink(path) < 0) {
        err_sys(e, EX_IOERR, "cannot remove '%s'", path);
        close(fd);
        fd = -1;
    }
    free(path);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fd;
}

const char *tempfile_dir(void)
{
    const char *dir = getenv("TMPDIR");

    return dir != NULL && *dir != '\0' ? dir : "/tmp";
}
