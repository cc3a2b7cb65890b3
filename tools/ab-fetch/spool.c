#include "spool.h"

#include <errno.h>
#include <unistd.h>

#include "fullio.h"
#include "tempfile.h"

#define NAME "the file in TMPDIR for lines that wait"

void spool_init(struct spool *s)
{
    *s = (struct spool){.fd = -1};
}

void spool_release(struct spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    spool_init(s);
}

int spool_put(struct spool *s, const char *text, size_t len, uint64_t *at, struct err *e)
{
    if (s->fd < 0)
        s->fd = tempfile_nameless(tempfile_dir(), e);
    if (s->fd < 0)
        return -1;
    *at = s->end;
    if (lseek(s->fd, (off_t)s->end, SEEK_SET) < 0 || fullio_write(s->fd, text, len) < 0)
        return err_sys(e, EX_IOERR, "cannot write to " NAME);
    s->end += len;
    return 0;
}

int spool_get(const struct spool *s, uint64_t at, size_t len, struct buf *out, struct err *e)
{
    char *to = buf_reserve(out, len);

    if (to == NULL)
        return err_set(e, EX_OSERR, "no memory for lines that waited");
    for (size_t have = 0; have < len;) {
        ssize_t n = pread(s->fd, to + have, len - have, (off_t)(at + have));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, EX_IOERR, "cannot read " NAME);
        if (n == 0)
            return err_set(e, EX_IOERR, NAME " is shorter than what was written");
        have += (size_t)n;
    }
    out->len += len;
    return 0;
}
