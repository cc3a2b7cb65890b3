/*
 * protofield.h: the fields of a protobuf message one after the other, for messages of which little is wanted (the
 * protobuf encoding guide).
 */
#ifndef AB_PROTOFIELD_H
#define AB_PROTOFIELD_H

#include <stdbool.h>
#include <stdint.h>

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

#endif
