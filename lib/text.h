/*
 * text.h: text from outside on a terminal.
 */
#ifndef AB_TEXT_H
#define AB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* The first character of ${len} > 0 bytes at ${s} in ${*c}: how many bytes it has, or 0 if they are no UTF-8. */
size_t text_decode(const char *s, size_t len, uint32_t *c);

/*
 * Whether ${c} must not reach a terminal as it is: controls of C0 and C1, DEL, line separators, and what reorders or
 * hides text.
 */
bool text_is_unsafe(uint32_t c);

/* Append ${len} bytes at ${s} with what is unsafe as \u00xx or \U000exxxx, and bytes that are no UTF-8 as \xnn. */
void text_put_safe(struct buf *out, const char *s, size_t len);

/**
 * text_put_json(out, json, len):
 * Append ${len} bytes of JSON in UTF-8 at ${json} with what is unsafe in its strings as \uxxxx, in two above U+FFFF:
 * the same value, for a terminal.  Controls of C0 between its tokens stay.
 */
void text_put_json(struct buf *out, const char *json, size_t len);

/**
 * text_fold(c):
 * The small letter of ${c}, of the Latin, Greek, Cyrillic and Armenian scripts, one for one; all else is as it is.  A
 * final sigma is a sigma.  (towlower would need a locale's file, which a program that is confined cannot open.)
 */
uint32_t text_fold(uint32_t c);

/**
 * text_width(s, len):
 * How many columns of a terminal UTF-8 text takes that has nothing unsafe: two for ideographs, syllables of Hangul, Kana
 * and emoji, none for combining marks, one for all else.  A terminal may know better for rare scripts.
 */
size_t text_width(const char *s, size_t len);

/* How many of the ${len} bytes at ${s} fit in ${width} columns, whole characters and their combining marks. */
size_t text_fit(const char *s, size_t len, size_t width);

#endif
