/*
 * refusal.h: what it means that the server will not answer a call: the end of the run, a gap, a note, or another way.
 * The one place where that is decided.  Pure: its tests are data (tests/unit/ab-fetch/refusal.c).
 *
 * A gap says that access may exist which nobody could see; a note, that something was not there and hides nothing
 * (ab-raw(5)).  When in doubt, it is a gap.
 */
#ifndef AB_FETCH_REFUSAL_H
#define AB_FETCH_REFUSAL_H

#include "call.h"

enum refusal_kind {
    REFUSAL_END,    /* of the run */
    REFUSAL_GAP,    /* a gap line in its place */
    REFUSAL_NOTE,   /* a note line in its place */
    REFUSAL_DETOUR, /* there is another way to ask: take it */
    REFUSAL_DOUBT,  /* find out whether its parent is still there, and judge again */
};

/* What became of the parent of what was refused. */
enum refusal_parent {
    PARENT_UNASKED, /* it has not been asked, but can be */
    PARENT_ALONE,   /* there is no list that would tell */
    PARENT_THERE,   /* it is there, or may be */
    PARENT_GONE,    /* its list has had it and has it no more, or it is not found by its id */
};

/*
 * What is judged.
 *   status      of HTTP, of the last answer
 *   unlicensed  the answer says that a licence for it is missing
 *   release     of the server, "2.0.1"; NULL if it is not known
 *   detour      there is another way to ask that was not taken yet
 */
struct refusal_case {
    enum resource resource;
    enum purpose purpose;
    int status;
    bool unlicensed;
    const char *release;
    bool detour;
    enum refusal_parent parent;
};

/* ${reason}: the word for the line of a gap or note. */
struct refusal_meaning {
    enum refusal_kind kind;
    const char *reason;
};

struct refusal_meaning refusal_judge(const struct refusal_case *c);

/* The same of ${c}, which is CALL_REFUSED, by what it asked for and the status: no parent, and no other way to ask. */
struct refusal_meaning refusal_judge_call(const struct call *c);

/**
 * refusal_is_partial(c, own, reads):
 * Nothing was refused, but what was listed may be short: servers since 2.0 answer with what the caller may read, and no
 * word on the rest.  ${own}: it is the parent's own list, and not what another list has of it; ${reads}: the caller's roles
 * let him read all of the parent.  Of ${c}, the release counts.
 */
bool refusal_is_partial(const struct refusal_case *c, bool own, bool reads);

/* Whether release ${release} is older than ${since}, both numbers with dots. What is no such number is not. */
bool refusal_is_older(const char *release, const char *since);

/**
 * refusal_line(out, kind, resource, scope, status, reason, needs):
 * Append the line, with its line feed, of a gap or note (${kind}) of ${resource}, which would have stood in ${scope}.
 * ${status} 0 and ${needs} NULL are left out; of ${needs}, an endpoint's words on the role, the first is taken, which
 * refusal_role_len is the length of.
 */
void refusal_line(struct buf *out, enum refusal_kind kind, enum resource resource, const struct scope *scope,
    int status, const char *reason, const char *needs);

/* The length of the name of the first role in an endpoint's words on it. */
int refusal_role_len(const char *needs);

/**
 * refusal_error(c, e):
 * ${c} is CALL_REFUSED, and the run ends with that: the call, the status, the server's words, and what would help.
 * Always return -1.
 */
int refusal_error(const struct call *c, struct err *e);

#endif
