#include "piece.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static _Noreturn void no_memory(void)
{
    fputs("mock-airbyte: out of memory\n", stderr);
    _Exit(EX_OSERR);
}

void *piece_array(void *old, size_t n, size_t size)
{
    void *p = reallocarray(old, n ? n : 1, size);

    if (!p)
        no_memory();
    return p;
}

char *piece_copy(const char *s, size_t len)
{
    char *p;

    if (len == SIZE_MAX)
        no_memory();
    p = piece_array(NULL, len + 1, 1);
    if (len)
        memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

/* Make room for ${more} bytes and a NUL. */
static void reserve(struct piece *t, size_t more)
{
    size_t cap = t->cap ? t->cap : 256;

    if (more > SIZE_MAX / 4 || t->len > SIZE_MAX / 4)
        no_memory();
    while (cap < t->len + more + 1)
        cap *= 2;
    if (cap == t->cap)
        return;
    t->data = piece_array(t->data, cap, 1);
    t->cap = cap;
}

void piece_add(struct piece *t, const char *s, size_t len)
{
    reserve(t, len);
    if (len)
        memcpy(t->data + t->len, s, len);
    t->len += len;
    t->data[t->len] = '\0';
}

void piece_puts(struct piece *t, const char *s)
{
    piece_add(t, s, strlen(s));
}

void piece_addf(struct piece *t, const char *fmt, ...)
{
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0) {
        reserve(t, (size_t)n);
        vsnprintf(t->data + t->len, (size_t)n + 1, fmt, again);
        t->len += (size_t)n;
    }
    va_end(again);
}

/* The two-character escape of ${c}, or 0. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

/* Add ${s} as a JSON string, escaping what must be and every byte over ${highest}. */
static void quote(struct piece *t, const char *s, size_t len, unsigned char highest)
{
    size_t start = 0;

    piece_add(t, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        char escape = short_escape(c);

        if (c >= 0x20 && c <= highest && !escape)
            continue;
        piece_add(t, s + start, i - start);
        start = i + 1;
        if (escape)
            piece_addf(t, "\\%c", escape);
        else
            piece_addf(t, "\\u%04X", c);
    }
    piece_add(t, s + start, len - start);
    piece_add(t, "\"", 1);
}

void piece_quote(struct piece *t, const char *s, size_t len)
{
    quote(t, s, len, 0xff);
}

void piece_quote_bytes(struct piece *t, const char *s, size_t len)
{
    quote(t, s, len, 0x7e);
}

void piece_release(struct piece *t)
{
    free(t->data);
    *t = (struct piece){0};
}
