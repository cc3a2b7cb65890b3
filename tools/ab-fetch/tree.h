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

#include "caller.h"
#include "doubts.h"
#include "engine.h"
#include "gaps.h"
#include "node.h"
#include "plan.h"
#include "sink.h"
#include "spool.h"
#include "survey.h"

/*
 * The stream in the making.
 *   root     what lines at the root bear: the instance, once its line is in the stream
 *   refused  why organizations are not listed; nothing while they are
 *   release  of the server, as that line has it, or NULL
 *   spool    lines that wait
 * The pointers are to what the caller keeps.
 */
struct tree {
    const struct plan *plan;
    struct known *known;
    struct survey *survey;
    struct engine *engine;
    struct caller *caller;
    struct sink *sink;
    struct gaps *gaps;
    struct doubts doubts;
    struct spool spool;
    struct scope root;
    struct err refused;
    char *release;
    struct node *head, *tail;
    size_t count;     /* nodes in the list */
    size_t held;      /* bytes of lines and rows in the list */
    uint64_t changes; /* grows with whatever happens to the list */
};

/* The parts that a tree works with; they stay the caller's and outlive it. ${survey} may go unused. */
struct tree_parts {
    const struct plan *plan;
    struct known *known;
    struct survey *survey;
    struct engine *engine;
    struct caller *caller;
    struct sink *sink;
    struct gaps *gaps;
};

/* Start with an empty list. */
void tree_init(struct tree *t, const struct tree_parts *parts);
void tree_release(struct tree *t);

/* The line of the instance is in the stream: ${id}, and what its data says. Return 0, or -1 with ${e}; all below do so. */
int tree_instance(struct tree *t, const char *id, struct json_str data, struct err *e);

/* Append a line that came as number ${line} of standard input. */
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

/* Pass the finished lines at the head on, as many as the sink takes now. */
int tree_emit(struct tree *t, struct err *e);

/* Whether lines could be passed on. */
bool tree_ready(const struct tree *t);

/* Whether so much is held that no more should be read. */
bool tree_full(const struct tree *t);

#endif
