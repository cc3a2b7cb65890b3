/*
 * sha256.h: SHA-256 (FIPS 180-4), for the names and fingerprints of cached tokens, for the name of a
 * filter, and for the policy of a page.
 */
#ifndef AB_SHA256_H
#define AB_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* A digest, and the same in hexadecimal with its NUL. */
#define SHA256_BYTES 32
#define SHA256_HEX 65

/* ${len} bytes were added; the last of them, less than a block, wait in ${block}. */
struct sha256 {
    uint32_t state[8];
    uint64_t len;
    unsigned char block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t len);

/* Put the digest into ${digest}, or into ${hex} in lower case, and wipe ${s}: what was added may be a secret. */
void sha256_bytes(struct sha256 *s, unsigned char digest[SHA256_BYTES]);
void sha256_hex(struct sha256 *s, char hex[SHA256_HEX]);

#endif
