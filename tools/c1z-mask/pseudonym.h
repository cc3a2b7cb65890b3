/*
 * pseudonym.h: a text in place of another: the same for the same text and key, and without the key not to be led back.
 */
#ifndef C1Z_MASK_PSEUDONYM_H
#define C1Z_MASK_PSEUDONYM_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "json.h"

/* The least and the most bytes of a key. */
#define PSEUDONYM_KEY_MIN 16
#define PSEUDONYM_KEY_MAX 4096

/* HMAC with SHA-256 under one key. */
struct pseudonym {
    EVP_MAC *mac;
    EVP_MAC_CTX *keyed;
};

/* What a text is known by: 128 bits that nobody without the key can choose. */
struct pseudonym_mark {
    uint64_t high, low;
};

/**
 * pseudonym_open(p, file, e):
 * Take the key from ${file}: its bytes, without a line feed at the end.  A file that others can read is warned about.
 * The key is wiped when it is taken.  Return 0, or -1 with ${e}: EX_NOINPUT, EX_IOERR, EX_DATAERR (too short, too long),
 * EX_SOFTWARE (no HMAC).  pseudonym_close in both cases.
 */
int pseudonym_open(struct pseudonym *p, const char *file, struct err *e);
void pseudonym_close(struct pseudonym *p);

/**
 * pseudonym_of(p, text, a):
 * What stands for ${text}, in ${a}, in its shape: an e-mail address for one, a UUID for one, else "x" and 16 hexadecimal
 * digits; "" for "".  One word for ${a}->failed: "".
 */
struct json_str pseudonym_of(struct pseudonym *p, struct json_str text, struct arena *a);

/* The mark of ${text}. */
struct pseudonym_mark pseudonym_mark(struct pseudonym *p, struct json_str text);

#endif
