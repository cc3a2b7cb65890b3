/*
 * assertion.h: the signed claim by which a token is asked for (reference/conductorone-service.md section 1.5).
 */
#ifndef C1_SERVE_ASSERTION_H
#define C1_SERVE_ASSERTION_H

#include <stdint.h>
#include <time.h>

#include "buf.h"
#include "credential.h"
#include "err.h"

#define ASSERTION_NONCE_LEN 16

/**
 * assertion_put(out, c, now, nonce, e):
 * Append the compact JWT, signed with ${c}->key, that is good from two minutes before ${now} to two minutes after.
 * ${nonce} are bytes of chance, other ones for every assertion.  Return 0, or -1 with ${e} (EX_OSERR, EX_SOFTWARE).
 */
int assertion_put(
    struct buf *out, const struct credential *c, time_t now, const uint8_t nonce[ASSERTION_NONCE_LEN], struct err *e);

#endif
