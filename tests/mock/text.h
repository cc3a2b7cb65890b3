/*
 * text.h: a growing piece of text, and JSON text in it.
 *
 * A test server that has no memory left can do nothing useful: it says so and ends with status 71. So nothing here fails.
 */
#ifndef MOCK_TEXT_H
#define MOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty text. ${data} ends in a NUL that ${len} does not count, once anything was added. */
struct text {
    char *data;
    size_t len, cap;
};

/* realloc ${old} to ${n} elements of ${size} bytes. The caller frees the result. */
void *text_array(void *old, size_t n, size_t size);

/* A copy of the ${len} bytes at ${s}, with a NUL after them. The caller frees it. */
char *text_copy(const char *s, size_t len);

void text_add(struct text *t, const char *s, size_t len);
void text_puts(struct text *t, const char *s);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add ${s}, which is UTF-8, as a JSON string with its quotes. */
void text_quote(struct text *t, const char *s, size_t len);

/* The same for bytes that may be anything: those over 0x7e become \u00XX. */
void text_quote_bytes(struct text *t, const char *s, size_t len);

void text_release(struct text *t);

#endif
