/*
 * numsort.h: sorting more pairs of numbers than memory holds: 16 bytes each, in pieces that are written to a file
 * without a name and merged.
 */
#ifndef AB_NUMSORT_H
#define AB_NUMSORT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct numpair {
    uint64_t key, value;
};

struct numsort;

/**
 * numsort_new(dir, memory, e):
 * Begin.  At most ${memory} bytes of pairs are sorted at once, for which as many again are used meanwhile; the file, made
 * when there are more, is in ${dir}, which is kept.  Return NULL with ${e} (EX_OSERR). numsort_free accepts NULL.
 */
struct numsort *numsort_new(const char *dir, size_t memory, struct err *e);
void numsort_free(struct numsort *s);

/* Add a pair. Return 0, or -1 with ${e} (EX_OSERR, EX_IOERR, EX_CANTCREAT). */
int numsort_add(struct numsort *s, uint64_t key, uint64_t value, struct err *e);

/**
 * numsort_next(s, pair, e):
 * The next pair in the order of keys, of equal keys in that of values.  Nothing can be added after the first call.
 * Return 1, 0 after the last, or -1 with ${e}.
 */
int numsort_next(struct numsort *s, struct numpair *pair, struct err *e);

#endif
