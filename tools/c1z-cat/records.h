/*
 * records.h: a sync as a stream of baton records.
 */
#ifndef C1Z_CAT_RECORDS_H
#define C1Z_CAT_RECORDS_H

#include "cat.h"

/**
 * records_print(c, e):
 * Print the subjects of ${c}, which are records, in stored order as a framed stream.  What was left out of the sync
 * stands in it as gaps.  With a filter, only the record lines are printed.  Return 0, or -1 with ${e}; the end line is then missing, so that nobody takes it for the whole.
 */
int records_print(struct cat *c, struct err *e);

#endif
