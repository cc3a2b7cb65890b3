/*
 * gaps.h: the gaps and notes of a stream, kept until its end: what the file's manifest says of them, and whether the
 * gaps let it be published at all.
 */
#ifndef C1Z_PACK_GAPS_H
#define C1Z_PACK_GAPS_H

#include <stdint.h>

#include "buf.h"
#include "gap.h"

/* Gaps and notes take at most this many bytes. */
#define GAPS_BYTES_MAX ((size_t)64 << 20)

/* ${n} lines, as gap_put makes them, in ${text}; where each begins and ends is in ${lines}. */
struct gaps {
    struct buf text;
    struct gaps_line *lines;
    size_t n, cap;
};

/* One line: ${len} bytes at ${at} in the text, which ${line} of the input had. */
struct gaps_line {
    size_t at, len;
    uint64_t line;
    bool note;
};

void gaps_init(struct gaps *g);
void gaps_release(struct gaps *g);

/* Keep ${gap} of line ${line}. Return 0, or -1 with ${e}: EX_DATAERR for more than GAPS_BYTES_MAX, EX_OSERR. */
int gaps_add(struct gaps *g, const struct gap *gap, uint64_t line, struct err *e);

/* Sort by the bytes of the lines, and drop what is there twice. */
void gaps_sort(struct gaps *g);

/**
 * gaps_judge(g, accepted, n_accepted, allow, input, e):
 * Look at the gaps, sorted.  Return 0 if there are none, or all are of the ${n_accepted} kinds ${accepted}; 1 if there
 * are others and ${allow} is set; else -1 with ${e} (EX_DATAERR).  Each of those others is named by a warning.  ${input} is
 * what errors call the input.
 */
int gaps_judge(
    const struct gaps *g, const char *const *accepted, size_t n_accepted, bool allow, const char *input, struct err *e);

/* Append those that are notes, or those that are not, as a JSON array. */
void gaps_put(struct buf *out, const struct gaps *g, bool notes);

#endif
