/*
 * outlook.h: --check: for people to read, what a run would see, what not, and which role to ask for.
 *
 * A check is a run that stops at the first workspace and the first group of each organization, and tells of what it could
 * not see instead of printing what it saw: so both judge alike.
 */
#ifndef AB_FETCH_OUTLOOK_H
#define AB_FETCH_OUTLOOK_H

#include "caller.h"
#include "gaps.h"
#include "plan.h"

/**
 * outlook_tell(out, kind, resource, scope, status, reason, needs):
 * Append a line on what refusal_line with the same arguments would be.
 */
void outlook_tell(struct buf *out, enum refusal_kind kind, enum resource resource, const struct scope *scope,
    int status, const char *reason, const char *needs);

/**
 * outlook_report(out, source, plan, caller, gaps):
 * Append the report: each kind that ${plan} asks for, and beneath it the lines that ${gaps} has kept.
 */
void outlook_report(
    struct buf *out, const char *source, const struct plan *plan, const struct caller *caller, const struct gaps *gaps);

/* Fail (EX_DATAERR) if there are gaps: c1z-pack would not publish a run. Return 0, or -1 with ${e}. */
int outlook_judge(const struct gaps *gaps, struct err *e);

#endif
