/*
 * mask.h: records with pseudonyms in place of whom and what they are about.
 */
#ifndef C1Z_MASK_MASK_H
#define C1Z_MASK_MASK_H

#include <protobuf-c/protobuf-c.h>

#include "entitlements.h"
#include "gap.h"
#include "pseudonym.h"

/*
 * ${entitlements} are those met so far, in lines of their own or in grants of them.  ${strangers} are ids that were
 * referred to and are not among them; that the stream has none of these is believed only if ${listed}, a line of an
 * entitlement was met.  ${grants} says that a grant was met: an entitlement that comes behind one would be known too
 * late.
 *
 * No id is in both tables with two different texts: one text has one pseudonym.
 */
struct mask {
    struct pseudonym *pseudonym;
    struct entitlements entitlements, strangers;
    bool listed, grants;
};

void mask_init(struct mask *m, struct pseudonym *p);
void mask_release(struct mask *m);

/**
 * mask_record(m, message, a, e):
 * Mask the record ${message} in place, with memory of ${a}.  Entitlements must come before the grants.  Return 0, or -1
 * with ${e}: EX_DATAERR for what is not known, by type and field, or comes too late, or for a reference to an
 * entitlement where what it became cannot be told; EX_OSERR.
 */
int mask_record(struct mask *m, ProtobufCMessage *message, struct arena *a, struct err *e);

/* The pseudonyms of a gap or a note, in place: of the ids of its parents, and of what are no plain words. */
void mask_gap(struct mask *m, struct gap *gap, struct arena *a);

/* What stands for the source of a stream. */
struct json_str mask_source(struct mask *m, const char *source, struct arena *a);

#endif
