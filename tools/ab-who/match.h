/*
 * match.h: which people and things somebody means by a word.
 */
#ifndef AB_WHO_MATCH_H
#define AB_WHO_MATCH_H

#include "c1znames.h"
#include "people.h"

/* The most that are kept of what matches; ${n} counts all. */
#define MATCH_KEPT 50

struct match {
    const struct c1znames_resource *found[MATCH_KEPT];
    size_t n;
};

/**
 * match_find(m, names, people, text):
 * Find what ${text} means: the resource of that id, or TYPE:ID; if there is none, those called so, whatever the case
 * (text_fold), and the users of that address, login or name; then by id whatever the case; then those in whose name or
 * address it stands; then those in whose id it does, last, since a short name is a part of many ids.
 */
void match_find(struct match *m, const struct c1znames *names, const struct people *people, const char *text);

/* Find what ${text} means among the ${n} ${resources}, which have ids only. */
void match_missing(struct match *m, const struct c1znames_resource *const *resources, size_t n, const char *text);

#endif
