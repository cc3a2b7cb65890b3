#include "why_carriers.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* The grants to ${thing}: ${n} of them, from ${first} on. */
struct held {
    struct why *w;
    struct why_grant *first;
    size_t n;
};

int why_carriers_add(struct why *w, struct why_grant *g, struct why_carrier carrier, struct err *e)
{
    struct why_carrier *grown =
        grow_array(w->carriers, &w->carriers_cap, w->n_carriers + 1, WHY_GRANTS_MAX, sizeof(*grown));

    if (grown == NULL)
        return err_set(e, EX_OSERR, "no memory for whom grants are passed on to");
    w->carriers = grown;
    grown[w->n_carriers++] = carrier;
    g->n_carriers++;
    return 0;
}

/* ---- circles ---- */

/* Of the carriers of ${g}, leave out ${carrier}. */
static void leave_out(struct why *w, struct why_grant *g, const struct c1znames_entitlement *carrier)
{
    struct why_carrier *list = &w->carriers[g->carriers];
    uint32_t n = 0;

    for (uint32_t i = 0; i < g->n_carriers; i++)
        if (list[i].entitlement != carrier)
            list[n++] = list[i];
    g->n_carriers = n;
}

/* Leave ${carrier} out where the grant gives it in turn.  ${marks} has a byte for each entitlement of the names. */
static int leave_circles(
    const struct held *h, const struct c1znames_entitlement *carrier, unsigned char *marks, struct err *e)
{
    size_t n = h->w->names->n_entitlements;

    memset(marks, 0, n);
    marks[why_place(h->w, carrier)] = 1;
    if (edges_spread(&h->w->edges, marks, n, e) < 0)
        return -1;
    for (size_t i = 0; i < h->n; i++)
        if (!h->first[i].entitlement->missing && marks[why_place(h->w, h->first[i].entitlement)] != 0)
            leave_out(h->w, &h->first[i], carrier);
    return 0;
}

static int leave_all_circles(const struct held *h, struct err *e)
{
    size_t n = h->w->names->n_entitlements;
    unsigned char *marks = calloc(2, n + 1), *carries;
    int r = 0;

    if (marks == NULL)
        return err_set(e, EX_OSERR, "no memory for whom grants are passed on to");
    carries = marks + n + 1;
    for (size_t i = 0; i < h->w->n_carriers; i++)
        carries[why_place(h->w, h->w->carriers[i].entitlement)] = 1;
    for (size_t i = 0; r == 0 && i < n; i++)
        if (carries[i] != 0)
            r = leave_circles(h, &h->w->names->entitlements[i], marks, e);
    free(marks);
    return r;
}

/* ---- grants that come from others ---- */

/* The carriers of ${g} in the making: those of the grants at the far ends of its chains. */
struct heir {
    struct why *w;
    struct why_grant *g;
};

static int inherit(struct heir *h, struct why_carrier carrier, struct err *e)
{
    struct why_carrier *list = &h->w->carriers[h->g->carriers];

    for (uint32_t i = 0; i < h->g->n_carriers; i++)
        if (list[i].entitlement == carrier.entitlement) {
            list[i].own &= carrier.own;
            return 0;
        }
    return why_carriers_add(h->w, h->g, carrier, e);
}

/* The last of the steps is held by the thing itself; its carriers hold that through the thing, so not by themselves. */
static int inherit_chain(void *arg, const struct c1znames_entitlement *const *steps, size_t n, struct err *e)
{
    struct heir *h = arg;
    const struct why_grant *root = n > 0 ? why_find(h->w, h->g->principal, steps[n - 1]) : NULL;

    if (root == NULL || why_is_shallow(h->w, steps[n - 1], n > 1 ? steps[n - 2] : h->g->entitlement))
        return 0;
    for (uint32_t i = 0; i < root->n_carriers; i++)
        if (inherit(h, h->w->carriers[root->carriers + i], e) < 0)
            return -1;
    return 0;
}

/* The carriers of ${g} move to the end of the array, where more can be added. */
static int inherit_all(struct why *w, struct why_grant *g, struct err *e)
{
    struct heir h = {w, g};
    uint32_t from = g->carriers, n = g->n_carriers;

    g->carriers = (uint32_t)w->n_carriers;
    g->n_carriers = 0;
    for (uint32_t i = 0; i < n; i++)
        if (why_carriers_add(w, g, w->carriers[from + i], e) < 0)
            return -1;
    return why_chains(w, g, inherit_chain, &h, e) < 0 ? -1 : 0;
}

int why_carriers_settle(struct why *w, const struct c1znames_resource *thing, struct err *e)
{
    struct held h = {.w = w};

    h.first = w->grants + (why_of(w, thing, &h.n) - w->grants);
    if (leave_all_circles(&h, e) < 0)
        return -1;
    for (size_t i = 0; i < h.n; i++)
        for (uint32_t k = 0; k < h.first[i].n_carriers; k++) {
            struct why_carrier *carrier = &w->carriers[h.first[i].carriers + k];

            carrier->own = why_is_shallow(w, carrier->entitlement, h.first[i].entitlement);
        }
    for (size_t i = 0; i < h.n; i++)
        if (h.first[i].n_sources > 0 && inherit_all(w, &h.first[i], e) < 0)
            return -1;
    return 0;
}
