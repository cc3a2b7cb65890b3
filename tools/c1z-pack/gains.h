/*
 * gains.h: what grants that are there gain by expansion: sources.  They are noted while expansion goes from destination
 * to destination, and put into the messages in the order of the grants.
 */
#ifndef C1Z_PACK_GAINS_H
#define C1Z_PACK_GAINS_H

#include "grants.h"
#include "numsort.h"
#include "sources.h"

/* ${gained} is what one grant gains, ${held} what it has; ${message} is the one that is made. */
struct gains {
    struct numsort *sort;
    struct sources gained, held;
    struct buf message, changed;
};

/* Begin. Return 0 or -1 with ${e}. gains_close may always be called on a struct that was of zeros. */
int gains_open(struct gains *x, const char *dir, struct err *e);
void gains_close(struct gains *x);

/* Note that grant number ${grant} gains ${sources} of ${n}, as grants.h has them. Return 0 or -1 with ${e}. */
int gains_add(struct gains *x, uint64_t grant, const uint32_t *sources, size_t n, struct err *e);

/*
 * Change the messages of ${g} by all that was noted: a grant without sources is a direct one from then on.  Return 0, or
 * -1 with ${e}.
 */
int gains_apply(struct gains *x, struct grants *g, struct err *e);

#endif
