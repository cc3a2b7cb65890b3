/*
 * mint.h: client id and secret for a token, at one of the two token endpoints (reference/airbyte-api.md section 2.2).
 */
#ifndef AB_TOKEN_MINT_H
#define AB_TOKEN_MINT_H

#include <stdbool.h>
#include <stdint.h>

#include "baseurl.h"
#include "err.h"
#include "secret.h"
#include "token.h"

/*
 * Where and as whom. ${deadline_ms} is how long one token may take in all, 0 for no such promise: then the bound on
 * retries alone, 30 s, ends the work. All of it stays the caller's.
 */
struct minter {
    const struct baseurl *url;
    const char *client_id;
    const struct secret *secret;
    int64_t deadline_ms;
};

/* When work that begins now must end, on the clock of clock_mono_ms. */
int64_t mint_until_ms(const struct minter *m);

/**
 * mint_token(m, config_form, until_ms, t, e):
 * Get a new token into ${t}, by ${until_ms} (from mint_until_ms).  The public form is asked first; where it is not
 * there, refuses or keeps failing, the config form.  With ${config_form} that is the only one to be asked.  guard.h knows
 * the token.  Return 0, or -1 with ${e}:
 *   EX_NOPERM       wrong client id or secret: 400, 401 or 403 of the API, or nothing but 500 in the form that some
 *                   editions answer wrong credentials with (reference/airbyte-api.md section 2.5)
 *   EX_UNAVAILABLE  408, 5xx or the network, after all tries
 *   EX_TEMPFAIL     429 after all tries, or the deadline
 *   EX_PROTOCOL     not the API: 404 at both endpoints, HTML or a refusal in no form of the API's, a redirect, an answer
 *                   without a token
 */
int mint_token(const struct minter *m, bool config_form, int64_t until_ms, struct token *t, struct err *e);

#endif
