/*
 * form.h: a query string or a body of type application/x-www-form-urlencoded.
 */
#ifndef MOCK_FORM_H
#define MOCK_FORM_H

#include <stdbool.h>
#include <stddef.h>

struct form_field {
    char *name, *value; /* decoded; a NUL in them ends them */
};

struct form {
    struct form_field *fields; /* in order; a name may occur again */
    size_t n;
};

/* Decode the ${len} bytes at ${s}. What is no escape stays as it is. The caller releases ${f}. */
void form_parse(struct form *f, const char *s, size_t len);
void form_release(struct form *f);

/* The first value of that name, or NULL. */
const char *form_get(const struct form *f, const char *name);

#endif
