/*
 * c1z3key.h: the keys of the records of format v3 (reference/c1z-v3.md section 5).
 */
#ifndef AB_C1Z3KEY_H
#define AB_C1Z3KEY_H

#include "buf.h"
#include "reader.h"

/* The first byte of every key, and the second, which says what the record is. */
#define C1Z3KEY_FIRST 3
enum c1z3key_type {
    C1Z3KEY_RESOURCE_TYPE = 1,
    C1Z3KEY_RESOURCE = 2,
    C1Z3KEY_ENTITLEMENT = 3,
    C1Z3KEY_GRANT = 4,
    C1Z3KEY_ASSET = 5,
    C1Z3KEY_SYNC = 6,
    C1Z3KEY_INDEX = 7,
    C1Z3KEY_META = 255,
};

/* A resource, by its type and id. */
struct c1z3key_ref {
    struct span type, id;
};

/*
 * Append a key to ${out}, whose failure the caller looks at: that of a resource type or an asset, by its ${id}; of a
 * resource; of the entitlement ${id} on the resource ${on}; of a grant of it to ${principal}.
 */
void c1z3key_one(struct buf *out, enum c1z3key_type type, struct span id);
void c1z3key_resource(struct buf *out, const struct c1z3key_ref *self);
void c1z3key_entitlement(struct buf *out, const struct c1z3key_ref *on, struct span id);
void c1z3key_grant(
    struct buf *out, const struct c1z3key_ref *on, struct span entitlement, const struct c1z3key_ref *principal);

/*
 * Append the key of an index: of a resource by its parent; of a grant by its principal; of a grant that expands.
 */
void c1z3key_by_parent(struct buf *out, const struct c1z3key_ref *parent, const struct c1z3key_ref *self);
void c1z3key_by_principal(
    struct buf *out, const struct c1z3key_ref *principal, const struct c1z3key_ref *on, struct span entitlement);
void c1z3key_expandable(
    struct buf *out, const struct c1z3key_ref *on, struct span entitlement, const struct c1z3key_ref *principal);

/* Append what the keys of all grants begin with, and those of the index of grants by principal. */
void c1z3key_grants(struct buf *out);
void c1z3key_by_principals(struct buf *out);

/* Append the key of what the engine notes under ${name}. */
void c1z3key_meta(struct buf *out, const char *name);

#endif
