/*
 * wire.h: walking over and writing protobuf fields without building messages: expansion copies most of a grant's bytes
 * as they are, and does so hundreds of thousands of times.
 */
#ifndef C1Z_PACK_WIRE_H
#define C1Z_PACK_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct wire_bytes {
    const uint8_t *p;
    size_t len;
};

/* What is left to read. ${bad} is set by bytes that are no protobuf message. */
struct wire {
    const uint8_t *at, *end;
    bool bad;
};

/* One field: its number, its whole bytes with the tag, and of a length-delimited one the contents, else NULL. */
struct wire_field {
    uint64_t number;
    struct wire_bytes whole, body;
    uint64_t varint;
};

/* Whether two pieces are the same bytes. */
bool wire_same(struct wire_bytes a, struct wire_bytes b);

struct wire wire_begin(struct wire_bytes message);

/* Read the next field. Return false at the end, or with ${w}->bad set. */
bool wire_next(struct wire *w, struct wire_field *f);

/* The contents of the field ${number} of ${message}, of the last one if it is there more than once; else no bytes. */
struct wire_bytes wire_find(struct wire_bytes message, uint64_t number);

/* Append a length-delimited field, its tag and length alone, or bytes as they are. ${number} is under 16. */
void wire_put(struct buf *out, unsigned number, struct wire_bytes body);
void wire_put_head(struct buf *out, unsigned number, size_t len);
void wire_put_raw(struct buf *out, struct wire_bytes bytes);

/* How many bytes wire_put would append for a body of ${len}. */
size_t wire_size(size_t len);

#endif
