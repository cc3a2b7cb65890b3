/*
 * tokens.h: access tokens that were given out, and when each ends.
 */
#ifndef MOCK_TOKENS_H
#define MOCK_TOKENS_H

#include "piece.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct token {
    char *text;
    int64_t ends_ms; /* on the server's clock */
    bool public;     /* whether the public form of the endpoint gave it */
};

struct tokens {
    pthread_mutex_t lock;
    struct token *list; /* token k is list[k - 1] */
    size_t n, cap;
    int64_t life_s, clock_offset_s;
    bool opaque; /* tokens that say nothing of themselves */
};

/* What a token is worth. */
enum tokens_state { TOKEN_UNKNOWN, TOKEN_EXPIRED, TOKEN_VALID };

/* ${life_s} seconds is the real life of a token; the server's clock is ${clock_offset_s} seconds ahead of this machine's. */
void tokens_init(struct tokens *t, int64_t life_s, int64_t clock_offset_s, bool opaque);
void tokens_release(struct tokens *t);

/*
 * Make a token, of the public form or the other, and add it to ${out}. A JWT's "exp" is a whole second, so such a token lives up to a second less than
 * life_s (reference/airbyte-api.md section 2.4).
 */
void tokens_mint(struct tokens *t, bool public, struct piece *out);

/*
 * What the value of an Authorization header, which may be NULL, is worth. *number is the token's number, 1 for the first
 * that was minted, or 0 if it is none of ours; *public is which form it has.
 */
enum tokens_state tokens_check(struct tokens *t, const char *authorization, size_t *number, bool *public);

/* The server's clock, in seconds since the epoch. */
int64_t tokens_now_s(const struct tokens *t);

#endif
