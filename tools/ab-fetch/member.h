/*
 * member.h: the users of an organization whose list is refused: its members, and the roles of each, asked for one by one.
 */
#ifndef AB_FETCH_MEMBER_H
#define AB_FETCH_MEMBER_H

#include "node.h"

/* ${n}, a NODE_MEMBERS, has been answered: a NODE_MEMBER for each member, before it. Return 0, or -1 with ${e}. */
int member_expand(struct tree *t, struct node *n, struct err *e);

/* A NODE_MEMBER: ask, or take the answer: his line, or a gap. Return 0, or -1 with ${e}. */
int member_grow(struct tree *t, struct node *n, struct err *e);

#endif
