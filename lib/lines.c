#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The block to begin with: several pipes full. */
#define FIRST_CAP ((size_t)256 << 10)

void lines_init(struct lines *l, int fd, const char *name, size_t max)
{
    *l = (struct lines){.fd = fd, .name = name, .max = max};
}

void lines_release(struct lines *l)
{
    free(l->block);
    lines_init(l, l->fd, l->name, l->max);
}

/* Make room behind what is buffered: move it to the front, and grow the block when it is full. */
static int make_room(struct lines *l, struct err *e)
{
    size_t len = l->end - l->start, cap;
    char *block;

    if (l->start > 0) {
        memmove(l->block, l->block + l->start, len);
        l->start = 0;
        l->end = len;
    }
    if (l->end < l->cap)
        return 0;
    /* The line feed may stand behind a line of the greatest length. */
    if (l->cap > l->max)
        return err_set(
            e, EX_DATAERR, "%s: line %llu is longer than %zu bytes", l->name, (unsigned long long)l->line + 1, l->max);
    cap = l->cap == 0 ? FIRST_CAP : l->cap * 2;
    if (cap > l->max + 1)
        cap = l->max + 1;
    block = realloc(l->block, cap);
    if (block == NULL)
        return err_sys(e, EX_OSERR, "%s: line %llu", l->name, (unsigned long long)l->line + 1);
    l->block = block;
    l->cap = cap;
    return 0;
}

/* Read once more into the block. Return 1, 0 at the end, or -1. */
static int fill_block(struct lines *l, struct err *e)
{
    ssize_t n;

    if (make_room(l, e) < 0)
        return -1;
    do
        n = read(l->fd, l->block + l->end, l->cap - l->end);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_sys(e, EX_IOERR, "cannot read '%s'", l->name);
    l->end += (size_t)n;
    l->eof = n == 0;
    return n > 0;
}

/* Give out the ${len} bytes at the start of what is buffered, and drop ${len} + ${skip}. */
static int give_line(struct lines *l, const char **text, size_t *len, size_t n, size_t skip)
{
    *text = l->block + l->start;
    *len = n;
    l->start += n + skip;
    l->line++;
    l->unterminated = skip == 0;
    return 1;
}

int lines_next(struct lines *l, const char **text, size_t *len, struct err *e)
{
    size_t seen = 0;

    for (;;) {
        size_t have = l->end - l->start;
        const char *lf = have > seen ? memchr(l->block + l->start + seen, '\n', have - seen) : NULL;
        int r;

        if (lf != NULL)
            return give_line(l, text, len, (size_t)(lf - (l->block + l->start)), 1);
        seen = have;
        r = l->eof ? 0 : fill_block(l, e);
        if (r < 0)
            return -1;
        if (r == 0)
            return have == 0 ? 0 : give_line(l, text, len, have, 0);
    }
}

bool lines_ready(const struct lines *l)
{
    return l->end > l->start && memchr(l->block + l->start, '\n', l->end - l->start) != NULL;
}
