#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fullio.h"

/* What is pending is written when it reaches this size. */
#define FLUSH_BYTES ((size_t)64 << 10)

/* What a pipe to the next stage holds, if the system allows: fewer switches between the two than with its 64 KiB. */
#define PIPE_BYTES (1 << 20)

void out_init(struct out *o, int fd, const char *name)
{
    o->fd = fd;
    o->name = name;
    o->deadline_ms = 0;
    o->held = false;
    o->pushed = 0;
    buf_init(&o->pending, (size_t)1 << 30);
    /* Refused for what is no pipe, and beyond the user's share of pipe memory. */
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
}

size_t out_pending(const struct out *o)
{
    return o->pending.len - o->pushed;
}

static int write_failed(const struct out *o, struct err *e)
{
    return err_sys(e, EX_IOERR, "cannot write to '%s'", o->name);
}

/* Write the next ${len} bytes of what is pending. */
static int write_piece(struct out *o, size_t len, struct err *e)
{
    if (fullio_write(o->fd, o->pending.data + o->pushed, len) < 0)
        return write_failed(o, e);
    o->pushed += len;
    if (o->pushed == o->pending.len) {
        o->pushed = 0;
        buf_clear(&o->pending);
    }
    return 0;
}

/*
 * How many bytes can be written now without waiting; 0 for none.  A file takes all.  A pipe that is less than half full has
 * room for a piece of FLUSH_BYTES, however its pages are filled; else, for whatever poll(2) says can be written, one of
 * PIPE_BUF bytes does not block.
 */
static size_t room_now(const struct out *o)
{
    struct pollfd p = {.fd = o->fd, .events = POLLOUT};
    int size = fcntl(o->fd, F_GETPIPE_SZ), used;
    struct stat st;

    if (size < 0 && fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode))
        return SIZE_MAX;
    if (size >= 4 * (int)FLUSH_BYTES && ioctl(o->fd, FIONREAD, &used) == 0 && used < size / 2)
        return FLUSH_BYTES;
    return poll(&p, 1, 0) > 0 ? PIPE_BUF : 0;
}

int out_push(struct out *o, struct err *e)
{
    while (out_pending(o) > 0) {
        size_t room = room_now(o), len = out_pending(o);

        if (room == 0)
            return 0;
        if (write_piece(o, len < room ? len : room, e) < 0)
            return -1;
    }
    return 0;
}

/* Wait until ${o} can be written. */
static int wait_for_reader(const struct out *o, struct err *e)
{
    for (;;) {
        int64_t left_ms = o->deadline_ms - clock_mono_ms();
        struct pollfd p = {.fd = o->fd, .events = POLLOUT};
        int n = left_ms <= 0 ? 0 : poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

        if (n > 0)
            return 0;
        if (n == 0)
            return err_set(e, EX_TEMPFAIL, "the deadline has passed while '%s' was not read", o->name);
        if (errno != EINTR)
            return err_sys(e, EX_OSERR, "poll");
    }
}

/* Write in pieces so small that a pipe takes one whole, without blocking, whenever poll(2) says that it takes any. */
static int write_in_time(struct out *o, struct err *e)
{
    while (out_pending(o) > 0)
        if (wait_for_reader(o, e) < 0 || write_piece(o, out_pending(o) > PIPE_BUF ? PIPE_BUF : out_pending(o), e) < 0)
            return -1;
    return 0;
}

int out_flush(struct out *o, struct err *e)
{
    int r = 0;

    if (o->deadline_ms != 0)
        r = write_in_time(o, e);
    else if (out_pending(o) > 0)
        r = write_piece(o, out_pending(o), e);
    o->pushed = 0;
    buf_clear(&o->pending);
    return r;
}

int out_write(struct out *o, const void *p, size_t len, struct err *e)
{
    if (buf_append(&o->pending, p, len) < 0)
        return err_set(e, EX_OSERR, "no memory for output to '%s'", o->name);
    return o->held || o->pending.len < FLUSH_BYTES ? 0 : out_flush(o, e);
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
