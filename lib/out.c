#include "out.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "fullio.h"

/* What is pending is written when it reaches this size. */
#define FLUSH_BYTES ((size_t)64 << 10)

/* What a pipe to the next stage holds, if the system allows: fewer switches between the two than with its 64 KiB. */
#define PIPE_BYTES (1 << 20)

void out_init(struct out *o, int fd, const char *name)
{
    o->fd = fd;
    o->name = name;
    buf_init(&o->pending, (size_t)1 << 30);
    /* Refused for what is no pipe, and beyond the user's share of pipe memory. */
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
}

int out_flush(struct out *o, struct err *e)
{
    int r = 0;

    if (fullio_write(o->fd, o->pending.data, o->pending.len) < 0)
        r = err_sys(e, EX_IOERR, "cannot write to '%s'", o->name);
    buf_clear(&o->pending);
    return r;
}

int out_write(struct out *o, const void *p, size_t len, struct err *e)
{
    if (buf_append(&o->pending, p, len) < 0)
        return err_set(e, EX_OSERR, "no memory for output to '%s'", o->name);
    return o->pending.len < FLUSH_BYTES ? 0 : out_flush(o, e);
}

int out_line(struct out *o, const void *p, size_t len, struct err *e)
{
    if (buf_append(&o->pending, p, len) < 0)
        return err_set(e, EX_OSERR, "no memory for output to '%s'", o->name);
    return out_write(o, "\n", 1, e);
}

int out_close(struct out *o, struct err *e)
{
    int r = out_flush(o, e);

    if (close(o->fd) < 0 && r == 0)
        r = err_sys(e, EX_IOERR, "cannot close '%s'", o->name);
    out_release(o);
    return r;
}

void out_release(struct out *o)
{
    buf_release(&o->pending);
}

int out_print(struct err *e, ...)
{
    const char *text;
    struct out o;
    va_list ap;
    int r = 0;

    out_init(&o, STDOUT_FILENO, "standard output");
    va_start(ap, e);
    while (r == 0 && (text = va_arg(ap, const char *)) != NULL)
        r = out_write(&o, text, strlen(text), e);
    va_end(ap);
    if (r == 0)
        return out_close(&o, e);
    out_release(&o);
    return -1;
}
