/*
 * recode.h: databases whose text is not in UTF-8.
 */
#ifndef C1Z_PACK_RECODE_H
#define C1Z_PACK_RECODE_H

#include "c1zdb.h"

/**
 * recode_apply(d, dir, cache_kib, threads, e):
 * If ${d}, tuned, is in UTF-16, put in its place a copy in UTF-8 made in ${dir}: all tables with their rows, columns and
 * row ids, and their indexes.  ${cache_kib} and ${threads} are for c1zdb_tune.  Return 0 or -1 with ${e}.
 */
int recode_apply(struct c1zdb *d, const char *dir, int cache_kib, int threads, struct err *e);

#endif
