/*
 * jqvalue.h: JSON texts into jq values and back.
 *
 * Texts are read by lib/json, strictly, and written here: libjq's own parser is slow and lax.  What remains of libjq's
 * limits is that a number is a double: whole numbers are exact up to 2^53, of others 17 digits are kept.
 *
 * A line has few strings that the lines before it had not: names of members, words, the ids of parents.  So the last
 * ones met are kept as jq strings, which saves checking and copying them, and hashing them in libjq.  Those that are
 * written, which are often the very same jq strings, are kept with the text that is written for them.
 */
#ifndef AB_MAP_JQVALUE_H
#define AB_MAP_JQVALUE_H

#include <jv.h>

#include "buf.h"
#include "err.h"
#include "jqobjects.h"
#include "json.h"

/* The places for names and strings that were read and for those that were written; longer strings are not kept. */
#define JQVALUE_NAMES 256
#define JQVALUE_STRINGS 4096
#define JQVALUE_WRITTEN 256
#define JQVALUE_LEN_MAX 64

/*
 * The deepest nesting of arrays and objects in what is read, and in what is written.  libjq cuts what is nested deeper
 * than 256 to a word, silently, where a filter makes text of it (tojson, tostring, string interpolation).
 */
#define JQVALUE_READ_DEPTH 256
#define JQVALUE_WRITE_DEPTH 512

/* A jq string that was read, and its bytes, which are those of ${value}; ${len} 0 while the place is empty. */
struct jqvalue_string {
    const char *s;
    size_t len;
    jv value;
};

/*
 * A jq string that was written, known by its address ${s}, which is that of the bytes of ${value}, and its literal with a
 * byte before it, for the comma or brace: ${len} bytes of ${text}.  ${len} is 0 while the place is empty.
 */
struct jqvalue_literal {
    const char *s;
    size_t len;
    jv value;
    char text[JQVALUE_LEN_MAX + 3];
};

struct jqvalue {
    struct json json;
    struct jqvalue_string names[JQVALUE_NAMES];
    struct jqvalue_string strings[JQVALUE_STRINGS];
    struct jqvalue_literal written[JQVALUE_WRITTEN];
    struct jqobjects objects;
};

void jqvalue_init(struct jqvalue *v);
void jqvalue_release(struct jqvalue *v);

/**
 * jqvalue_read(v, text, len, line, value, e):
 * Make ${value} the object that the ${len} bytes at ${text} must be; it is the caller's, to be freed.  ${line} is its
 * number in errors.  Return 0, or -1 with ${e}: EX_DATAERR with the position, EX_OSERR without memory.
 */
int jqvalue_read(struct jqvalue *v, const char *text, size_t len, uint64_t line, jv *value, struct err *e);

/**
 * jqvalue_put(v, out, value):
 * Append ${value}, which is no string and stays the caller's, as compact JSON, members in the order in which they were set.  Return NULL,
 * or what is wrong with it: words that go behind "a result".
 */
const char *jqvalue_put(struct jqvalue *v, struct buf *out, jv value);

#endif
