/*
 * shrink.h: whether a sync lost so much against the one before that something must have gone wrong.
 */
#ifndef C1Z_PACK_SHRINK_H
#define C1Z_PACK_SHRINK_H

#include <stdbool.h>

#include "c1zdb.h"

/*
 * The counts of the newest finished full sync of a file, if it has one (${known}); those of each type of resource are in
 * the temporary table before_types (type, n).
 */
struct shrink {
    bool known;
    int64_t resources, entitlements, grants;
};

/* What is compared: ${types} is the list of the only types that were to be taken, with commas, or NULL for all. */
struct shrink_rules {
    int percent;
    bool skip_grants, skip_entitlements;
    const char *types;
};

/* Count what ${d} has, while it still has its indexes. Return 0 or -1 with ${e}. */
int shrink_note(struct shrink *b, struct c1zdb *d, struct err *e);

/**
 * shrink_judge(b, rules, d, base, grants, e):
 * Compare with the rows of ${d} whose ids are greater than ${base}, and as many ${grants}.  Return 0, or -1 with ${e}: AB_EX_SHRUNK if there
 * are no entitlements, no grants (where there was one) or no resources of a type (where there were ten), or more than
 * ${rules}->percent of all resources or of all grants are gone (where there were twenty).
 */
int shrink_judge(const struct shrink *b, const struct shrink_rules *rules, struct c1zdb *d, int64_t base,
    uint64_t grants, struct err *e);

#endif
