#include "claims.h"

#include <stdlib.h>

#include "grow.h"

#define CLAIMS_MAX UINT32_MAX

void claims_init(struct claims *c, const struct graph *g, const struct principals *p)
{
    *c = (struct claims){.g = g, .p = p};
}

void claims_release(struct claims *c)
{
    free(c->list);
    free(c->sorted);
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
    const struct holder_list *holders;
    struct claim *list;

    if (holders_of(h, source->from, true, &holders, e) < 0)
        return -1;
    list = grow_array(c->list, &c->list_cap, c->n + holders->len, CLAIMS_MAX, sizeof(*list));
    if (list == NULL)
        return no_memory(e);
    c->list = list;
    for (size_t k = 0; k < holders->len; k++) {
        const struct holder *holder = &holders->list[k];

        if (graph_admits(source->edge, c->p->types[holder->principal]) && (holder->direct || !source->edge->shallow))
            list[c->n++] = (struct claim){*holder, (uint32_t)i};
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

int claims_gather(struct claims *c, struct holders *h, const struct order_step *step, struct err *e)
{
    uint64_t *sorted;

    c->n = 0;
    c->step = step;
    for (size_t i = 0; i < step->n; i++)
        if (gather_source(c, h, i, e) < 0)
            return -1;
    sorted = grow_array(c->sorted, &c->sorted_cap, c->n, CLAIMS_MAX, sizeof(*sorted));
    if (sorted == NULL)
        return no_memory(e);
    c->sorted = sorted;
    for (size_t i = 0; i < c->n; i++)
        sorted[i] = (uint64_t)c->list[i].holder.principal << 32 | i;
    /* The holders of one source are in order already. */
    if (step->n > 1)
        qsort(sorted, c->n, sizeof(*sorted), by_value);
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

int claims_sources(const struct claims *c, struct claim_group group, struct sources *s, struct err *e)
{
    s->len = 0;
    for (uint32_t i = group.at; i < group.at + group.n; i++) {
        const struct claim *claim = claims_at(c, i);
        struct source source = {c->g->nodes.list[c->step->sources[claim->source].from], claim->holder.direct};

        if (sources_append(s, source, e) < 0)
            return -1;
    }
    sources_settle(s);
    return 0;
}
