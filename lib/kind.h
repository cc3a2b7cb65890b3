/*
 * kind.h: the four kinds of records that a sync holds.
 */
#ifndef AB_KIND_H
#define AB_KIND_H

/* In the order in which they are listed: what a record refers to is of a kind before its own, or of its own. */
enum kind { KIND_RESOURCE_TYPE, KIND_RESOURCE, KIND_ENTITLEMENT, KIND_GRANT, KIND_COUNT };

/* What a kind is called: in arguments ("resource-types"), in messages ("resource type"), its message's full name. */
struct kind_names {
    const char *plural, *noun, *message;
};

/* The names of ${kind}, which is less than KIND_COUNT. */
const struct kind_names *kind_names(enum kind kind);

#endif
