/*
 * ownstage.h: what a run adds to the stages that its stream came through: its own name, version and what it was asked for.
 */
#ifndef AB_FETCH_OWNSTAGE_H
#define AB_FETCH_OWNSTAGE_H

#include "plan.h"
#include "stages.h"

/* The name of this program there. */
#define OWNSTAGE_TOOL "ab-fetch"

/**
 * ownstage_add(s, plan, e):
 * Unite with ${s} the stage of a run with this plan.  What all stages of this program were asked for is then in the order
 * of the table of resources.  Return 0, or -1 with ${e}.
 */
int ownstage_add(struct stages *s, const struct plan *plan, struct err *e);

#endif
