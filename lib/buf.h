/*
 * buf.h: bytes that grow up to a ceiling.
 */
#ifndef AB_BUF_H
#define AB_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * ${len} bytes at ${data} (NULL while nothing was ever added), in a block of ${cap}, never more than ${max}.
 * ${failed} is set when an append met the ceiling or found no memory.  From then on every append does nothing and
 * ${len} is 0, so a caller may append many times and look once.
 */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

/* Start empty with the ceiling ${max} in bytes. */
void buf_init(struct buf *b, size_t max);

/* Free the contents; ${b} is then as after buf_init with the same ceiling. */
void buf_release(struct buf *b);

/* Forget the contents and the failure, keep the block for reuse. */
void buf_clear(struct buf *b);

/**
 * buf_reserve(b, n):
 * Return a place for ${n} more bytes behind the contents, or NULL with ${b}->failed set.  The caller writes there and
 * adds what it wrote to ${b}->len.
 */
char *buf_reserve(struct buf *b, size_t n);

/* The same, at once where there is room: most appends are of a few bytes, and there are many. */
static inline char *buf_place(struct buf *b, size_t n)
{
    return !b->failed && b->data != NULL && n <= b->cap - b->len ? b->data + b->len : buf_reserve(b, n);
}

/* Append ${n} bytes at ${p}; a NUL-terminated string; one byte; printf output.  Return 0, or -1 when ${b}->failed. */
static inline int buf_append(struct buf *b, const void *p, size_t n)
{
    char *to = buf_place(b, n);

    if (to == NULL)
        return -1;
    if (n > 0)
        memcpy(to, p, n);
    b->len += n;
    return 0;
}
static inline int buf_putc(struct buf *b, char c)
{
    return buf_append(b, &c, 1);
}
int buf_puts(struct buf *b, const char *s);
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append ${v} in groups of 7 bits, the lowest first, as varints of protobuf and of Go are. Likewise. */
int buf_put_varint(struct buf *b, uint64_t v);

/* The contents with a NUL behind them that does not count in ${b}->len, or NULL when ${b}->failed. */
const char *buf_cstr(struct buf *b);

/* Overwrite the contents (and the block's rest) with zeros, then free as buf_release does: for secrets. */
void buf_wipe(struct buf *b);

#endif
