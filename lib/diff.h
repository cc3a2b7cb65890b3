/*
 * diff.h: what changed between two syncs, record by record.
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
 * are the record in each, NULL where it is not, without what does not count (compare.h).  All live until the next one.
 */
struct change {
    enum kind kind;
    const struct c1zread_row *row;
    const ProtobufCMessage *old, *new;
};

/**
 * diff_walk(old, new, found, to, e):
 * Read both syncs side by side, sorted, and hand every change to ${found} with ${to}; it returns 0, or -1 with ${e}.
 * Kinds come in their order, records in that of c1zread_compare; neither sync is held in memory.  Return how many changes
 * there were, capped at INT_MAX, or -1 with ${e}.
 */
int diff_walk(struct side *old, struct side *new, int (*found)(void *to, const struct change *change, struct err *e),
    void *to, struct err *e);

#endif
