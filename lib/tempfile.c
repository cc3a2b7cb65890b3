#include "tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

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

const char *tempfile_dir(void)
{
    const char *dir = getenv("TMPDIR");

    return dir != NULL && *dir != '\0' ? dir : "/tmp";
}
