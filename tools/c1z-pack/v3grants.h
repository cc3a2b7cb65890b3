/*
 * v3grants.h: the grants of a sync as records of format v3, in the order of their keys.
 */
#ifndef C1Z_PACK_V3GRANTS_H
#define C1Z_PACK_V3GRANTS_H

#include <time.h>

#include "grantrows.h"
#include "pebble_write.h"
#include "store.h"

/* Places of entitlements and principals are in the order of keys; ${key} and ${value} are those of one record. */
struct v3grants {
    struct store *s;
    struct timespec discovered_at;
    struct ranks entitlements, principals;
    struct grantrows rows;
    struct buf key, value;
};

/* Make ready. Return 0 or -1 with ${e}. v3grants_close may always be called on a struct that was of zeros. */
int v3grants_open(struct v3grants *x, struct store *s, struct timespec discovered_at, struct err *e);
void v3grants_close(struct v3grants *x);

/**
 * v3grants_write(x, w, e), v3grants_write_index(x, w, e):
 * Write all grants; the index of them by principal.  Return 0, or -1 with ${e}: EX_DATAERR naming the lines of two grants
 * of one entitlement to one principal, of which format v3 keeps one, or the line of one that it cannot keep.
 */
int v3grants_write(struct v3grants *x, struct pebble_write *w, struct err *e);
int v3grants_write_index(struct v3grants *x, struct pebble_write *w, struct err *e);

/* Append the key of ${grant} in the index of those that expand. */
void v3grants_put_expandable(const struct grants *g, const struct grant *grant, struct buf *key);

#endif
