/*
 * element.h: the elements of the tenant file's lists, and their members: what is read of each, and what is said if it is
 * not as documented.
 */
#ifndef MOCK_ELEMENT_H
#define MOCK_ELEMENT_H

#include "uuid.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A reason why a file was refused. */
struct tenant_problem {
    int status; /* sysexits */
    char text[512];
};

/* One element of list ${list}; what ${object} points at stays the tree's. */
struct element {
    const json_t *object;
    const char *list;
    size_t index;
    struct tenant_problem *problem;
};

/* Fill in ${p}. Both return -1. */
int element_refuse_file(struct tenant_problem *p, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int element_refuse(const struct element *e, const char *member, const char *what);

/*
 * Read a member into *value. Return 0, or -1 with the problem filled in: it is of another type, or it is not there and
 * ${required}, or has no default. Of a string *value points into the tree, or is NULL if it is absent or null; a boolean
 * and a number that are absent are ${absent}.
 */
int element_string(const struct element *e, const char *member, bool required, const char **value);
int element_uuid(const struct element *e, const char *member, struct uuid *value);
int element_bool(const struct element *e, const char *member, bool absent, bool *value);
int element_number(const struct element *e, const char *member, json_int_t absent, json_int_t *value);

/*
 * Call ${read} with ${context} for each element of list ${name}, which may be absent, and count them in *n as it goes.
 * Return 0, or -1 as soon as one is refused.
 */
int element_each(const json_t *root, const char *name, struct tenant_problem *p, size_t *n, void *context,
    int (*read)(void *context, const struct element *e));

#endif
