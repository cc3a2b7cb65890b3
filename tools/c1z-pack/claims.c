#include "claims.h"

#include <stdlib.h>

#include "grow.h"

#define CLAIMS_MAX UINT32_MAX

void claims_init(struct claims *c, const struct principals *p)
{
    *c = (struct claims){.p = p};
}

void claims_release(struct claims *c)
{
    free(c->list);
    free(c->sorted);
    free(c->other);
    free(c->ends);
    *c = (struct claims){0};
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the holders of one entitlement");
}

/* Put the holders of source number ${i} that its edge lets through behind the others. */
static int gather_source(struct claims *c, struct holders *h, size_t i, struct err *e)
{
    const struct order_source *source = &c->step->sources[i];
    const struct holder *holders;
    struct claim *list;
    size_t n;

    holders = holders_of(h, source->from, &n, e);
    if (holders == NULL)
        return -1;
    list = grow_array(c->list, &c->list_cap, c->n + n, CLAIMS_MAX, sizeof(*list));
    if (list == NULL)
        return no_memory(e);
    c->list = list;
    for (size_t k = 0; k < n; k++) {
        const struct holder *holder = &holders[k];

        if (graph_admits(source->edge, c->p->types[holder->principal]) && (holder->direct || !source->edge->shallow))
            list[c->n++] = (struct claim){*holder, (uint32_t)i};
    }
    return 0;
}

/* Merge the two runs of ${from} that end at ${middle} and ${end}. They differ in every value. */
static void merge(const uint64_t *from, uint64_t *to, size_t begin, size_t middle, size_t end)
{
    size_t a = begin, b = middle;

    for (size_t i = begin; i < end; i++)
        to[i] = b == end || (a < middle && from[a] < from[b]) ? from[a++] : from[b++];
}

/* Merge the runs two by two, until there is one. */
static void merge_all(struct claims *c, size_t runs)
{
    while (runs > 1) {
        size_t begin = 0, left = 0;
        uint64_t *merged = c->other;

        for (size_t i = 0; i < runs; i += 2) {
            size_t middle = c->ends[i], end = i + 1 < runs ? c->ends[i + 1] : middle;

            merge(c->sorted, c->other, begin, middle, end);
            c->ends[left++] = begin = end;
        }
        c->other = c->sorted;
        c->sorted = merged;
        runs = left;
    }
}

static int make_room(struct claims *c, struct err *e)
{
    uint64_t *sorted = grow_array(c->sorted, &c->sorted_cap, c->n + 1, CLAIMS_MAX, sizeof(*sorted));
    uint64_t *other = NULL;

    if (sorted != NULL) {
        c->sorted = sorted;
        other = grow_array(c->other, &c->other_cap, c->sorted_cap, CLAIMS_MAX, sizeof(*other));
    }
    if (other == NULL)
        return no_memory(e);
    c->other = other;
    return 0;
}

int claims_gather(struct claims *c, struct holders *h, const struct order_step *step, struct err *e)
{
    size_t *ends = grow_array(c->ends, &c->ends_cap, step->n + 1, CLAIMS_MAX, sizeof(*ends));

    if (ends == NULL)
        return no_memory(e);
    c->ends = ends;
    c->n = 0;
    c->step = step;
    for (size_t i = 0; i < step->n; i++) {
        if (gather_source(c, h, i, e) < 0)
            return -1;
        ends[i] = c->n;
    }
    if (make_room(c, e) < 0)
        return -1;
    for (size_t i = 0; i < c->n; i++)
        c->sorted[i] = (uint64_t)c->list[i].holder.principal << 32 | i;
    merge_all(c, step->n);
    return 0;
}

const struct claim *claims_at(const struct claims *c, size_t i)
{
    return &c->list[c->sorted[i] & UINT32_MAX];
}

struct claim_group claims_group(const struct claims *c, uint32_t at)
{
    struct claim_group group = {at, 1};

    while (at + group.n < c->n && c->sorted[at + group.n] >> 32 == c->sorted[at] >> 32)
        group.n++;
    return group;
}

uint64_t claims_line(const struct claims *c, const struct claim *claim)
{
    return c->step->sources[claim->source].edge->line;
}
