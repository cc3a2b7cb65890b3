/*
 * absent.h: what grants and entitlements name and the sync does not have, as far as it is asked for.
 */
#ifndef AB_WHO_ABSENT_H
#define AB_WHO_ABSENT_H

#include "c1znames.h"
#include "c1zread.h"
#include "err.h"
#include "missing.h"

/**
 * absent_find(m, r, sync, names, word, e):
 * Put into ${m} those that ${word} is the id of (MATCH_CALLED), or all with ${word} NULL.  The ids of all grants of
 * ${sync} of ${r} are read for it.  ${names} are those of the sync.  Return 0, or -1 with ${e} (as c1zread_next;
 * EX_OSERR).
 */
int absent_find(struct missing *m, struct c1zread *r, const struct c1zread_sync *sync, const struct c1znames *names,
    const struct json_str *word, struct err *e);

#endif
