/*
 * doubts.h: whether something that a call was refused for is still there: the list that it came from is asked once more,
 * at most once for each parent and run, and where that proves nothing the thing itself.
 */
#ifndef AB_FETCH_DOUBTS_H
#define AB_FETCH_DOUBTS_H

#include "engine.h"
#include "refusal.h"

/* Questions that were asked, one for each of ${about}, with its ${call} until that was answered. */
struct doubts_asked {
    struct ids about;
    struct call **call;
    size_t cap;
};

/* ${lists}: beneath which parents; ${lookups}: of which things; ${listed}: what the lists have. */
struct doubts {
    unsigned page_size;
    struct known unused;
    struct doubts_asked lists, lookups;
    struct ids listed;
};

/* Lists that have pages are asked for ${page_size} rows at a time. */
void doubts_init(struct doubts *d, unsigned page_size);
void doubts_release(struct doubts *d);

/**
 * doubts_settle(d, g, of, scope, listed, parent, e):
 * Find out about the ${of} whose id is in ${scope}: ask the list beneath its parent, which is there as well, if that has
 * not been done, or take the answer.  ${*parent} is PARENT_UNASKED until it is known.
 *
 * It is PARENT_GONE if the list has it no more, and ${listed}: this run has met it there.  Without that, or if the list
 * is empty now (as it is for who has lost his role), it is looked up too, and is PARENT_GONE if it is not found.  A
 * look-up that is refused leaves it to the list, unless that is empty.  All else is PARENT_THERE, a list that is refused
 * as well.
 *
 * Return 0, or -1 with ${e}.
 */
int doubts_settle(struct doubts *d, struct engine *g, enum resource of, const struct scope *scope, bool listed,
    enum refusal_parent *parent, struct err *e);

#endif
