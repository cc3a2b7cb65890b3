/*
 * v3sync.h: what a file of format v3 says of its sync: the run itself, its counts, its assets (reference/c1z-v3.md
 * sections 1.2 and 6.6 to 6.8).
 */
#ifndef C1Z_PACK_V3SYNC_H
#define C1Z_PACK_V3SYNC_H

#include <time.h>

#include "buf.h"
#include "reader.h"
#include "store.h"

/* ${type} is the number of the sync's type; ${stats} the record of its counts. */
struct v3sync {
    const char *id;
    int type;
    struct timespec started_at, ended_at, discovered_at;
    struct buf stats;
};

/*
 * Read it from the working database, whose sync is finished. Return 0, or -1 with ${e}. v3sync_release takes zeros
 * too.
 */
int v3sync_read(struct v3sync *v, struct store *s, struct err *e);
void v3sync_release(struct v3sync *v);

/* Append the record of the run; what the manifest says of it; the record of an asset. ${out} may fail. */
void v3sync_put_run(const struct v3sync *v, struct buf *out);
void v3sync_put_summary(const struct v3sync *v, struct buf *out);
void v3sync_put_asset(
    const struct v3sync *v, struct span id, struct span content_type, struct span data, struct buf *out);

#endif
