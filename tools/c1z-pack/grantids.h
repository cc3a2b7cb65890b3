/*
 * grantids.h: the ids of all grants in the order of their bytes: where two are the same, they stand together.
 *
 * Nearly all are made of what the grant refers to, by the convention, and are sorted as the numbers of these; the others
 * as texts.
 */
#ifndef C1Z_PACK_GRANTIDS_H
#define C1Z_PACK_GRANTIDS_H

#include "extsort.h"
#include "grants.h"
#include "numsort.h"

/*
 * What goes on: the next of either sort, while there is one (${more_...}), with its text.  ${lines}: grants are named by
 * their lines, not by their numbers.
 */
struct grantids {
    struct grants *g;
    struct ranks entitlements, principals;
    struct numsort *numbers;
    struct extsort *texts;
    struct buf number_id, last;
    struct span text_id;
    uint64_t number_of, text_of;
    bool lines, more_numbers, more_texts, any;
};

/* One id, which is valid until the next call, and whose it is; whether the one before was the same. */
struct grantid {
    struct span id;
    uint64_t grant;
    bool same;
};

/**
 * grantids_open(x, g, dir, lines, e):
 * Sort the ids of all of ${g}, which keeps what it has while they are read.  Files go to ${dir}, which is kept.  Return 0,
 * or -1 with ${e}.  grantids_close may always be called on a struct that was of zeros.
 */
int grantids_open(struct grantids *x, struct grants *g, const char *dir, bool lines, struct err *e);
void grantids_close(struct grantids *x);

/* The next id; of the same ids, the grants ascend. Return 1, 0 after the last, or -1 with ${e}. */
int grantids_next(struct grantids *x, struct grantid *id, struct err *e);

#endif
