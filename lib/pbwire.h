/*
 * pbwire.h: protobuf-c messages to bytes as Go's deterministic marshaller writes them (reference/baton-model.md
 * section 2.8), and back.  For the messages of proto/, which use the types bool, int32, int64, uint32, uint64, float,
 * double, enum, bytes and message, and declare strings as bytes and maps as lists of entries (proto/wellknown.proto).
 */
#ifndef AB_PBWIRE_H
#define AB_PBWIRE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"

/*
 * The deepest nesting of messages read.  A Struct needs three levels for one level of JSON, so this is room for what
 * lib/json accepts by default; and the stack of one thread is room for this.
 */
#define PBWIRE_DEPTH_MAX 1600

/**
 * pbwire_pack(out, msg):
 * Append ${msg}: fields in ascending order, then members of oneofs, then unknown fields; map entries sorted by key
 * (they are sorted in the message itself; their keys must be distinct) and written with both fields.  Return 0, or -1
 * when ${out}->failed.
 */
int pbwire_pack(struct buf *out, const ProtobufCMessage *msg);

/* The same to new memory of ${a}: ${*bytes}. Return 0, or -1 when ${a}->failed. */
int pbwire_pack_arena(struct arena *a, const ProtobufCMessage *msg, ProtobufCBinaryData *bytes);

/**
 * pbwire_unpack(type, data, len, a, msg, e):
 * Read ${len} bytes at ${data} as a message of ${type}, allocated in ${a}; of map entries with the same key the last
 * one is kept.  Nothing points into ${data}.  Return 0, or -1 with ${e}: EX_DATAERR (not such a message, a string that
 * is not UTF-8, nested deeper than PBWIRE_DEPTH_MAX), or EX_OSERR when ${a}->failed.
 */
int pbwire_unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t len, struct arena *a,
    ProtobufCMessage **msg, struct err *e);

/* The same bytes as a field of a message and as a text. They are not copied. */
static inline struct json_str pbwire_str(ProtobufCBinaryData field)
{
    return (struct json_str){(const char *)field.data, field.len};
}

static inline ProtobufCBinaryData pbwire_field(const char *text)
{
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

/* Whether the type URL of an Any is that of the type ${name}, "c1.connector.v2.UserTrait", behind any prefix. */
bool pbwire_is_type(ProtobufCBinaryData url, const char *name);

/* An empty message of ${type} in ${a}, or NULL with ${a}->failed. */
void *pbwire_new(struct arena *a, const ProtobufCMessageDescriptor *type);

/* Whether ${f}, a list of messages, stands for a map; their fields are then a key (1, string) and a value (2). */
bool pbwire_is_map(const ProtobufCFieldDescriptor *f);

/* Whether ${f}, a field of ${type} declared as bytes, is a string. */
bool pbwire_is_string(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *f);

/* Whether ${f} of ${m} is to be written: a list with elements, a oneof's member in force, any other not its default. */
bool pbwire_is_set(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);

/* The bytes that one element of a list of ${f} takes in memory. */
size_t pbwire_element_size(const ProtobufCFieldDescriptor *f);

/* Sort ${n} map entries by their keys in the order of unsigned bytes. */
void pbwire_sort_map(ProtobufCMessage **entries, size_t n);

#endif
