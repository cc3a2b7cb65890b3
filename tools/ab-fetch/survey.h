/*
 * survey.h: which workspaces there are, and under which organization each belongs.
 *
 * Two calls list workspaces: one for each organization, and one that lists those which the caller may read, wherever
 * they are.  A workspace that only the second one has is looked up, and then its organization if that is not in the
 * stream.  Where a workspace stands therefore depends on the answers of all these calls: the end of an organization's
 * workspaces is known when the survey is complete.  Its calls are made before those of the tree (tree.h), and what is
 * held for them is the lines of workspaces that have not left yet.
 */
#ifndef AB_FETCH_SURVEY_H
#define AB_FETCH_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "fetch.h"

/*
 * An organization.
 *   listed   it is in the stream, by the list of organizations or from standard input
 *   found    it was not, but has been looked up: ${line} is its line
 *   answered ${rows} are the workspaces that its own list has
 *   extra    those that it has not; valid when the survey is complete
 */
struct survey_organization {
    struct fetch *fetch;
    bool listed, wanted, found, answered;
    struct rows rows, extra;
    struct buf line;
};

/* A workspace that no organization's list has: ${data} after it was found, as ${organization} (NO_INDEX: it was not). */
struct survey_lookup {
    struct fetch *fetch;
    uint32_t organization;
    bool gone; /* deleted in the meantime */
    struct buf data;
};

/* The steps, one after the other. */
enum survey_step { SURVEY_LISTS, SURVEY_SEARCH, SURVEY_WORKSPACES, SURVEY_ORGANIZATIONS, SURVEY_COMPLETE };

/* Numbers of organizations, in an order that matters. */
struct survey_order {
    uint32_t *at;
    uint32_t n, cap;
};

struct survey {
    struct known *known;
    unsigned page_size;
    enum survey_step step;
    bool all;                        /* no further organization will be listed */
    struct survey_organization *org; /* by number in known->organizations */
    uint32_t norgs;
    struct survey_order listed, wanted; /* wanted: those to look up, in the end those found */
    struct fetch *search;
    struct rows unlisted; /* workspaces that no organization's list has */
    struct survey_lookup *lookup;
    uint32_t started, taken; /* calls of this step that were begun, and whose answers were taken */
    uint64_t changes;        /* grows with whatever happens */
    struct rows rootless;    /* workspaces of an unknown organization; valid when complete */
};

void survey_init(struct survey *s, struct known *known, unsigned page_size);
void survey_release(struct survey *s);

/* Organization number ${id} (in known->organizations) is in the stream; organizations are named in its order. */
int survey_add(struct survey *s, uint32_t id, struct err *e);

/* No further organization will be named. */
void survey_close(struct survey *s);

/**
 * survey_advance(s, g, e):
 * Take the answers that have come and begin the calls for which there is room.  Return 0, or -1 with ${e}.
 */
int survey_advance(struct survey *s, struct engine *g, struct err *e);

/* The organizations that were looked up and found: their numbers, in the order in which they are to stand. */
const struct survey_order *survey_found(const struct survey *s);

#endif
