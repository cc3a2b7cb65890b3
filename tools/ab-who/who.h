/*
 * who.h: who can do what, and why: the answers of ab-who(1).
 */
#ifndef AB_WHO_WHO_H
#define AB_WHO_WHO_H

#include "c1znames.h"
#include "c1zread.h"
#include "err.h"
#include "missing.h"
#include "people.h"
#include "reply.h"
#include "why.h"

/* What is asked: about ${subject}, or NULL for all, in the sync ${sync} (NULL: the one that readers take) of ${file}. */
struct who_options {
    const char *file, *sync, *subject;
    bool json;
};

/*
 * Everything an answer needs.  ${absent} has what is missing, as far as that had to be looked for.  ${text} is for the
 * making of one text.
 */
struct who {
    const struct who_options *options;
    struct c1zread *file;
    const struct c1zread_sync *sync;
    struct c1znames names;
    struct people people;
    struct missing absent;
    struct why why;
    struct reply reply;
    struct buf text;
};

/**
 * who_run(o, e):
 * Answer on standard output, and warn of a sync that is not finished or not full and, where the answer does not list
 * them, of its gaps and of what was not shown or left out.  Return 0, or -1 with ${e}: as c1zread_open, c1zread_choose and
 * c1zread_message, EX_DATAERR if nothing or several things are called ${o}->subject (these have then been listed),
 * EX_IOERR.
 */
int who_run(const struct who_options *o, struct err *e);

/* The answers about everything, a person, and another resource.  Return 0, or -1 with ${e}. */
int summary_answer(struct who *w, struct err *e);
int person_answer(struct who *w, const struct person *person, struct err *e);
int thing_answer(struct who *w, const struct c1znames_resource *thing, struct err *e);

/* Load the grants that are wanted into ${w}->why. Return 0, or -1 with ${e}. */
int who_load(struct who *w, const struct why_want *want, struct err *e);

#endif
