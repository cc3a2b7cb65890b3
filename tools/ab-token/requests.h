/*
 * requests.h: tokens on request, for a program that holds the other ends of two pipes.
 */
#ifndef AB_TOKEN_REQUESTS_H
#define AB_TOKEN_REQUESTS_H

#include "err.h"
#include "mint.h"

/**
 * requests_serve(m, min_ttl_ms, in_fd, out_fd, e):
 * Read requests from ${in_fd}, one on a line, and answer each at once with one line on ${out_fd}, until the end of the
 * requests.  "get" is answered with the token in hand if it token_lasts ${min_ttl_ms}, else with a new one; "renew"
 * with a new one, "renew-config" with a new one of the configuration API's endpoint, which all later ones are of too.  The
 * answer is a line of tokenline.h, for a failure with the exit status that it would have had; work goes on after that.  ${out_fd} is closed.  Return 0, or -1 with ${e}
 * if requests cannot be read (EX_IOERR, EX_DATAERR: a line too long) or answers cannot be written (EX_IOERR).
 */
int requests_serve(const struct minter *m, int64_t min_ttl_ms, int in_fd, int out_fd, struct err *e);

#endif
