/*
 * pbwire.h: protobuf-c messages to bytes as Go's deterministic marshaller writes them (reference baton-model.md
 * section 2.8), and back.
 */
#ifndef AB_PBWIRE_H
#define AB_PBWIRE_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

/**
 * pbwire_pack(out, msg):
 * Append ${msg}: fields in ascending order, then members of oneofs, then unknown fields; map entries sorted by key and
 * written with both fields.  Return 0, or -1 when ${out}->failed.
 */
int pbwire_pack(struct buf *out, const ProtobufCMessage *msg);

/**
 * pbwire_unpack(type, data, len, a, msg, e):
 * Read ${len} bytes at ${data} as a message of ${type}, allocated in ${a}.  Return 0, or -1 with ${e} (EX_DATAERR: not
 * such a message, or a string that is not UTF-8).
 */
int pbwire_unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t len, struct arena *a,
    ProtobufCMessage **msg, struct err *e);

#endif
