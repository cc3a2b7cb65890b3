/*
 * tokenline.h: what ab-token and a program that wants tokens from it say to each other (ab-token(1)).  The answer is one
 * line of JSON,
 *     {"access_token":"...","expires_at_ms":1790000000250}     or     {"error":"...","status":77}
 * and what is asked for is a word on a line, or a variable of the environment.
 */
#ifndef AB_TOKENLINE_H
#define AB_TOKENLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"

/* The longest token. Airbyte's have 500 to 1500 bytes; a server refuses header lines long before this. */
#define TOKENLINE_TOKEN_MAX ((size_t)16 << 10)

/* Room for the longest line, every byte of the token escaped, and what stands around it. */
#define TOKENLINE_MAX (6 * TOKENLINE_TOKEN_MAX + 1024)

/* What may be asked for: any token, a new one, a new one of the configuration API. */
enum tokenline_ask { TOKENLINE_GET, TOKENLINE_RENEW, TOKENLINE_RENEW_CONFIG, TOKENLINE_UNKNOWN };

/* The word on a line for ${ask}; and what ${len} bytes at ${word} ask for. */
const char *tokenline_word(enum tokenline_ask ask);
enum tokenline_ask tokenline_ask(const char *word, size_t len);

/* The variable that says the same to an ab-token that is run once, and its value for ${ask}; NULL where it is unset. */
#define TOKENLINE_VARIABLE "AB_TOKEN_FRESH"
const char *tokenline_value(enum tokenline_ask ask);
enum tokenline_ask tokenline_ask_from_env(void);

/* An answer. Of ${token} and ${error} one is there, ${len} of the other is 0; ${status} belongs to the latter. */
struct tokenline {
    struct json_str token;
    int64_t expires_at_ms; /* on the clock of clock_wall_ms; 0 if it is not known */
    struct json_str error;
    int status;
};

/* Whether this can be a token: 1 to TOKENLINE_TOKEN_MAX bytes of visible ASCII, so that it fits a header line. */
bool tokenline_is_token(const char *text, size_t len);

/*
 * Append an answer, without a line feed: a token, or a failure, whose text is replaced if it is not UTF-8, or if guard.h
 * does not allow it.
 */
void tokenline_put_token(struct buf *out, const char *text, size_t len, int64_t expires_at_ms);
void tokenline_put_error(struct buf *out, const struct err *e);

/**
 * tokenline_read(j, text, len, line):
 * Read an answer, ${len} bytes at ${text}.  The strings of ${line} are valid until ${j} begins on another text and
 * ${text} changes.  A token that tokenline_is_token, or an error, is there; an error's status is one that exit(3) can
 * give and that is not 0 (EX_UNAVAILABLE if the line has none).  Return 0, or -1 if this is no answer: there are no
 * words for it, since they could quote a token.
 */
int tokenline_read(struct json *j, const char *text, size_t len, struct tokenline *line);

#endif
