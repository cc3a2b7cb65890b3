/*
 * protojson_base64.h: bytes in protojson (reference/baton-model.md section 2.2).  Private to lib/protojson*.c, but for
 * protojson_base64_put.
 */
#ifndef AB_PROTOJSON_BASE64_H
#define AB_PROTOJSON_BASE64_H

#include <stdbool.h>

#include "buf.h"
#include "json.h"

/* The most bytes that ${n} characters stand for. */
#define PROTOJSON_BASE64_MAX(n) ((n) / 4 * 3 + 3)

/**
 * protojson_base64_read(v, to, len):
 * Decode ${v} to ${to}, which has room for PROTOJSON_BASE64_MAX(v.len) bytes; ${*len} is how many there are.  Either
 * alphabet, but not both; padded if and only if the length is a multiple of four; line ends are passed over.  Return
 * whether it is base64.
 */
bool protojson_base64_read(struct json_str v, unsigned char *to, size_t *len);

/* Append the standard form with padding, in quotes. */
void protojson_base64_put(struct buf *out, const unsigned char *data, size_t len);

#endif
