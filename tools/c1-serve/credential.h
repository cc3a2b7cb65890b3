/*
 * credential.h: who we are to ConductorOne: a client id that names its host, and a private key
 * (reference/conductorone-service.md sections 1.2, 1.3).
 */
#ifndef C1_SERVE_CREDENTIAL_H
#define C1_SERVE_CREDENTIAL_H

#include <openssl/evp.h>

#include "err.h"

/*
 * All texts are NUL-terminated, printable ASCII and owned.
 *   id    the whole client id, NAME@HOST/REST
 *   name  NAME, which goes into the user agent
 *   host  HOST, with the port if it has one
 *   kid   the id of the key, or NULL
 *   key   an Ed25519 private key
 */
struct credential {
    char *id, *name, *host, *kid;
    EVP_PKEY *key;
};

/**
 * credential_parse(c, id, secret, e):
 * Fill ${c} from the client id and the client secret, both NUL-terminated.  Stricter than the SDK: name and host are
 * not empty, and the halves of the key belong together.  Return 0, or -1 with ${c} empty and ${e}: EX_CONFIG, "invalid
 * client id" or "invalid client secret" and nothing of either; EX_OSERR without memory.
 */
int credential_parse(struct credential *c, const char *id, const char *secret, struct err *e);

/* Free everything, the key wiped. */
void credential_release(struct credential *c);

#endif
