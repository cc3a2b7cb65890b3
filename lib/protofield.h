/*
 * protofield.h: reading and writing protobuf messages field by field (the protobuf encoding guide): those of which
 * little is wanted, and those that are made by the million.
 */
#ifndef AB_PROTOFIELD_H
#define AB_PROTOFIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "reader.h"

enum protofield_wire { PROTOFIELD_VARINT = 0, PROTOFIELD_64 = 1, PROTOFIELD_BYTES = 2, PROTOFIELD_32 = 5 };

/* A field: a number in ${value}, or with PROTOFIELD_BYTES what is in ${bytes}. */
struct protofield {
    uint32_t number;
    enum protofield_wire wire;
    uint64_t value;
    struct span bytes;
};

/* Take the next field from ${in}. Return false at the end, or with ${in}->bad if there is none. */
bool protofield_next(struct reader *in, struct protofield *f);

/*
 * Append a field to ${out}, whose failure the caller looks at: a number, or ${bytes}, both left out when 0 or empty, as
 * proto3 does; or the head alone of a field whose ${len} bytes follow.
 */
void protofield_put_number(struct buf *out, uint32_t number, uint64_t value);
void protofield_put_bytes(struct buf *out, uint32_t number, struct span bytes);
void protofield_put_head(struct buf *out, uint32_t number, size_t len);

/* How many bytes protofield_put_bytes appends for ${len} bytes, and protofield_put_number for ${value}. */
size_t protofield_size(uint32_t number, size_t len);
size_t protofield_number_size(uint32_t number, uint64_t value);

#endif
