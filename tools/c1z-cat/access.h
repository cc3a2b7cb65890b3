/*
 * access.h: who holds what, as subjects: grants, and the same from the principals' side.
 */
#ifndef C1Z_CAT_ACCESS_H
#define C1Z_CAT_ACCESS_H

#include "cat.h"

extern const struct sheet_columns access_grant_columns, access_access_columns;

/* Hand the rows of a subject, those that the filter of ${c} passes, to a sheet, sorted. Return 0, or -1 with ${e}. */
int access_grants(struct cat *c, struct sheet *s, struct err *e);
int access_access(struct cat *c, struct sheet *s, struct err *e);

#endif
