/*
 * diff.h: what changed between two syncs, record by record.
 *
 * Records are the same one by their ids; but a grant is known by its entitlement and its principal, for its own id is
 * no key (reference/c1z-v3.md section 11): one with another id is a grant that has changed.  Where a sync has several
 * grants of one entitlement and principal, those with equal ids are one, and the others are paired in the order of
 * their ids.
 */
#ifndef AB_DIFF_H
#define AB_DIFF_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "c1znames.h"
#include "c1zread.h"
#include "err.h"

/*
 * One of the two syncs, with the names that its things have.  ${file} may be the same for both; ${owned} says whose it
 * is to close.
 */
struct side {
    struct c1zread *file;
    bool owned;
    const struct c1zread_sync *sync;
    struct c1znames names;
};

/*
 * One record that is not the same in both.  ${row} are its ids, those of the new sync if it is there; ${old} and ${new}
 * are the record in each, NULL where it is not, without what does not count (compare.h).  ${held} says of a grant that
 * only one has that the other sync has at least one of the same entitlement and principal: nobody gained or lost
 * anything.  All live until the next one.
 */
struct change {
    enum kind kind;
    bool held;
    const struct c1zread_row *row;
    const ProtobufCMessage *old, *new;
};

/**
 * diff_walk(old, new, found, to, e):
 * Read both syncs side by side, sorted, and hand every change to ${found} with ${to}; it returns 0, or -1 with ${e}.
 * Kinds come in their order, records in that of c1zread_compare, grants in that of c1zread_compare_held; neither sync
 * is held in memory.  Return how many changes there were, capped at INT_MAX, or -1 with ${e}: of reading, and of the
 * stash where a grant waits for its other half (EX_CANTCREAT, EX_IOERR, EX_OSERR).
 */
int diff_walk(struct side *old, struct side *new, int (*found)(void *to, const struct change *change, struct err *e),
    void *to, struct err *e);

#endif
