/*
 * json.h: a strict JSON reader over text in memory, and the writer of strings and compact copies.
 *
 * The reader accepts exactly the grammar of RFC 8259, and refuses besides: text that is not valid UTF-8 (also
 * overlong forms, encoded surrogates, values over U+10FFFF, a byte order mark), lone surrogates in \u escapes, an
 * object with the same member twice (names compared after decoding escapes), and whatever exceeds the limits below.
 * It is a pull reader: the caller walks the text with the functions below, builds what it needs, and skips the rest.
 * What is skipped is checked just as strictly.  Nothing is allocated per value: one struct json is used for any number
 * of texts and keeps its buffers.
 *
 * Errors are sticky: after the first one every function returns its failure value and moves nothing, so a caller may
 * look once, at the end, through json_end().  The error holds the position: line, byte in the line (from 1) and path.
 * A caller that asks out of turn (reads a value twice, or leaves one unread) gets an error too, EX_SOFTWARE.
 *
 * The reader is json.c; the value of a number is worked out in json_number.c, and strings are written in json_write.c.
 */
#ifndef AB_JSON_H
#define AB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "err.h"

enum json_type {
    JSON_ERROR, /* the text is wrong here, or was before */
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* ${len} bytes at ${s}; not NUL-terminated, and U+0000 is a byte like others. */
struct json_str {
    const char *s;
    size_t len;
};

static inline struct json_str json_str_of(const char *s)
{
    return (struct json_str){s, strlen(s)};
}

/* 0 means the default beside each. */
struct json_limits {
    unsigned depth;  /* open arrays and objects at one time: 512 */
    size_t text_len; /* bytes of one text: 64 MiB; never more than 4 GiB - 1 */
    size_t members;  /* members of one object: 1,000,000 */
};

struct json {
    struct json_limits limits;
    const char *text, *end, *at;
    uint64_t line;
    bool failed;
    int status;           /* exit status that the failure means: EX_DATAERR, EX_OSERR (no memory), EX_SOFTWARE */
    char reason[160];     /* what is wrong, without position */
    const char *error_at; /* where */
    /* Private to json.c: the last token consumed, white space passed, whether a value stands next. */
    const char *token;
    size_t spaces;
    bool ready;
    /* The open containers, the names of the members met so far, decoded strings. */
    struct json_level *levels;
    unsigned depth, levels_cap;
    struct json_name *names;
    size_t names_len, names_cap;
    uint32_t *table;
    size_t table_len, table_cap;
    bool has_key;
    uint64_t key[2];
    char *scratch;
    size_t scratch_len, scratch_cap;
};

/* Make ready, with ${limits} or, when NULL, the defaults. */
void json_init(struct json *j, const struct json_limits *limits);
void json_release(struct json *j);

/**
 * json_begin(j, text, len, line):
 * Start on a new text of ${len} bytes at ${text}, which the caller keeps unchanged until it is done with the strings
 * read from it.  ${line} is its line number for errors, 0 for a text that is not a line (errors then name the byte
 * alone).
 */
void json_begin(struct json *j, const char *text, size_t len, uint64_t line);

/* The type of the next value (it is not consumed), or JSON_ERROR. */
enum json_type json_peek(struct json *j);

/*
 * Consume the next value, which must be of the type named; on another type fail with "expected a string" and such.
 * Strings and numbers stay valid until the next json_begin: a string without escapes points into the text, one with
 * escapes into j's own memory; a number is its exact text.  On failure ${*v} is empty or false.
 */
bool json_string(struct json *j, struct json_str *v);
bool json_number(struct json *j, struct json_str *v);
bool json_bool(struct json *j, bool *v);
bool json_null(struct json *j);

/**
 * json_object(j), json_array(j):
 * Enter the next value.  Then call json_member or json_element until it returns false: before each true return a name
 * and/or a value to consume stand next.  Each value must be consumed (or skipped) before the next call.  The false
 * return that is no error has left the container.
 */
bool json_object(struct json *j);
bool json_member(struct json *j, struct json_str *name);
bool json_array(struct json *j);
bool json_element(struct json *j);

/* Consume the next value whatever it is; ${raw}, if not NULL, is its text as it stands. */
bool json_skip(struct json *j, struct json_str *raw);

/**
 * json_again(j, known):
 * Consume the next value, at which json_peek has looked, if its text is ${known}: that of an object whose members are
 * neither arrays nor objects, and which a reader has accepted before.  It is not read again then.  Return whether it was;
 * if not, nothing has moved.  White space in ${known} does not count for json_spaces.
 */
bool json_again(struct json *j, struct json_str known);

/*
 * Consume the next value and append its text to ${out} without the white space between tokens, else unchanged.  Nothing
 * is appended on failure.  That ${out} is full shows in ${out}->failed alone.
 */
bool json_copy(struct json *j, struct buf *out);

/*
 * Where the reader stands: after a json_peek at the first byte of the next value, after a value behind its last one; and
 * how many bytes of white space between tokens it has passed in this text.
 */
const char *json_at(const struct json *j);
size_t json_spaces(const struct json *j);

/**
 * json_fail(j, fmt, ...):
 * Fail at the last token consumed or peeked at, for rules of the caller's own ("not a UUID").  Always return false.
 */
bool json_fail(struct json *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * json_end(j, e):
 * Check that nothing but white space follows.  Return 0, or -1 with ${e}: EX_DATAERR and the first error of this text
 * as "line 3, byte 17, at $.data.name: lone surrogate" (EX_OSERR for lack of memory).  ${e} may be NULL.
 */
int json_end(struct json *j, struct err *e);

/* Whether ${v} is the NUL-terminated ${s}. */
bool json_eq(struct json_str v, const char *s);

/**
 * json_to_int64(v, n):
 * The value of a number's text if it is an integer in the range of int64_t, in any spelling (5, 5.0, 50e-1, -0).
 * Return whether it is.
 */
bool json_to_int64(struct json_str v, int64_t *n);

/**
 * json_put_string(out, s, len):
 * Append a string literal: escaped are only the quote, the backslash and bytes under 0x20 (\b \f \n \r \t, else \u00xx
 * in lower case), as protojson prints them (reference/baton-model.md section 2.2).  The bytes must be UTF-8.
 */
void json_put_string(struct buf *out, const char *s, size_t len);

/* Whether ${len} bytes at ${s} are valid UTF-8. */
bool json_utf8(const char *s, size_t len);

#endif
