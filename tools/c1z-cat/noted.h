/*
 * noted.h: what c1z-pack(1) notes about a sync: an asset that is one JSON object,
 * as a subject.
 */
#ifndef C1Z_CAT_NOTED_H
#define C1Z_CAT_NOTED_H

#include "cat.h"

extern const struct sheet_columns noted_columns;

/* Hand a row for each fact of the manifest to a sheet. Return 0, or -1 with ${e} (EX_NOINPUT: the sync has none). */
int noted_rows(struct cat *c, struct sheet *s, struct err *e);

/* Print the manifest itself on one line: its form in JSON. Return as noted_rows. */
int noted_print(struct cat *c, struct err *e);

#endif
