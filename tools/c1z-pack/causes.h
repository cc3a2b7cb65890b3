/*
 * causes.h: because of which line of the input grants were made, and whether one of these has the id of another.
 */
#ifndef C1Z_PACK_CAUSES_H
#define C1Z_PACK_CAUSES_H

#include <stdint.h>

#include "store.h"

/* Grants from line ${made} on were made because of ${line}, until those of the next. */
struct cause {
    uint64_t made, line;
};

struct causes {
    struct cause *list;
    size_t n, cap;
};

/* Note that grants from line ${made} on are because of ${line}; both were greater or the same before. 0 or -1 with ${e}. */
int causes_note(struct causes *c, uint64_t made, uint64_t line, struct err *e);
void causes_release(struct causes *c);

/**
 * causes_judge(c, s, e):
 * Return 0, or -1 with ${e}: EX_DATAERR, naming the line because of which the first grant was made whose id another grant
 * has; those of the input differ in theirs.
 */
int causes_judge(const struct causes *c, struct store *s, struct err *e);

#endif
