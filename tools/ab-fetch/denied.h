/*
 * denied.h: what becomes of a node whose call was refused.  What that means is refusal.h's to say.
 */
#ifndef AB_FETCH_DENIED_H
#define AB_FETCH_DENIED_H

#include "node.h"

/* What can be known, before anything else is asked, of what the refused ${n} is beneath. */
enum refusal_parent denied_parent(const struct tree *t, const struct node *n);

/* The call of ${n} was refused; ${parent}: what is known of what it is beneath. Return 0, or -1 with ${e}. */
int denied_take(struct tree *t, struct node *n, enum refusal_parent parent, struct err *e);

/* A NODE_DOUBT: find out whether its parent is there. Return 0, or -1 with ${e}. */
int denied_doubt(struct tree *t, struct node *n, struct err *e);

#endif
