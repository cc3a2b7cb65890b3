/*
 * cache.h: the last token in a file, for chains of commands run by hand.
 *
 * The file is one line of JSON, mode 0600:
 *   {"schema":"ab-token-cache/1","key":"...","salt":"...","check":"...","minted_at_ms":N,"access_token":"...",
 *    "expires_at_ms":N}
 * "key" is the SHA-256 of public base, config base and client id with a line feed between them; "check" that of salt
 * and client secret, so that a token is never used with another secret than the one it was made with, and the secret
 * is not in the file.  Beside the file NAME stand NAME.lock, which whoever refreshes the token holds, and, for moments,
 * NAME.new.
 */
#ifndef AB_TOKEN_CACHE_H
#define AB_TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "baseurl.h"
#include "err.h"
#include "secret.h"
#include "sha256.h"
#include "token.h"

/* ${dir_fd} is where ${name} and its companions are (AT_FDCWD: ${name} is a path). Valid while ${open}. */
struct cache {
    bool open;
    int dir_fd;
    int lock_fd;
    char *name, *lock_name, *new_name;
    char key[SHA256_HEX];
};

/**
 * cache_open(c, file, url, client_id, e):
 * Use the cache ${file}, or, when NULL, one in the folder baton-airbyte of $XDG_RUNTIME_DIR whose name comes from the
 * key.  Return 0; ${c}->open is false if there is to be no cache: no XDG_RUNTIME_DIR, or one that cannot be used or is
 * open to others, which is warned about.  Return -1 with ${e} (EX_CANTCREAT) if ${file} was named and cannot be used.
 */
int cache_open(struct cache *c, const char *file, const struct baseurl *url, const char *client_id, struct err *e);

/**
 * cache_lock(c, until_ms, e):
 * Wait until no other process refreshes this token, at most until ${until_ms} on the clock of clock_mono_ms.  Return 0,
 * or -1 with ${e}: EX_TEMPFAIL if the time is over, EX_OSERR if there is no locking here.
 */
int cache_lock(struct cache *c, int64_t until_ms, struct err *e);

/**
 * cache_read(c, secret, min_ttl_ms, t):
 * Put the cached token into ${t} and return true, if there is one for this key and secret that token_lasts.  A file
 * that others may read or that is not ours is ignored with a warning.
 */
bool cache_read(const struct cache *c, const struct secret *secret, int64_t min_ttl_ms, struct token *t);

/* Replace the cached token by ${t}. A failure is warned about: the token is good without it. */
void cache_write(const struct cache *c, const struct secret *secret, const struct token *t);

/* Give the lock back and free what is held. */
void cache_close(struct cache *c);

#endif
