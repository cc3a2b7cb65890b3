/*
 * b64url.h: base64url without padding (RFC 4648 section 5), as JSON Web Keys and Tokens have it.
 */
#ifndef C1_SERVE_B64URL_H
#define C1_SERVE_B64URL_H

#include <stddef.h>

#include "buf.h"

/* Append ${len} bytes at ${p}, encoded. */
void b64url_put(struct buf *out, const void *p, size_t len);

/**
 * b64url_read(out, text, len):
 * Append what ${len} characters at ${text} stand for.  Line ends are passed over, as Go's decoder does; anything else
 * outside the alphabet, padding too, and a length that no bytes have are refused.  Bits left over at the end are not
 * looked at.  Return 0, or -1 (then ${out} may hold a part).
 */
int b64url_read(struct buf *out, const char *text, size_t len);

#endif
