/*
 * protojson.h: baton records between protojson (reference/baton-model.md section 2) and protobuf-c messages.
 *
 * Accepted and refused is what protobuf-go's protojson accepts and refuses, for every message of baton-model.md sections
 * 1.2 to 1.6 but FieldMask.  We refuse besides: what RFC 3339 does not allow in a Timestamp (a one-digit hour, a comma,
 * an offset of a day), anything behind the number in a string that stands for one ("1,5"), nesting beyond the limit of
 * lib/json, and the empty object as a whole text.
 *
 * proto/ declares the fields of type string as bytes: the wire form is the same, and protobuf-c then keeps their length,
 * so that U+0000 and an empty string in a oneof survive.  All strings are valid UTF-8.
 *
 * All functions may be called from several threads at once, each with its own arguments.
 */
#ifndef AB_PROTOJSON_H
#define AB_PROTOJSON_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"

/* The descriptor of a message of ours by its full name ("c1.connector.v2.Grant"), or NULL. */
const ProtobufCMessageDescriptor *protojson_type(const char *name, size_t len);

/**
 * protojson_read(j, a, msg, e):
 * Read one text, begun with json_begin, that is an Any with "@type"; ${*msg} is the message in it, allocated with all
 * that hangs on it in ${a} (strings may point into the text).  Nested Anys are packed (deterministically) into their
 * value; of an unknown type they have "value" alone, which is that, in base64.  Maps are lists of entries sorted by
 * key.  Return 0, or -1 with ${*msg} NULL and ${e}: EX_DATAERR with line, byte and path, or EX_OSERR when ${a}->failed
 * (then ${a} must be reset).
 */
int protojson_read(struct json *j, struct arena *a, ProtobufCMessage **msg, struct err *e);

/**
 * protojson_write(out, a, msg, e):
 * Append ${msg} as an Any on one line, canonical (baton-model.md section 2.3), without a line feed; Anys in it keep
 * their type URL, and those of an unknown type are "@type" and "value", in base64.  ${a} is used for the messages in
 * them.  Return 0, or 1 if fields that the types here do not know were left out, or -1 with ${out} as it was and ${e}:
 * EX_DATAERR for what has no JSON form (invalid UTF-8, NaN in a Struct, a Timestamp out of range, nesting beyond
 * PBWIRE_DEPTH_MAX), EX_OSERR when ${out}->failed or ${a}->failed.
 */
int protojson_write(struct buf *out, struct arena *a, const ProtobufCMessage *msg, struct err *e);

#endif
