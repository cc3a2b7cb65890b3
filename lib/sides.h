/*
 * sides.h: the two syncs that are compared.
 */
#ifndef AB_SIDES_H
#define AB_SIDES_H

#include "diff.h"

/*
 * Files and ids of syncs as they were asked for, NULL where they were not: then ${new_file} is ${old_file}.
 * ${advice} is what somebody can do who asks for the sync before one that is not finished, or NULL.
 */
struct sides_options {
    const char *old_file, *new_file, *old_sync, *new_sync, *advice;
};

/**
 * sides_open(o, old, new, e):
 * Open the files and choose the syncs: those asked for, else the one that c1zread_choose finds; of one file alone, its
 * newest finished full sync and the one before that (EX_DATAERR: there is none, as before one that is not finished).
 * What is not the whole truth on either side is warned about: a record that is missing there may only not have been
 * seen, or was left out.  What was shown on neither side makes no difference and is not.  Names are read.  Return 0, or
 * -1 with ${e}; sides_close in both cases.
 */
int sides_open(const struct sides_options *o, struct side *old, struct side *new, struct err *e);
void sides_close(struct side *old, struct side *new);

#endif
