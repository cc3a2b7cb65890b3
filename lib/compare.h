/*
 * compare.h: whether two records say the same.
 */
#ifndef AB_COMPARE_H
#define AB_COMPARE_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "kind.h"

/* Room for the two forms of the two records. */
struct compare {
    struct buf old, new;
    struct arena arena;
};

void compare_init(struct compare *c);
void compare_release(struct compare *c);

/**
 * compare_reduce(kind, message, a):
 * Take out of a record of ${kind} what does not count, because it repeats other records and one kind of file holds it
 * whole, another only by id: of an entitlement the resource it is on and all but the ids of the types it is grantable to;
 * of a grant its entitlement and its principal.  The row has their ids.  And what only the syncer of an old SDK set
 * (baton_resource, external_id, creation_source), which files of format v3 do not keep.
 */
void compare_reduce(enum kind kind, ProtobufCMessage *message, struct arena *a);

/**
 * compare_differ(c, old, new, e):
 * Whether two records of one kind, reduced, differ.  The order of maps does not count, that of lists does; of records
 * with fields that are not known here any difference of the bytes counts.  Return 1 or 0, or -1 with ${e} (EX_OSERR;
 * EX_DATAERR: a record that has no JSON form).
 */
int compare_differ(struct compare *c, const ProtobufCMessage *old, const ProtobufCMessage *new, struct err *e);

/**
 * compare_write(c, old, new, e):
 * Leave the lines of protojson of the two records in ${c}->old and ${c}->new.  Return 0, or 1 if fields that are not
 * known here were left out of either, or -1 with ${e} as protojson_write.
 */
int compare_write(struct compare *c, const ProtobufCMessage *old, const ProtobufCMessage *new, struct err *e);

/**
 * compare_members(out, old, new, e):
 * Append the names of the members that differ in two lines of protojson, of one kind, and the old and the new value where
 * both are short: 'displayName "Ann" -> "Anna", annotations (UserTrait)'.  Return 0, or -1 with ${e}.
 */
int compare_members(struct buf *out, const struct buf *old, const struct buf *new, struct err *e);

#endif
