/*
 * prose.h: changes in words.
 */
#ifndef C1Z_DIFF_PROSE_H
#define C1Z_DIFF_PROSE_H

#include "ledger.h"
#include "out.h"

/* How to print: ${all} grants also those that are folded; by resource, or by the person (or group) that holds them. */
struct prose_options {
    bool all, by_resource;
};

/**
 * prose_print(l, o, out, e):
 * Print what a folded ledger has: first what changed for most users, or most things of a type, at once; then types,
 * resources and entitlements; then grants.  Nothing in a name can steer a terminal.  Return 0, or -1 with ${e}.
 */
int prose_print(struct ledger *l, const struct prose_options *o, struct out *out, struct err *e);

#endif
