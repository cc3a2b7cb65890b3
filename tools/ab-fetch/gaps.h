/*
 * gaps.h: what could not be seen, gathered for the end of the run.
 */
#ifndef AB_FETCH_GAPS_H
#define AB_FETCH_GAPS_H

#include "err.h"
#include "ids.h"
#include "refusal.h"

/*
 * ${said}: digests of the lines so far: none is written twice.  ${n}: gaps of each kind; ${reason}, ${needs}: of the first of
 * them.  ${lists}, ${refused}: lists of each kind that were answered or refused, and those that were refused.  ${keeps}: what was
 * said is kept, as outlook_tell has it, in ${told}.
 */
struct gaps {
    struct ids said;
    uint64_t n[RESOURCE_COUNT];
    const char *reason[RESOURCE_COUNT], *needs[RESOURCE_COUNT];
    uint64_t lists[RESOURCE_COUNT], refused[RESOURCE_COUNT];
    bool keeps;
    struct buf told[RESOURCE_COUNT];
};

void gaps_init(struct gaps *g, bool keeps);
void gaps_release(struct gaps *g);

/**
 * gaps_line(g, out, kind, resource, scope, status, reason, needs):
 * As refusal_line, unless that line was written before.  A gap is counted.  ${reason} and ${needs} are kept, not copied.
 * Return 1 if a line was appended, 0 if not, -1 without memory.
 */
int gaps_line(struct gaps *g, struct buf *out, enum refusal_kind kind, enum resource resource,
    const struct scope *scope, int status, const char *reason, const char *needs);

/* A list of ${resource} was answered, or refused. */
void gaps_count(struct gaps *g, enum resource resource, bool refused);

/* Whether lists of users with roles were asked for, and every one was refused; the same of lists of ${resource}. */
bool gaps_all_users(const struct gaps *g);
bool gaps_all(const struct gaps *g, enum resource resource);

/* One warning for each kind. */
void gaps_warn(const struct gaps *g);

#endif
