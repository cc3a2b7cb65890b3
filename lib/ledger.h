/*
 * ledger.h: the changes between two syncs, kept on disk until all are known: what follows from what, what changed for
 * many at once, and the order in which people read it, can only be said then.
 *
 * A grant that is not held directly is there because of others: of one of its principal's own grants on a source
 * entitlement, or of the grant that passes such an entitlement on (to the resource that it is on).  If one of these
 * came, went or changed so that it explains the change, that is folded under it, or under what that one in turn follows
 * from.  What nothing explains stands for itself, whatever else changed beside it.
 */
#ifndef AB_LEDGER_H
#define AB_LEDGER_H

#include <stdint.h>

#include "c1zdb.h"
#include "compare.h"
#include "diff.h"
#include "err.h"

/* ${text}, ${members}, ${status}, ${arena} and ${compare} are what one row is made in. */
struct ledger {
    struct c1zdb db;
    struct side *old, *new;
    sqlite3_stmt *put_thing, *put_grant, *put_source;
    struct buf text, members, status;
    struct arena arena;
    struct compare compare;
};

/* How the three kinds of change are marked. */
#define LEDGER_ADDED "+"
#define LEDGER_REMOVED "-"
#define LEDGER_CHANGED "~"

/* The status that a person has of whom there is none. */
#define LEDGER_NO_STATUS "nothing"

/* Make an empty ledger for ${old} and ${new}. Return 0, or -1 with ${e}. ledger_close in both cases. */
int ledger_open(struct ledger *l, struct side *old, struct side *new, struct err *e);
void ledger_close(struct ledger *l);

/* Note one change: a function for diff_walk, ${to} is the ledger. */
int ledger_note(void *to, const struct change *change, struct err *e);

/* What the resource type ${id} is called, or ${id} where neither sync has it; it lives as long as the two sides. */
struct json_str ledger_type_name(const struct ledger *l, struct json_str id);

/* When all are noted: find out what follows from what. Return 0, or -1 with ${e}. */
int ledger_fold(struct ledger *l, struct err *e);

/*
 * Then ask the tables.  All texts are as in the files; names are those of the new sync, of what it does not have those
 * of the old one, so that a thing has one name in all rows.
 *   things   kind, sign, type, id, name, on_name, text, is_user (0, 1), status: changes that are no grants; name is what
 *            it is called, on_name what the resource of an entitlement is called, text what changed, status the new one
 *            of a resource whose status changed ("disabled"), else empty
 *   grants   id, sign, principal_type, principal_id, principal, on_type, on_id, on_name, entitlement, permission,
 *            is_user, direct (0, 1), through (the sources, as "member on Staff, member on All"), text, root (the change
 *            it is folded under, or NULL), follow (how many are folded under it)
 */
#endif
