#include "expand.h"

#include <stdlib.h>
#include <string.h>

#include "causes.h"
#include "claims.h"
#include "expandable.h"
#include "gains.h"
#include "grow.h"

/*
 * ${to} is the entitlement that grants are made of at the moment.  ${claims} are those on it; ${fresh} the groups of them
 * that get a grant; ${held} who holds it in the end, by principal.  ${sources} is what one group brings, the place of each
 * source's entitlement in order above what ${brought} has of it (grants.h).
 */
struct expansion {
    struct store *s;
    struct grants *g;
    struct graph graph;
    struct principals principals;
    struct ranks order;
    struct holders holders;
    struct claims claims;
    struct gains gains;
    struct causes causes;
    uint32_t *entitlement_of; /* of each node; NAMES_NONE for one that no grant is of */
    uint64_t next_line;
    uint32_t to;
    struct claim_group *fresh;
    struct holder *held;
    uint64_t *sources;
    uint32_t *brought;
    size_t n_fresh, fresh_cap, n_held, held_cap, n_sources, sources_cap, brought_cap;
};

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the expansion of grants");
}

/* Sources. */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Make ${x}->brought of the ${n} sources, which are in order: one of those with the same entitlement, direct if any is. */
static void unite_sources(struct expansion *x, size_t n)
{
    x->n_sources = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t source = (uint32_t)x->sources[i];

        if (x->n_sources > 0 && (x->brought[x->n_sources - 1] | 1) == (source | 1))
            x->brought[x->n_sources - 1] |= source;
        else
            x->brought[x->n_sources++] = source;
    }
}

/* Make ${x}->brought the sources that ${group} brings. */
static int gather_sources(struct expansion *x, struct claim_group group, struct err *e)
{
    uint64_t *sources = grow_array(x->sources, &x->sources_cap, group.n, UINT32_MAX, sizeof(*sources));

    uint32_t *brought = grow_array(x->brought, &x->brought_cap, group.n, UINT32_MAX, sizeof(*brought));

    if (sources != NULL)
        x->sources = sources;
    if (brought != NULL)
        x->brought = brought;
    if (sources == NULL || brought == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < group.n; i++) {
        const struct claim *claim = claims_at(&x->claims, group.at + i);
        uint32_t entitlement = x->entitlement_of[x->claims.step->sources[claim->source].from];

        sources[i] =
            (uint64_t)x->order.of[entitlement] << 32 | (uint64_t)entitlement << 1 | (claim->holder.direct ? 1 : 0);
    }
    if (group.n > 1)
        qsort(sources, group.n, sizeof(*sources), by_value);
    unite_sources(x, group.n);
    return 0;
}

/* Grants that are made. */

/* Make the grant of the first claim of a group, with ${x}->brought. */
static int make_grant(struct expansion *x, const struct claim *first, struct err *e)
{
    struct grant made = {
        .line = x->next_line,
        .entitlement = x->to,
        .principal = x->principals.ranks.at[first->holder.principal],
        .conventional = true,
        .plain = true,
        .sources = {(const uint8_t *)x->brought, x->n_sources * sizeof(*x->brought)},
        .from = first->holder.plain ? GRANTS_PLAIN : first->holder.grant,
    };

    if (causes_note(&x->causes, x->next_line, claims_line(&x->claims, first), e) < 0)
        return -1;
    x->next_line++;
    return grants_make(x->g, &made, e);
}

/* By the source that came first, then by principal: ${arg} is the expansion. */
static int by_first_source(const void *a, const void *b, void *arg)
{
    const struct expansion *x = arg;
    const struct claim_group *g = a, *h = b;
    uint32_t s = claims_at(&x->claims, g->at)->source, t = claims_at(&x->claims, h->at)->source;

    return s != t ? (s > t) - (s < t) : (g->at > h->at) - (g->at < h->at);
}

static int make_all(struct expansion *x, const struct order_step *step, struct err *e)
{
    if (step->n > 1 && x->n_fresh > 1) /* while nothing was ever fresh there is no array */
        qsort_r(x->fresh, x->n_fresh, sizeof(*x->fresh), by_first_source, x);
    for (size_t i = 0; i < x->n_fresh; i++)
        if (gather_sources(x, x->fresh[i], e) < 0 || make_grant(x, claims_at(&x->claims, x->fresh[i].at), e) < 0)
            return -1;
    return 0;
}

/* One destination. */

static int add_fresh(struct expansion *x, struct claim_group group, struct err *e)
{
    struct claim_group *fresh = grow_array(x->fresh, &x->fresh_cap, x->n_fresh + 1, UINT32_MAX, sizeof(*fresh));

    if (fresh == NULL)
        return no_memory(e);
    x->fresh = fresh;
    fresh[x->n_fresh++] = group;
    return 0;
}

/* Note that whoever has ${holder} holds the destination. */
static int add_held(struct expansion *x, const struct holder *holder, struct err *e)
{
    struct holder *held = grow_array(x->held, &x->held_cap, x->n_held + 1, UINT32_MAX, sizeof(*held));

    if (held == NULL)
        return no_memory(e);
    x->held = held;
    held[x->n_held++] = *holder;
    return 0;
}

/* The grants of ${there} to ${principal} get the sources of ${group}; ${*k} is where they begin, and then where they end. */
static int add_gains(
    struct expansion *x, struct claim_group group, const struct holder *there, size_t n, size_t *k, struct err *e)
{
    uint32_t principal = there[*k].principal;

    if (gather_sources(x, group, e) < 0)
        return -1;
    for (; *k < n && there[*k].principal == principal; ++*k)
        if (gains_add(&x->gains, there[*k].grant, x->brought, x->n_sources, e) < 0 || add_held(x, &there[*k], e) < 0)
            return -1;
    return 0;
}

/*
 * Match the groups with the ${n} grants that are ${there}: these get the sources; who has none is left in ${x}->fresh.
 * ${x}->held is then all who hold the destination.
 */
static int match(struct expansion *x, const struct holder *there, size_t n, struct err *e)
{
    struct claim_group group;
    size_t k = 0;

    x->n_fresh = x->n_held = 0;
    for (uint32_t at = 0; at < x->claims.n; at += group.n) {
        struct holder holder = claims_at(&x->claims, at)->holder;

        group = claims_group(&x->claims, at);
        for (; k < n && there[k].principal < holder.principal; k++)
            if (add_held(x, &there[k], e) < 0)
                return -1;
        if (k < n && there[k].principal == holder.principal) {
            if (add_gains(x, group, there, n, &k, e) < 0)
                return -1;
            continue;
        }
        holder.direct = false;
        if (add_fresh(x, group, e) < 0 || add_held(x, &holder, e) < 0)
            return -1;
    }
    for (; k < n; k++)
        if (add_held(x, &there[k], e) < 0)
            return -1;
    return 0;
}

/* Everybody who holds a source gets the destination. */
static int expand_step(void *arg, const struct order_step *step, struct err *e)
{
    struct expansion *x = arg;
    const struct holder *there;
    size_t n;

    if (claims_gather(&x->claims, &x->holders, step, e) < 0)
        return -1;
    if (x->claims.n == 0)
        return 0;
    x->to = x->entitlement_of[step->to];
    there = holders_of(&x->holders, step->to, &n, e);
    if (there == NULL || match(x, there, n, e) < 0 || make_all(x, step, e) < 0)
        return -1;
    return step->leads_on && x->n_fresh > 0 ? holders_set(&x->holders, step->to, x->held, x->n_held, e) : 0;
}

/* The whole. */

/* Find the entitlement of each node. */
static int number_nodes(struct expansion *x, struct err *e)
{
    const struct refs *refs = &x->g->entitlements;

    x->entitlement_of = malloc((x->graph.nodes.len + 1) * sizeof(*x->entitlement_of));
    if (x->entitlement_of == NULL)
        return no_memory(e);
    memset(x->entitlement_of, 0xff, (x->graph.nodes.len + 1) * sizeof(*x->entitlement_of));
    for (size_t i = 0; i < refs->len; i++) {
        uint32_t node = names_find(&x->graph.nodes, ref_entitlement(refs->list[i]));

        if (node != NAMES_NONE)
            x->entitlement_of[node] = (uint32_t)i;
    }
    return refs_rank(refs, refs_by_entitlement, &x->order, e);
}

static void release(struct expansion *x)
{
    void *const arrays[] = {x->fresh, x->held, x->sources, x->brought, x->entitlement_of};

    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
    causes_release(&x->causes);
    gains_close(&x->gains);
    claims_release(&x->claims);
    holders_close(&x->holders);
    ranks_release(&x->order);
    principals_release(&x->principals);
    graph_release(&x->graph);
}

static int expand_graph(struct expansion *x, struct expand_counts *counts, struct err *e)
{
    struct order_limits limits;

    if (order_limits_from_env(&limits, e) < 0 || expandable_load(&x->graph, x->s, &counts->skipped, e) < 0)
        return -1;
    counts->edges = x->graph.n_edges;
    if (x->graph.n_edges == 0)
        return 0;
    if (principals_load(&x->principals, x->g, &x->graph, e) < 0 || number_nodes(x, e) < 0 ||
        holders_open(&x->holders, x->g, &x->graph, &x->principals, x->s->dir, e) < 0 ||
        gains_open(&x->gains, x->s->dir, e) < 0)
        return -1;
    if (order_walk(&x->graph, &limits, expand_step, x, e) < 0 || gains_apply(&x->gains, x->g, e) < 0)
        return -1;
    counts->created = x->g->made;
    return x->g->made > 0 ? causes_judge(&x->causes, x->s, e) : 0;
}

int expand_run(struct store *s, struct expand_counts *counts, struct err *e)
{
    struct expansion x = {.s = s, .g = &s->grants, .next_line = s->last_line + 1};
    int r;

    *counts = (struct expand_counts){0};
    graph_init(&x.graph);
    claims_init(&x.claims, &x.principals);
    r = expand_graph(&x, counts, e);
    release(&x);
    return r;
}
