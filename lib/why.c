#include "why.h"

#include <stdlib.h>

void why_release(struct why *w)
{
    free(w->grants);
    free(w->sources);
    free(w->carriers);
    edges_release(&w->edges);
    missing_release(&w->missing);
    *w = (struct why){0};
}

int why_compare(const void *a, const void *b)
{
    const struct why_grant *x = a, *y = b;

    if (x->principal != y->principal)
        return x->principal < y->principal ? -1 : 1;
    return (x->entitlement > y->entitlement) - (x->entitlement < y->entitlement);
}

bool why_is_shallow(
    const struct why *w, const struct c1znames_entitlement *source, const struct c1znames_entitlement *target)
{
    return !source->missing && !target->missing && edges_shallow(&w->edges, why_place(w, source), why_place(w, target));
}

const struct why_grant *why_find(
    const struct why *w, const struct c1znames_resource *principal, const struct c1znames_entitlement *entitlement)
{
    struct why_grant key = {.principal = principal, .entitlement = entitlement};

    return w->n > 0 ? bsearch(&key, w->grants, w->n, sizeof(key), why_compare) : NULL;
}

const struct why_grant *why_of(const struct why *w, const struct c1znames_resource *principal, size_t *n)
{
    size_t low = 0, high = w->n, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (w->grants[middle].principal < principal)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < w->n && w->grants[end].principal == principal; end++)
        ;
    *n = end - low;
    return w->grants + low;
}

/* A walk from a grant to all its roots: the ${n} ${steps} so far, of which there may be ${max}. */
struct walk {
    const struct why *w;
    const struct c1znames_entitlement *steps[WHY_STEPS_MAX];
    size_t n, max, given, tried;
    why_each *each;
    void *arg;
    struct err *e;
};

static bool passed(const struct walk *k, const struct why_grant *start, const struct c1znames_entitlement *entitlement)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->steps[i] == entitlement)
            return true;
    return start->entitlement == entitlement;
}

static int give(struct walk *k)
{
    if (k->given++ == WHY_CHAINS_MAX)
        return 1;
    return k->each(k->arg, k->steps, k->n, k->e);
}

/*
 * All chains from ${g} on, behind the steps so far.  A grant that the file does not have ends its chain, and so does one
 * that gives the one before it only to those who hold it by themselves.
 */
static int go(struct walk *k, const struct why_grant *start, const struct why_grant *g)
{
    int r = g == NULL || g->own ? give(k) : 0;

    for (size_t i = 0; r == 0 && g != NULL && i < g->n_sources && k->n < k->max; i++) {
        const struct c1znames_entitlement *source = k->w->sources[g->sources + i];
        const struct why_grant *next;

        if (k->tried++ == WHY_TRIED_MAX)
            return 1;
        if (passed(k, start, source))
            continue;
        next = why_find(k->w, start->principal, source);
        k->steps[k->n++] = source;
        r = next != NULL && next->own && why_is_shallow(k->w, source, g->entitlement) ? give(k) : go(k, start, next);
        k->n--;
    }
    return r;
}

int why_chains(const struct why *w, const struct why_grant *grant, why_each *each, void *arg, struct err *e)
{
    struct walk k = {.w = w, .max = WHY_STEPS_MAX, .each = each, .arg = arg, .e = e};
    int r = go(&k, grant, grant);

    if (r != 1)
        return r;
    /* Lost among long ways, without any: look at the short ones first. */
    for (k.max = 1; k.given == 0 && k.max < WHY_STEPS_MAX; k.max++) {
        k.tried = 0;
        if (go(&k, grant, grant) < 0)
            return -1;
    }
    return 1;
}
