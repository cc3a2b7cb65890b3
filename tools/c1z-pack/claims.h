/*
 * claims.h: who claims one destination, by which of its sources: gathered from sets of holders, and put together by
 * principal.  50 bytes for each holder of each source, of one destination at a time.
 */
#ifndef C1Z_PACK_CLAIMS_H
#define C1Z_PACK_CLAIMS_H

#include "holders.h"
#include "order.h"

/* ${holder} of source number ${source} of the step claims its destination. */
struct claim {
    struct holder holder;
    uint32_t source;
};

/* The claims of one principal: ${n}, from place ${at} on, in the order of the step's sources. */
struct claim_group {
    uint32_t at, n;
};

/*
 * ${list} is as gathered, source for source, each by principal; ${ends} says where each ends in ${sorted}, which has the
 * places of the claims by principal, then source, and the principals above them; ${other} is room to merge.
 */
struct claims {
    const struct principals *p;
    const struct order_step *step;
    struct claim *list;
    uint64_t *sorted, *other;
    size_t *ends;
    size_t n, list_cap, sorted_cap, other_cap, ends_cap;
};

void claims_init(struct claims *c, const struct principals *p);
void claims_release(struct claims *c);

/* Gather the claims on the destination of ${step}, which must outlive them. Return 0 or -1 with ${e}. */
int claims_gather(struct claims *c, struct holders *h, const struct order_step *step, struct err *e);

/* The claim at place ${i}, under ${c}->n. */
const struct claim *claims_at(const struct claims *c, size_t i);

/* The group that begins at place ${at}; the next begins behind it. */
struct claim_group claims_group(const struct claims *c, uint32_t at);

/* The line that asked first for what ${claim} claims. */
uint64_t claims_line(const struct claims *c, const struct claim *claim);

#endif
