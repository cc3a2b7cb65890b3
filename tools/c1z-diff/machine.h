/*
 * machine.h: changes as lines of JSON.
 */
#ifndef C1Z_DIFF_MACHINE_H
#define C1Z_DIFF_MACHINE_H

#include "diff.h"
#include "out.h"

/* Where the lines go, and what they are made in: ${safe} is ${line} with escapes for what is unsafe on a terminal. */
struct machine {
    struct out *out;
    struct buf line, safe;
    struct arena arena;
};

void machine_init(struct machine *m, struct out *out);
void machine_release(struct machine *m);

/*
 * Print one change, a function for diff_walk, ${to} is the machine:
 *     {"change":"added","kind":"grant","id":{...},"new":{...}}
 * change is added, removed or changed; id is what tells the record from others of its kind, and of a grant, which is not
 * told by it, its new own id; old and new are the record, as baton-records(5) has it, less what repeats others.  Of a
 * grant that is changed one of them is missing if one sync has more grants of that entitlement and principal.  Where old
 * and new are the same, because they differ in fields that are not known here alone, "unknownFields":true stands behind
 * them.
 */
int machine_print(void *to, const struct change *change, struct err *e);

#endif
