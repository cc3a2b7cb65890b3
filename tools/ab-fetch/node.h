/*
 * node.h: one piece of the stream in the making (tree.h): lines that are finished, or what will become lines.
 *
 * All functions that return an int return 0, or -1 with ${e}.
 */
#ifndef AB_FETCH_NODE_H
#define AB_FETCH_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"
#include "refusal.h"

struct tree;

/* Bytes held in all nodes beyond which lines that wait for the survey go to a file. */
#define NODE_SPOOL_FROM ((size_t)4 << 20)

/* Bytes held in all nodes beyond which only the call at the head begins. */
#define NODE_HELD_MAX ((size_t)16 << 20)

enum node_kind {
    NODE_TEXT,    /* finished lines */
    NODE_CALL,    /* a call */
    NODE_ROWS,    /* an answer of lines that have others beneath them, taken one by one */
    NODE_LEAVES,  /* an answer of lines that have none: finished */
    NODE_DOUBT,   /* a refused call, whose parent may not be there any more */
    NODE_MEMBERS, /* the members of an organization, whose roles are asked for one by one */
    NODE_MEMBER,  /* such a call: ${text} is the member's data until its answer comes */
    NODE_SECTION, /* what the survey knows beneath organization number ${organization} */
    NODE_REST,    /* the organizations that the survey finds, and what has no organization */
};

/*
 * ${resource}, ${scope}: what the node's lines are, and under what they stand.  ${line}: where the text, of ${nlines} lines,
 * begins on standard input; 0 if it is our own.  ${spooled}: the text is not here, but ${spool_len} bytes at ${spool_at} of
 * tree.spool.  ${size}: the bytes it holds as last counted in tree.held.  ${gaps}: how many
 * of its lines are gaps of our own.
 */
struct node {
    struct node *next, *prev;
    enum node_kind kind;
    struct buf text;
    uint64_t line, nlines, gaps;
    size_t size;
    bool spooled;
    uint64_t spool_at;
    size_t spool_len;
    struct call *call;
    struct rows rows;
    enum resource resource;
    struct scope scope;
    uint32_t organization;
    bool viewed; /* of a NODE_SECTION: what could not be seen beneath it was said */
};

/* A new node before ${next}, NULL: at the tail. ${scope} is copied. Return NULL with ${e}. */
struct node *node_insert(struct tree *t, struct node *next, enum node_kind kind, enum resource resource,
    const struct scope *scope, struct err *e);

/* One of finished lines: ${text}, which is then empty. */
int node_insert_text(struct tree *t, struct node *next, struct buf *text, struct err *e);

/* One that is the call which lists ${resource} in ${scope}. */
int node_insert_call(
    struct tree *t, struct node *next, enum resource resource, const struct scope *scope, struct err *e);

/* One that is the line of a gap or note of ${resource} in ${scope}. */
int node_insert_gap(struct tree *t, struct node *next, enum refusal_kind kind, enum resource resource,
    const struct scope *scope, int status, const char *reason, const char *needs, struct err *e);

/* Let ${n} become such a line, in its scope; nothing if that is covered or was said before. */
int node_become_gap(struct tree *t, struct node *n, enum refusal_kind kind, int status, const char *reason,
    const char *needs, struct err *e);

/* Give ${n} a call of ${ep}, in place of the one it may have. */
int node_set_call(struct tree *t, struct node *n, const struct endpoint *ep, struct err *e);

/* Whether the call of ${n} may begin: not before the caller's roles are known, if it hangs on them. */
bool node_may_begin(const struct tree *t, const struct node *n);

/* The role that is missing for a gap, in the words of ${ep}, which may be NULL. */
const char *node_needs(const struct endpoint *ep);

/* Count what ${n} holds now. */
void node_count(struct tree *t, struct node *n);

/* Take ${n} out of the list and free it. */
void node_remove(struct tree *t, struct node *n);

/* Say that there is no memory. Always return -1. */
int node_no_memory(struct err *e);

#endif
