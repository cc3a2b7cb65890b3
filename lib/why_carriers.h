/*
 * why_carriers.h: to whom a thing passes on what it holds; for why_load.
 */
#ifndef AB_WHY_CARRIERS_H
#define AB_WHY_CARRIERS_H

#include "why.h"

/* Add ${carrier} to the array of carriers, and to those of ${g}, which stand last there. Return 0, or -1 (EX_OSERR). */
int why_carriers_add(struct why *w, struct why_grant *g, struct why_carrier carrier, struct err *e);

/**
 * why_carriers_settle(w, thing, e):
 * Of the grants to ${thing}, which are loaded and in order, as all edges are: leave out carriers that the grant gives in
 * turn, for in a circle nobody is given anything (reference/c1z-format.md section 8.2); say which pass it on to their
 * own holders alone; and where a grant comes from others, add the carriers of these.  Return 0, or -1 with ${e}
 * (EX_OSERR).
 */
int why_carriers_settle(struct why *w, const struct c1znames_resource *thing, struct err *e);

#endif
