/*
 * match.h: which people and things somebody means by a word.
 */
#ifndef AB_WHO_MATCH_H
#define AB_WHO_MATCH_H

#include "c1znames.h"
#include "missing.h"
#include "people.h"

/* The most that are kept of what matches; ${n} counts all. */
#define MATCH_KEPT 50

struct match {
    const struct c1znames_resource *found[MATCH_KEPT];
    size_t n;
};

/* How a word is an id: it is TYPE:ID; that, or the id; one of these but for the case (text_fold); it stands in one. */
enum match_way { MATCH_WHOLE, MATCH_SAME, MATCH_CALLED, MATCH_PART };

/* Whether ${word} is, in the ${way}, the id of ${ref}. */
bool match_is(const struct c1zread_ref *ref, enum match_way way, struct json_str word);

/* Find what ${word} is TYPE:ID of: that is meant, whatever else is called so, or nothing could be asked for by it. */
void match_whole(struct match *m, const struct c1znames *names, struct json_str word);

/**
 * match_find(m, names, people, missing, word):
 * Find what ${word}, which match_whole finds nothing for, means: what is ${missing} (as far as ${word} is its id,
 * MATCH_CALLED) and has it as TYPE:ID; or the resources and the missing of that id; without such a resource, besides
 * these missing, those called so, whatever the case, and the users of that address, login or name; then by id whatever
 * the case; then those in whose name or address it stands; then those in whose id it does, last, since a short name is a
 * part of many ids.
 */
void match_find(struct match *m, const struct c1znames *names, const struct people *people,
    const struct missing *missing, struct json_str word);

/* Find those of all ${missing} in whose id ${word} stands. */
void match_missing(struct match *m, const struct missing *missing, struct json_str word);

#endif
