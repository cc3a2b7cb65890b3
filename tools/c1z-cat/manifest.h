/*
 * manifest.h: what c1z-pack(1) notes about a sync: an asset that is one JSON object.
 */
#ifndef C1Z_CAT_MANIFEST_H
#define C1Z_CAT_MANIFEST_H

#include "cat.h"
#include "gap.h"
#include "stages.h"

extern const struct sheet_columns manifest_columns;

/* Hand a row for each fact of the manifest to a sheet. Return 0, or -1 with ${e} (EX_NOINPUT: the sync has none). */
int manifest_rows(struct cat *c, struct sheet *s, struct err *e);

/* Print the manifest itself on one line: its form in JSON. Return as manifest_rows. */
int manifest_print(struct cat *c, struct err *e);

/*
 * What a stream of the sync says again: the stages that it came through, and its gaps and notes, as lines, one behind
 * the other in ${lines}, ${counts} of them.
 */
struct manifest {
    struct stages stages;
    struct buf lines;
    uint64_t gaps, notes;
};

/**
 * manifest_read(m, c, e), manifest_release(m):
 * Read the manifest of the sync of ${c}; one without a manifest is as one that says nothing.  Return 0, or -1 with ${e}
 * (EX_DATAERR: it is none).  Release it in both cases.
 */
int manifest_read(struct manifest *m, struct cat *c, struct err *e);
void manifest_release(struct manifest *m);

#endif
