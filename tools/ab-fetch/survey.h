/*
 * survey.h: which workspaces there are, and under which organization each belongs.
 *
 * Two calls list workspaces: one for each organization, and one that lists those which the caller may read, wherever
 * they are.  A workspace that only the second one has is looked up, and then its organization if that is not in the
 * stream; one whose look-up is refused may still tell its organization by a user of it, so its list of users is asked,
 * and nothing else taken from that.  What no list has, but the caller's own roles are in, is looked up as well; if it is
 * not found it was deleted, and the role has stayed behind.  Where a workspace stands therefore depends on the answers of
 * all these calls: the end of an organization's workspaces is known when the survey is complete.  Its calls are made
 * before those of the tree (tree.h), and what is held for them is the lines of workspaces that have not left yet.
 */
#ifndef AB_FETCH_SURVEY_H
#define AB_FETCH_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"

/* Numbers of organizations, in an order that matters. */
struct survey_order {
    uint32_t *at;
    uint32_t n, cap;
};

/*
 * How much of what stands beneath an organization the survey could see.  ${status}: of the answer that refused the list, or,
 * where only the id is known, the organization; 0 if there was none.  VIEW_NOTHING: there is no such organization.
 */
struct survey_view {
    enum { VIEW_LISTED, VIEW_REFUSED, VIEW_FOUND, VIEW_ID_ALONE, VIEW_NOTHING } kind;
    int status;
    const char *reason; /* of VIEW_REFUSED, as refusal_judge has it */
};

/* An organization, and a workspace that no organization's list has: survey.c. */
struct survey_organization;
struct survey_lookup;

/* The result is read through the functions below; nobody else looks inside. ${changes} grows with whatever happens;
 * ${sample}, which the caller may set: one of the workspaces that no organization lists is enough.  ${lost}: how many
 * ids in known, at each level, are of what roles alone have named and a look-up has not shown. */
struct survey {
    uint64_t changes;
    struct known *known;
    unsigned page_size;
    bool sample;
    uint32_t lost[LEVEL_COUNT];

    /* The work in progress. ${at}: the step. ${started}, ${taken}: its calls that were begun, and whose answers were taken. */
    size_t at;
    uint32_t started, taken;
    bool all; /* no further organization will be named */
    struct survey_order listed, wanted;
    struct call *search;
    const struct known *held; /* what the caller's roles are in, once it is told */
    struct rows unlisted;     /* workspaces that no organization's list has, then those that roles alone have named */
    uint32_t named;           /* where these begin */
    struct survey_lookup *lookup;
    struct survey_order refused; /* of these, those whose look-up was refused */
    struct survey_view root;

    /* The result: by number in known, and what has no organization. */
    struct survey_organization *org;
    uint32_t norgs;
    struct rows rootless;
};

void survey_init(struct survey *s, struct known *known, unsigned page_size);
void survey_release(struct survey *s);

/* Whether the survey is to be told of the rows of ${resource} (survey_add). */
bool survey_follows(enum resource resource);

/* Organization number ${id} (in known) is in the stream; organizations are named in its order. */
int survey_add(struct survey *s, uint32_t id, struct err *e);

/* No further organization will be named. */
void survey_close(struct survey *s);

/* The caller holds roles in ${held}, which outlives ${s}; the survey is not complete before it is told. */
void survey_tell(struct survey *s, const struct known *held);

/**
 * survey_advance(s, g, e):
 * Take the answers that have come and begin the calls for which there is room.  Return 0, or -1 with ${e}.
 */
int survey_advance(struct survey *s, struct engine *g, struct err *e);

/* Whether all is known: only then the functions below give all there is. */
bool survey_complete(const struct survey *s);

/**
 * survey_rows(s, org, part):
 * The workspaces of organization number ${org}, as rows to be used up: ${part} 0 those of its own list, 1 those that it
 * has not.  NULL as long as they are not known.
 */
struct rows *survey_rows(struct survey *s, uint32_t org, unsigned part);

/* The workspaces without organization; valid when complete. */
struct rows *survey_rootless(struct survey *s);

/**
 * survey_unplaced(s, at, id, status):
 * The number of the next workspace whose organization is not known, from ${*at} on (0 at first), which is put behind it,
 * and the status of HTTP with which its look-up was refused, 0 if it was answered.  They are those of survey_rootless, in
 * its order, and then those that roles alone have named and the server does not show; valid when complete.  Return
 * whether there is one.
 */
bool survey_unplaced(const struct survey *s, uint32_t *at, uint32_t *id, int *status);

/* The organizations that were looked up: their numbers, in the order in which they are to stand. */
const struct survey_order *survey_found(const struct survey *s);

/* The data of such an organization, empty if nothing but its id is known. */
struct json_str survey_organization_data(const struct survey *s, uint32_t org);

/* That of organization number ${org}, once survey_rows gives its part 0; and that of what has no organization. */
struct survey_view survey_view(const struct survey *s, uint32_t org);
struct survey_view survey_root_view(const struct survey *s);

#endif
