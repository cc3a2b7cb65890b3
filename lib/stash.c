#include "stash.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fullio.h"
#include "grow.h"
#include "tempfile.h"

/* What is read where no more is likely to be wanted. */
#define PAGE ((size_t)4 << 10)

void stash_open(struct stash *s, const char *dir, size_t max)
{
    *s = (struct stash){.dir = dir, .fd = -1, .max = max};
}

void stash_close(struct stash *s)
{
    free(s->tail);
    free(s->window);
    if (s->dir != NULL && s->fd >= 0)
        close(s->fd);
    *s = (struct stash){.fd = -1};
}

static size_t tail_len(const struct stash *s)
{
    return (size_t)(s->len - s->filed);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for a temporary file");
}

/* Write ${len} bytes at ${p} at the end of the file. Reading is by pread, so its own offset is there. */
static int write_file(struct stash *s, const void *p, size_t len, struct err *e)
{
    if (s->fd < 0 && (s->fd = tempfile_nameless(s->dir, e)) < 0)
        return -1;
    if (fullio_write(s->fd, p, len) < 0)
        return err_sys(e, EX_IOERR, "cannot write the temporary file");
    s->filed += len;
    return 0;
}

static int flush(struct stash *s, struct err *e)
{
    return tail_len(s) > 0 ? write_file(s, s->tail, tail_len(s), e) : 0;
}

int stash_put(struct stash *s, const void *p, size_t len, struct err *e)
{
    size_t have = tail_len(s);
    uint8_t *tail;

    if (len == 0)
        return 0;
    if (len > s->max - have) {
        if (flush(s, e) < 0)
            return -1;
        have = 0;
    }
    if (len > s->max) {
        s->len += len;
        return write_file(s, p, len, e);
    }
    tail = grow_array(s->tail, &s->cap, have + len, s->max, 1);
    if (tail == NULL)
        return no_memory(e);
    s->tail = tail;
    memcpy(s->tail + have, p, len);
    s->len += len;
    return 0;
}

static int read_file(struct stash *s, void *p, size_t len, uint64_t at, struct err *e)
{
    uint8_t *to = p;

    while (len > 0) {
        ssize_t n = pread(s->fd, to, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return err_set(e, EX_IOERR, "the temporary file is cut short");
        if (n < 0)
            return err_sys(e, EX_IOERR, "cannot read the temporary file");
        to += n;
        len -= (size_t)n;
        at += (uint64_t)n;
    }
    return 0;
}

/* Whether reading from ${at} on continues what was read before, or skips less than reading it costs. */
static bool goes_on(const struct stash *s, uint64_t at)
{
    uint64_t end = s->window_at + s->window_len;

    return at >= s->window_at && at <= end + PAGE;
}

/* Bring ${len} bytes of the file from ${at} on into the window. */
static int fill_window(struct stash *s, uint64_t at, size_t len, struct err *e)
{
    size_t want = goes_on(s, at) ? STASH_WINDOW : PAGE;
    uint64_t left = s->filed - at;

    if (want < len)
        want = len;
    if (want > left)
        want = (size_t)left;
    if (want > s->window_cap) {
        size_t cap = want > STASH_WINDOW ? want : STASH_WINDOW;
        uint8_t *window = realloc(s->window, cap);

        if (window == NULL)
            return no_memory(e);
        s->window = window;
        s->window_cap = cap;
    }
    s->window_len = 0;
    if (read_file(s, s->window, want, at, e) < 0)
        return -1;
    s->window_at = at;
    s->window_len = want;
    return 0;
}

const void *stash_at(struct stash *s, uint64_t at, size_t len, struct err *e)
{
    if (at >= s->filed)
        return s->tail + (size_t)(at - s->filed);
    /* What stands on both sides is brought together in the file. */
    if (at + len > s->filed && flush(s, e) < 0)
        return NULL;
    if ((at < s->window_at || at + len > s->window_at + s->window_len) && fill_window(s, at, len, e) < 0)
        return NULL;
    return s->window + (size_t)(at - s->window_at);
}

int stash_change(struct stash *s, uint64_t at, const void *p, size_t len, struct err *e)
{
    const uint8_t *from = p;

    if (at >= s->filed) {
        memcpy(s->tail + (size_t)(at - s->filed), from, len);
        return 0;
    }
    if (at + len > s->filed && flush(s, e) < 0)
        return -1;
    s->window_len = 0;
    while (len > 0) {
        ssize_t n = pwrite(s->fd, from, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, EX_IOERR, "cannot write the temporary file");
        from += n;
        len -= (size_t)n;
        at += (uint64_t)n;
    }
    return 0;
}
