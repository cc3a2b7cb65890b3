/*
 * plan.h: what a run is to do.  Pure: nothing here depends on anything but the plan and the tables.
 */
#ifndef AB_FETCH_PLAN_H
#define AB_FETCH_PLAN_H

#include <stdbool.h>

#include "resource.h"

/*
 * ${asked} resources are fetched, or computed; ${carried} ones came on standard input, and are fetched as well for what
 * only this run finds.  ${since}: from when on events are asked for, NULL: as the server has it; ${addresses}: whether they
 * may tell those of people's machines.  ${check}: outlook.h.  ${piped}: a stream is to be
 * read though no parent is missing.  ${details}: whether users are looked up; by default, if anything else is fetched.  The command line
 * sets all but ${carried}, which inlet.c does; nobody else writes here.
 */
struct plan {
    bool asked[RESOURCE_COUNT];
    bool carried[RESOURCE_COUNT];
    unsigned page_size;
    const char *since;
    bool addresses, check, piped;
    enum { DETAILS_AUTO, DETAILS_YES, DETAILS_NO } details;
};

/* Whether ${resource} can be asked for: some call lists it, or it is computed. */
bool plan_offers(enum resource resource);

/*
 * Ask for all that can be asked for, but what must be named, if nothing is asked for yet; and for the invitations to
 * workspaces, if invitations are asked for and ${workspace_invitations}.
 */
void plan_complete(struct plan *p, bool workspace_invitations);

/* Whether the run reads a stream: something is asked for whose parent is not, or nothing but what is computed; or ${piped}. */
bool plan_reads(const struct plan *p);

/* Whether it fetches: something is asked for that is not computed. */
bool plan_fetches(const struct plan *p);

/* Whether what is surveyed is asked for, and whether what is computed is. */
bool plan_surveys(const struct plan *p);
bool plan_computes(const struct plan *p);

/* Whether users are looked up, and whether the network is needed. */
bool plan_details(const struct plan *p);
bool plan_connects(const struct plan *p);

/* Whether the caller's roles matter. */
bool plan_asks_caller(const struct plan *p);

/* Whether roles in organizations are fetched; and whether all lists of users are, so that it shows if none is to be seen. */
bool plan_tells(const struct plan *p);
bool plan_lists_users(const struct plan *p);

/* Whether the run lists itself all that the survey follows, so that it knows if there is nothing at all. */
bool plan_lists_all(const struct plan *p);

/* Whether the resource that opens ${level} is asked for. */
bool plan_opens(const struct plan *p, enum level level);

/* Whether a line of ${resource} on standard input is in the way: it is what this run is to fetch. */
bool plan_refetches(const struct plan *p, enum resource resource);

/* Whether ${resource} is fetched beneath ${parent}; with ${new_here}, a parent that only this run has found. */
bool plan_child(const struct plan *p, enum resource resource, enum resource parent, bool new_here);

/* Whether anything is fetched beneath ${parent}. */
bool plan_has_children(const struct plan *p, enum resource parent);

#endif
