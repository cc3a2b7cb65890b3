#include "buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first block: enough for a typical line. */
#define FIRST_CAP 512

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

static char *fail_buf(struct buf *b)
{
    buf_release(b);
    b->failed = true;
    return NULL;
}

char *buf_reserve(struct buf *b, size_t n)
{
    size_t cap;
    char *data;

    if (b->failed)
        return NULL;
    if (n > b->max - b->len)
        return fail_buf(b);
    if (n <= b->cap - b->len && b->data != NULL)
        return b->data + b->len;
    cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;
    while (cap - b->len < n)
        cap = cap > SIZE_MAX / 2 ? b->len + n : cap * 2;
    if (cap > b->max)
        cap = b->max;
    if (cap == 0)
        cap = 1;
    data = realloc(b->data, cap);
    if (data == NULL)
        return fail_buf(b);
    b->data = data;
    b->cap = cap;
    return data + b->len;
}

int buf_puts(struct buf *b, const char *s)
{
    return buf_append(b, s, strlen(s));
}

int buf_put_varint(struct buf *b, uint64_t v)
{
    char bytes[10];
    size_t n = 0;

    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (char)(v | 0x80);
    bytes[n++] = (char)v;
    return buf_append(b, bytes, n);
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;
    char *to;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    to = n < 0 ? fail_buf(b) : buf_reserve(b, (size_t)n + 1);
    if (to == NULL)
        return -1;
    va_start(ap, fmt);
    vsnprintf(to, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
    return 0;
}

const char *buf_cstr(struct buf *b)
{
    char *to = buf_reserve(b, 1);

    if (to == NULL)
        return NULL;
    *to = '\0';
    return b->data;
}

void buf_wipe(struct buf *b)
{
    if (b->data != NULL)
        explicit_bzero(b->data, b->cap);
    buf_release(b);
}
