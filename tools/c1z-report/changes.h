/*
 * changes.h: what changed between two syncs, as data of the page.
 */
#ifndef C1Z_REPORT_CHANGES_H
#define C1Z_REPORT_CHANGES_H

#include "out.h"
#include "sides.h"

/**
 * changes_put(out, old, new, e):
 * Write one more member of the object that facts_put began:
 *     changes {file, ended, whole, gaps, mass, things, grants}: the old file, the end of its sync, whether that was a
 *     finished full one, how many gaps it had
 *         mass    the sentences of mass_changes
 *         things  [sign, kind, type, id, name, what changed]
 *         grants  [id, sign, principal's type, id and name, is a user, on type, id and name, permission, direct, where
 *                 it comes from, what changed, root]: root is the id of the change that this one follows from, 0 for
 *                 none
 * sign is "+", "-" or "~".  Return 0, or -1 with ${e} (as diff_walk, mass_changes, c1zmanifest_read; EX_IOERR,
 * EX_OSERR).
 */
int changes_put(struct out *out, struct side *old, struct side *new, struct err *e);

#endif
