/*
 * gaplist.h: the gaps and notes of a stream, kept until its end: what the file's manifest says of them, and whether the
 * gaps let it be published at all.
 */
#ifndef C1Z_PACK_GAPLIST_H
#define C1Z_PACK_GAPLIST_H

#include <stdint.h>

#include "buf.h"
#include "gap.h"

/* Gaps and notes take at most this many bytes. */
#define GAPLIST_BYTES_MAX ((size_t)64 << 20)

/* What a line is: of the notes those of what was left out on purpose (gap_is_skipped) are apart. */
enum gaplist_part { GAPLIST_GAPS, GAPLIST_NOTES, GAPLIST_LEFT_OUT };

/* ${n} lines, as gap_put makes them, in ${text}; where each begins and ends is in ${lines}. */
struct gaplist {
    struct buf text;
    struct gaplist_line *lines;
    size_t n, cap;
};

/* One line: ${len} bytes at ${at} in the text, which ${line} of the input had. */
struct gaplist_line {
    size_t at, len;
    uint64_t line;
    enum gaplist_part part;
};

void gaplist_init(struct gaplist *g);
void gaplist_release(struct gaplist *g);

/* Keep ${gap} of line ${line}. Return 0, or -1 with ${e}: EX_DATAERR for more than GAPLIST_BYTES_MAX, EX_OSERR. */
int gaplist_add(struct gaplist *g, const struct gap *gap, uint64_t line, struct err *e);

/* Sort by the bytes of the lines, and drop what is there twice. */
void gaplist_sort(struct gaplist *g);

/**
 * gaplist_judge(g, accepted, n_accepted, allow, input, e):
 * Look at the gaps, sorted.  Return 0 if there are none, or all are of the ${n_accepted} kinds ${accepted}; 1 if there
 * are others and ${allow} is set; else -1 with ${e} (EX_DATAERR).  Each of those others is named by a warning.  ${input} is
 * what errors call the input.
 */
int gaplist_judge(const struct gaplist *g, const char *const *accepted, size_t n_accepted, bool allow,
    const char *input, struct err *e);

/**
 * gaplist_gaps(g, each, arg, e):
 * Hand each gap to ${each} with ${arg}, in their order; notes are passed over.  It lives as long as that call.  Return 0,
 * or -1 with ${e} as soon as ${each} does.
 */
int gaplist_gaps(
    const struct gaplist *g, int (*each)(void *arg, const struct gap *gap, struct err *e), void *arg, struct err *e);

/* Whether there is one of ${part}; append all that are as a JSON array. */
bool gaplist_has(const struct gaplist *g, enum gaplist_part part);
void gaplist_put(struct buf *out, const struct gaplist *g, enum gaplist_part part);

#endif
