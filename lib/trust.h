/*
 * trust.h: the certificates of those whom to trust, where they are named and not the system's.
 */
#ifndef AB_TRUST_H
#define AB_TRUST_H

#include "buf.h"
#include "err.h"

/* The most bytes of certificates; the system's own are a quarter of a megabyte. */
#define TRUST_MAX ((size_t)16 << 20)

/**
 * trust_read(pem, file, e):
 * Put the text of all certificates to trust into ${pem}: those in ${file}, of --cacert; where that is NULL, those in the
 * file SSL_CERT_FILE and in all files of the folders that SSL_CERT_DIR names with colons between, as Go reads them (a
 * folder that is not there counts as empty).  Return 1; 0 if none of the three says anything, and the system's are
 * meant; or -1 with ${e} (EX_CONFIG; EX_OSERR without memory).
 */
int trust_read(struct buf *pem, const char *file, struct err *e);

#endif
