/*
 * doubts.h: whether something that a call was refused for is still there: the list that it came from is asked once more,
 * at most once for each parent and run.
 */
#ifndef AB_FETCH_DOUBTS_H
#define AB_FETCH_DOUBTS_H

#include "engine.h"
#include "refusal.h"

/* ${parents}: those whose list was asked for, each with its ${call} until that was answered. ${listed}: what they have. */
struct doubts {
    struct known unused;
    struct ids parents, listed;
    struct call **call;
    size_t cap;
};

void doubts_init(struct doubts *d);
void doubts_release(struct doubts *d);

/**
 * doubts_settle(d, g, of, scope, parent, e):
 * Find out about the ${of} whose id is in ${scope}: ask the list beneath its parent, which is there as well, if that has not been
 * done, or take the answer.  ${*parent} is PARENT_UNASKED until it is known, and PARENT_THERE if the list is refused too.
 * Return 0, or -1 with ${e}.
 */
int doubts_settle(struct doubts *d, struct engine *g, enum resource of, const struct scope *scope,
    enum refusal_parent *parent, struct err *e);

#endif
