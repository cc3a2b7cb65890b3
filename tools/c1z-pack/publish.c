#include "publish.h"

#include <errno.h>
#include <unistd.h>

#include "c1z.h"

int publish_v1(void *arg, int database, int out, const char *name, struct err *e)
{
    const struct publish_v1 *how = arg;

    return c1z_encode(database, out, name, how->level, how->threads, e);
}

/* Wait for leave to publish. */
static int wait_for_go(const struct newfile *n, int fd, struct err *e)
{
    char byte;
    ssize_t r;

    if (fd < 0)
        return 0;
    do
        r = read(fd, &byte, 1);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return err_sys(e, EX_OSERR, "cannot read descriptor %d", fd);
    if (r == 0)
        return err_set(e, EX_TEMPFAIL, "'%s' is not published: who started this run has ended", n->path);
    return 0;
}

int publish_run(struct newfile *n, const struct publish_form *form, int database, int go_fd, struct err *e)
{
    if (newfile_create(n, e) < 0 || form->encode(form->arg, database, n->fd, n->temp, e) < 0)
        return -1;
    if (newfile_write_done(n, e) < 0 || wait_for_go(n, go_fd, e) < 0)
        return -1;
    return newfile_publish(n, e);
}
