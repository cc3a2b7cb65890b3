/*
 * protojson_types.h: what the reader and the writer of protojson need to know of a message beyond its protobuf-c
 * descriptor.  Private to lib/protojson*.c.
 */
#ifndef AB_PROTOJSON_TYPES_H
#define AB_PROTOJSON_TYPES_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "json.h"

/* The JSON form of a message (reference/baton-model.md sections 2.5 and 2.6). */
enum pj_form { PJ_MESSAGE, PJ_ANY, PJ_TIMESTAMP, PJ_DURATION, PJ_STRUCT, PJ_VALUE, PJ_LIST, PJ_EMPTY, PJ_WRAPPER };

struct pj_type;

/*
 * A field.  ${message} is the type of its message, or of a map's values.  ${bit} is its own in a set of fields seen.
 * ${string} says that it is a string though declared as bytes.
 */
struct pj_field {
    const ProtobufCFieldDescriptor *pb;
    struct json_str json_name, proto_name;
    const struct pj_type *message;
    uint32_t bit;
    bool repeated, map, string, oneof;
};

/* A message.  Its fields are in the order of declaration, which is that of JSON; ${slots} finds them by name. */
struct pj_type {
    const ProtobufCMessageDescriptor *pb;
    struct json_str name;
    enum pj_form form;
    const struct pj_field *fields;
    unsigned n_fields;
    const uint8_t *slots;
    uint32_t slots_mask;
};

/* The type of a full name, or of the part of ${url} behind its last slash; NULL if we do not know it. */
const struct pj_type *protojson_types_find(const char *name, size_t len);
const struct pj_type *protojson_types_find_url(const char *url, size_t len);

/* The type of a message in memory; NULL if it is none of ours. */
const struct pj_type *protojson_types_of(const ProtobufCMessageDescriptor *pb);

/* The field of ${t} with this JSON name or proto name, or NULL. */
const struct pj_field *protojson_types_field(const struct pj_type *t, struct json_str name);

/* Where the value of ${f} is in ${m}, and the number behind it: length of a list, or which member of a oneof is set. */
static inline void *pj_at(const struct pj_field *f, const ProtobufCMessage *m)
{
    return (char *)(uintptr_t)m + f->pb->offset;
}

static inline size_t *pj_count(const struct pj_field *f, const ProtobufCMessage *m)
{
    return (size_t *)(void *)((char *)(uintptr_t)m + f->pb->quantifier_offset);
}

static inline uint32_t *pj_case(const struct pj_field *f, const ProtobufCMessage *m)
{
    return (uint32_t *)(void *)((char *)(uintptr_t)m + f->pb->quantifier_offset);
}

#endif
