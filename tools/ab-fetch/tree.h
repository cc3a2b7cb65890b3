/*
 * tree.h: the stream in the making: an ordered list of lines that are finished and of calls whose answers will stand in
 * their place.
 *
 * Lines leave at the head.  An answer becomes lines, each followed by the calls for what stands beneath it.  Calls begin
 * in the order of the list.  So the order of the stream is that of the list, never that in which answers come.
 *
 * Two things always hold:
 * 1. Whatever gives ids that must be unique in the stream (organizations, workspaces) is turned into lines only after
 *    all such before it in the list have been: so which of two lines with one id stays does not depend on time.
 * 2. The call at the head may begin however much is held, so that something leaves at last.
 */
#ifndef AB_FETCH_TREE_H
#define AB_FETCH_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "plan.h"
#include "sink.h"
#include "survey.h"

enum node_kind {
    NODE_TEXT,    /* finished lines */
    NODE_CALL,    /* a call */
    NODE_ROWS,    /* an answer of lines that have others beneath them, taken one by one */
    NODE_LEAVES,  /* an answer of lines that have none: finished */
    NODE_SECTION, /* what the survey knows beneath organization number ${organization} */
    NODE_REST,    /* the organizations that the survey finds, and what has no organization */
};

/*
 * ${resource}, ${scope}: what the node's lines are, and under what they stand.  ${line}: where the text, of ${nlines} lines,
 * begins on standard input; 0 if it is our own.  ${size}: the bytes it holds as last counted in tree.held.
 */
struct node {
    struct node *next, *prev;
    enum node_kind kind;
    struct buf text;
    uint64_t line, nlines;
    size_t size;
    struct call *call;
    struct rows rows;
    enum resource resource;
    struct scope scope;
    uint32_t organization;
};

struct tree {
    const struct plan *plan;
    struct known *known;
    struct survey *survey;
    struct engine *engine;
    struct sink *sink;
    struct node *head, *tail;
    size_t count;     /* nodes in the list */
    size_t held;      /* bytes of lines and rows in the list */
    uint64_t changes; /* grows with whatever happens to the list */
};

/* Start with an empty list. The arguments stay the caller's and outlive the tree. ${survey} may go unused. */
void tree_init(struct tree *t, const struct plan *plan, struct known *known, struct survey *survey,
    struct engine *engine, struct sink *sink);
void tree_release(struct tree *t);

/* Append a line that came as number ${line} of standard input. Return 0, or -1 with ${e}; all below do so. */
int tree_line(struct tree *t, const char *text, size_t len, uint64_t line, struct err *e);

/**
 * tree_root(t, from, to, e):
 * Append the calls for the resources asked for that stand at the root, from ${from} up to but without ${to}; the place of
 * what is surveyed is also that of what the survey finds besides.
 */
int tree_root(struct tree *t, enum resource from, enum resource to, struct err *e);

/**
 * tree_children(t, parent, scope, organization, from, to, e):
 * Append the calls for the resources asked for that stand beneath ${parent} in ${scope} (copied), from ${from} up to but
 * without ${to}.  ${organization} is the number of the organization, if ${parent} is one.
 */
int tree_children(struct tree *t, enum resource parent, const struct scope *scope, uint32_t organization,
    enum resource from, enum resource to, struct err *e);

/* Turn answers into lines and calls, and begin the calls for which there is room. */
int tree_grow(struct tree *t, struct err *e);

/* Pass the finished lines at the head on. ${*moved} says whether there were any. */
int tree_emit(struct tree *t, bool *moved, struct err *e);

/* Whether so much is held that no more should be read. */
bool tree_full(const struct tree *t);

#endif
