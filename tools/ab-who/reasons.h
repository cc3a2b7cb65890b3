/*
 * reasons.h: a grant in an answer: the role, or who has it, and each chain of reasons for it.
 */
#ifndef AB_WHO_REASONS_H
#define AB_WHO_REASONS_H

#include "who.h"

/**
 * reasons_put(w, label, width, grant, e):
 * Write a line for each chain of reasons for ${grant}, the first behind ${label}, which is safe for a terminal and moved
 * in by two columns and padded to ${width}.  Return 0, or -1 with ${e}.
 */
int reasons_put(struct who *w, const char *label, size_t width, const struct why_grant *grant, struct err *e);

/* Append the chains as a JSON array of arrays of entitlements; an empty one means that it is held by itself. */
int reasons_json(struct who *w, const struct why_grant *grant, struct err *e);

#endif
