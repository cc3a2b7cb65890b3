/*
 * syncs.h: the syncs of a file, as a subject.
 */
#ifndef C1Z_CAT_SYNCS_H
#define C1Z_CAT_SYNCS_H

#include "cat.h"

extern const struct sheet_columns syncs_columns;

/* Print the syncs of ${c}, or the one that was asked for, in stored order. */
int syncs_rows(struct cat *c, struct sheet *s, struct err *e);

#endif
