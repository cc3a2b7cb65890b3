/*
 * once.h: one token, out of the cache or from the server, printed.
 */
#ifndef AB_TOKEN_ONCE_H
#define AB_TOKEN_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "mint.h"
#include "tokenline.h"

/*
 * What is to be printed.
 *   ask         whether a cached token will do, and of which endpoint a new one is
 *   min_ttl_ms  how long a cached one must last (token_lasts)
 *   no_cache    neither read nor keep one
 *   cache       the file to keep it in, NULL for the default one
 *   json        print a line of tokenline.h in place of the bare token
 */
struct once_options {
    enum tokenline_ask ask;
    int64_t min_ttl_ms;
    bool no_cache;
    const char *cache;
    bool json;
};

/**
 * once_print(o, m, e):
 * Get a token and print it on standard output, which is closed.  With a cache, one process asks the server and the
 * others wait for it.  Return 0, or -1 with ${e}: as mint_token, cache_open, cache_lock, or EX_IOERR.
 */
int once_print(const struct once_options *o, const struct minter *m, struct err *e);

#endif
