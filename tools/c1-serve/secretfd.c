#include "secretfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Move up to ${max} bytes. Return how many, 0 at the end, or -1 with errno. */
static ssize_t move_bytes(int to, int from, bool is_pipe, size_t max)
{
    ssize_t n;

    do
        n = is_pipe ? splice(from, NULL, to, NULL, max, 0) : sendfile(to, from, NULL, max);
    while (n < 0 && errno == EINTR);
    return n;
}

static int fill(int to, int from, struct err *e)
{
    size_t len = 0;
    struct stat st;
    ssize_t n;

    if (fstat(from, &st) < 0 || !(S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode)))
        return err_set(e, EX_CONFIG, "Airbyte's client secret must come from a pipe or a file");
    while ((n = move_bytes(to, from, S_ISFIFO(st.st_mode), SECRETFD_MAX + 1 - len)) > 0) {
        len += (size_t)n;
        if (len > SECRETFD_MAX)
            return err_set(e, EX_CONFIG, "Airbyte's client secret is longer than %d bytes", SECRETFD_MAX);
    }
    return n == 0 ? 0 : err_sys(e, EX_IOERR, "cannot take Airbyte's client secret");
}

int secretfd_keep(int from, struct err *e)
{
    int fd = memfd_create("airbyte-client-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING), r;

    if (fd < 0)
        return err_sys(e, EX_OSERR, "cannot make memory for Airbyte's client secret");
    r = fchmod(fd, S_IRUSR | S_IWUSR) < 0 ? err_sys(e, EX_OSERR, "cannot make memory private") : fill(fd, from, e);
    close(from);
    if (r == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        r = err_sys(e, EX_OSERR, "cannot seal memory");
    if (r == 0)
        return fd;
    close(fd);
    return -1;
}

int secretfd_open(int kept, struct err *e)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", kept);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : err_sys(e, EX_OSERR, "cannot open Airbyte's client secret anew");
}
