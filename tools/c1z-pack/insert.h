/*
 * insert.h: the grants of the sync as rows of the table v1_grants, by SQL.
 */
#ifndef C1Z_PACK_INSERT_H
#define C1Z_PACK_INSERT_H

#include "store.h"

/* Insert all grants of ${s}. Return 0 or -1 with ${e}. */
int insert_grants(struct store *s, struct err *e);

#endif
