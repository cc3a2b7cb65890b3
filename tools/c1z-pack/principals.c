#include "principals.h"

#include <stdlib.h>

void principals_release(struct principals *p)
{
    ranks_release(&p->ranks);
    free(p->types);
    *p = (struct principals){0};
}

int principals_load(struct principals *p, const struct grants *g, const struct graph *graph, struct err *e)
{
    *p = (struct principals){.refs = &g->principals};
    if (refs_rank(p->refs, refs_by_resource, &p->ranks, e) < 0)
        return -1;
    p->types = calloc(p->ranks.n + 1, sizeof(*p->types));
    if (p->types == NULL)
        return err_set(e, EX_OSERR, "no memory for the principals of grants");
    for (size_t i = 0; i < p->ranks.n; i++)
        p->types[i] = names_find(&graph->types, ref_type(p->refs->list[p->ranks.at[i]]));
    return 0;
}
