/*
 * piece.h: a growing piece of text, and JSON text in it.
 *
 * A test server that has no memory left can do nothing useful: it says so and ends with status 71. So nothing here fails.
 */
#ifndef MOCK_PIECE_H
#define MOCK_PIECE_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty text. ${data} ends in a NUL that ${len} does not count, once anything was added. */
struct piece {
    char *data;
    size_t len, cap;
};

/* realloc ${old} to ${n} elements of ${size} bytes. The caller frees the result. */
void *piece_array(void *old, size_t n, size_t size);

/* A copy of the ${len} bytes at ${s}, with a NUL after them. The caller frees it. */
char *piece_copy(const char *s, size_t len);

void piece_add(struct piece *t, const char *s, size_t len);
void piece_puts(struct piece *t, const char *s);
void piece_addf(struct piece *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add ${s}, which is UTF-8, as a JSON string with its quotes. */
void piece_quote(struct piece *t, const char *s, size_t len);

/* The same for bytes that may be anything: those over 0x7e become \u00XX. */
void piece_quote_bytes(struct piece *t, const char *s, size_t len);

void piece_release(struct piece *t);

#endif
