/*
 * twins.h: grants of one id.
 */
#ifndef C1Z_PACK_TWINS_H
#define C1Z_PACK_TWINS_H

#include "store.h"

/**
 * twins_drop(s, e):
 * Of grants of the input with one id the first stays if the others are stored as the same bytes; else return -1 with
 * ${e} (EX_DATAERR), naming the first line that differs and the one before it.  Return 0 otherwise.
 */
int twins_drop(struct store *s, struct err *e);

#endif
