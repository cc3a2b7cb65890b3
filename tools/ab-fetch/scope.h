/*
 * scope.h: under what something stands: the ids of its parents.
 */
#ifndef AB_FETCH_SCOPE_H
#define AB_FETCH_SCOPE_H

#include "buf.h"
#include "resource.h"

/* ${id}[level] is NULL or a NUL-terminated string, owned. */
struct scope {
    char *id[LEVEL_COUNT];
};

/* Copy ${from} (NULL: nothing is set) to ${to}. Return 0, or -1 without memory (then ${to} is empty). */
int scope_copy(struct scope *to, const struct scope *from);
void scope_release(struct scope *s);

/* Set the id of ${level} to a copy of ${id}. Return 0, or -1 without memory. */
int scope_set(struct scope *s, enum level level, const char *id);

/**
 * scope_prefix(out, resource, s):
 * Append the start of a line, up to where its data goes: {"resource":"workspace","organizationId":"...","data":
 * The ids are those that the resource bears and ${s} has.  scope_prefix_with puts ${more}, members with a comma behind each,
 * before the data.
 */
void scope_prefix(struct buf *out, enum resource resource, const struct scope *s);
void scope_prefix_with(struct buf *out, enum resource resource, const struct scope *s, const char *more);

#endif
