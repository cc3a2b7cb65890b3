/*
 * extsort.h: sorting more pairs of key and value than memory holds: they are sorted in pieces, which are written to a
 * file without a name and merged.
 */
#ifndef AB_EXTSORT_H
#define AB_EXTSORT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "reader.h"

/* The longest key and value together. */
#define EXTSORT_PAIR_MAX ((size_t)256 << 20)

struct extsort;

/**
 * extsort_new(dir, memory, e):
 * Begin.  Pieces of ${memory} bytes (more only for a pair that is longer) are sorted; the file for them, made when
 * there is more than one, is in ${dir}, which is kept.  Return NULL with ${e} (EX_OSERR). extsort_free accepts NULL.
 */
struct extsort *extsort_new(const char *dir, size_t memory, struct err *e);
void extsort_free(struct extsort *s);

/*
 * Add a pair with a ${tag} of the caller's. Return 0, or -1 with ${e}: EX_OSERR, EX_IOERR, EX_DATAERR for a pair too
 * long.
 */
int extsort_add(struct extsort *s, struct span key, struct span value, uint64_t tag, struct err *e);

/**
 * extsort_next(s, key, value, tag, e):
 * The next pair in the order of keys, of equal keys in that of tags; valid until the next call.  Nothing can be added
 * after the first call.  Return 1, 0 after the last, or -1 with ${e}.
 */
int extsort_next(struct extsort *s, struct span *key, struct span *value, uint64_t *tag, struct err *e);

#endif
