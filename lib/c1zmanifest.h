/*
 * c1zmanifest.h: what c1z-pack(1) noted about a sync, in an asset that is one JSON object: here, what a reader of the
 * sync must know of it.
 */
#ifndef AB_C1ZMANIFEST_H
#define AB_C1ZMANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "c1zread.h"
#include "err.h"
#include "gap.h"
#include "stages.h"

/* The asset, and the largest that is read. */
#define C1ZMANIFEST_ASSET "c1z-pack/manifest"
#define C1ZMANIFEST_BYTES_MAX ((size_t)256 << 20)

/* Longer lists of kinds do not fit a message. */
#define C1ZMANIFEST_KINDS_MAX 4096

/*
 * The stages that the sync's stream came through; as the lines of a stream its ${gaps} gaps, ${notes} notes, and
 * ${left_out} notes of what was left out on purpose (gap_is_skipped).
 */
struct c1zmanifest {
    struct stages stages;
    struct buf lines;
    uint64_t gaps, notes, left_out;
};

/**
 * c1zmanifest_read(m, r, sync, e), c1zmanifest_release(m):
 * Read the manifest of ${sync} of ${r}; a sync without one is as one whose manifest says nothing.  Return 0, or -1 with
 * ${e} (EX_DATAERR: it is no manifest).  Release it in both cases.
 */
int c1zmanifest_read(struct c1zmanifest *m, struct c1zread *r, const struct c1zread_sync *sync, struct err *e);
void c1zmanifest_release(struct c1zmanifest *m);

/**
 * c1zmanifest_gaps(m, each, arg, e), c1zmanifest_notes(m, each, arg, e), c1zmanifest_left_out(m, each, arg, e):
 * Hand each gap of ${m}, each note, or each note of what was left out, to ${each} with ${arg}, in their order.  It
 * lives as long as that call.  Return 0, or -1 with ${e}: as soon as ${each} does, or EX_DATAERR for a line that is
 * neither.
 */
int c1zmanifest_gaps(const struct c1zmanifest *m, int (*each)(void *arg, const struct gap *gap, struct err *e),
    void *arg, struct err *e);
int c1zmanifest_notes(const struct c1zmanifest *m, int (*each)(void *arg, const struct gap *note, struct err *e),
    void *arg, struct err *e);
int c1zmanifest_left_out(const struct c1zmanifest *m, int (*each)(void *arg, const struct gap *note, struct err *e),
    void *arg, struct err *e);

/* Whether ${note} is of what may be there and was not shown; the others are of what was not there (ab-raw(5)). */
bool c1zmanifest_refused(const struct gap *note);

/**
 * c1zmanifest_hidden_kinds(m, kinds, e), c1zmanifest_left_out_kinds(m, kinds, e):
 * Append to ${kinds} the kinds, with commas between, of what the notes of ${m} say was not shown, and may be a way to
 * roles; or was left out on purpose.  ${kinds} has failed if they are more than it takes.  Return how many kinds, or -1
 * with ${e}.
 */
int c1zmanifest_hidden_kinds(const struct c1zmanifest *m, struct buf *kinds, struct err *e);
int c1zmanifest_left_out_kinds(const struct c1zmanifest *m, struct buf *kinds, struct err *e);

/* What of a manifest is warned of, in bits: its gaps, what was not shown and gives access, what was left out. */
enum { C1ZMANIFEST_GAPS = 1, C1ZMANIFEST_HIDDEN = 2, C1ZMANIFEST_LEFT_OUT = 4 };

/**
 * c1zmanifest_warn(r, sync, of):
 * Log what makes ${sync} of ${r} less than the whole truth, a warning each: that it is not finished, or not full, and
 * of its manifest what the bits ${of} say, 0 where all is in what is printed; what was left out, of a full one alone.
 * That the manifest cannot be read is a warning as well, and no failure: what is printed does not hang on it.
 */
void c1zmanifest_warn(struct c1zread *r, const struct c1zread_sync *sync, unsigned of);

#endif
