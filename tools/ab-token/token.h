/*
 * token.h: an access token and how long it lasts.
 */
#ifndef AB_TOKEN_TOKEN_H
#define AB_TOKEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "err.h"
#include "tokenline.h"

/* ${len} bytes of visible ASCII at ${text}, and a NUL. The times are on the clock of clock_wall_ms. */
struct token {
    char text[TOKENLINE_TOKEN_MAX + 1];
    size_t len;
    int64_t minted_ms;
    int64_t expires_ms;
};

/* Take ${len} bytes at ${text} as the token's text. Return 0, or -1 if they are not what tokenline_is_token. */
int token_set_text(struct token *t, const char *text, size_t len);

/**
 * token_read(t, answer, len, server_time, now_ms, e):
 * Read the answer of a token endpoint, ${len} bytes at ${answer} that came at ${now_ms}, and work out when the token
 * expires (reference/airbyte-api.md section 2.4): the earlier of the JWT's "exp" and "expires_in"; 170 s from now if it
 * has neither.  "exp" is a time on the server's clock, which ${server_time} (its Date header, 0 if there was none)
 * tells where it is off ours.  Return 0, or -1 with ${e}: EX_PROTOCOL if this is no such answer.
 */
int token_read(struct token *t, const char *answer, size_t len, time_t server_time, int64_t now_ms, struct err *e);

/**
 * token_lasts(t, min_ttl_ms, now_ms):
 * Whether more than ${min_ttl_ms} of its life are left; with -1, more than the lesser of 30 s and half its life.
 */
bool token_lasts(const struct token *t, int64_t min_ttl_ms, int64_t now_ms);

/* Overwrite it. */
void token_wipe(struct token *t);

#endif
