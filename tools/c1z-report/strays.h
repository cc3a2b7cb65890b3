/*
 * strays.h: grants of what the sync does not have, as data of the page.
 */
#ifndef C1Z_REPORT_STRAYS_H
#define C1Z_REPORT_STRAYS_H

#include "cell.h"
#include "out.h"
#include "sides.h"

/**
 * strays_put(out, side, cell, e):
 * Write the member "strays", behind a comma, in the sorted order of grants:
 *     [principal, entitlement, on, caveats, chains]: principal is a place among the resources, or "type:id" if it is
 *     missing; entitlement is a place among the entitlements, or its id if that is missing; on is the resource that it
 *     is on, as the principal; caveats are the bits of caveats_of; chains are the ids of the entitlements that it comes
 *     from, each alone in an array, and an empty one behind them if it is held by itself too; left out if it is held so
 *     alone
 * ${cell} is empty, before and after.  Return 0, or -1 with ${e} (as c1zread_message; EX_IOERR, EX_OSERR).
 */
int strays_put(struct out *out, const struct side *side, struct cell *cell, struct err *e);

#endif
