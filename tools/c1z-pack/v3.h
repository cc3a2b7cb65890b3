/*
 * v3.h: the sync in a working database as a file of format v3 (reference/c1z-v3.md section 8).
 */
#ifndef C1Z_PACK_V3_H
#define C1Z_PACK_V3_H

#include "store.h"

/* ${store} holds the sync, all of it, and no other; files without a name go to ${dir}. */
struct v3 {
    struct store *store;
    const char *dir;
    int level, threads;
};

/**
 * v3_encode(arg, database, out, name, e):
 * Write the sync of ${arg}, a struct v3, to ${out}, which errors call ${name} (a publish_form; ${database} is not
 * used).  Grants are put in order by the numbers of what they refer to and made into records then; all else is made into
 * records, and sorted by key.  Memory does not depend on how many there are, but for refs.h.  Return 0, or -1 with ${e}: EX_DATAERR naming the line of a record that format v3 cannot
 * keep, or the lines of two grants of one entitlement to one principal, of which it keeps one; as extsort.h and
 * c1z3_write.h.
 */
int v3_encode(void *arg, int database, int out, const char *name, struct err *e);

#endif
