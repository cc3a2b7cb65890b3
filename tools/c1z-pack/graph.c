#include "graph.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

#define MEMORY_MAX ((size_t)4 << 30)
#define EDGES_MAX ((size_t)UINT32_MAX - 2)

void graph_init(struct graph *g)
{
    *g = (struct graph){0};
    arena_init(&g->arena, MEMORY_MAX);
    names_init(&g->nodes);
    names_init(&g->types);
}

void graph_release(struct graph *g)
{
    names_release(&g->nodes);
    names_release(&g->types);
    free(g->edges);
    arena_release(&g->arena);
    graph_init(g);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the graph of expandable grants");
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Sort ${n} numbers and drop repetitions; return how many are left. */
static uint32_t sort_unique(uint32_t *list, size_t n)
{
    uint32_t kept = 0;

    if (n == 0)
        return 0;
    qsort(list, n, sizeof(*list), by_number);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || list[kept - 1] != list[i])
            list[kept++] = list[i];
    return kept;
}

int graph_add(struct graph *g, struct wire_bytes from, struct wire_bytes to, bool shallow,
    const struct wire_bytes *types, size_t n_types, uint64_t line, struct err *e)
{
    struct graph_edge edge = {.shallow = shallow, .line = line};
    struct graph_edge *edges = grow_array(g->edges, &g->edges_cap, g->n_edges + 1, EDGES_MAX, sizeof(*edges));

    if (edges == NULL)
        return no_memory(e);
    g->edges = edges;
    if (names_add(&g->nodes, to, &edge.to, e) < 0 || names_add(&g->nodes, from, &edge.from, e) < 0)
        return -1;
    edge.types = arena_alloc(&g->arena, n_types * sizeof(*edge.types));
    if (g->arena.failed)
        return no_memory(e);
    for (size_t i = 0; i < n_types; i++)
        if (names_add(&g->types, types[i], &edge.types[i], e) < 0)
            return -1;
    edge.n_types = sort_unique(edge.types, n_types);
    g->edges[g->n_edges++] = edge;
    return 0;
}

bool graph_admits(const struct graph_edge *edge, uint32_t type)
{
    for (uint32_t i = 0; i < edge->n_types; i++)
        if (edge->types[i] == type)
            return true;
    return edge->n_types == 0;
}

static int by_ends(const void *a, const void *b)
{
    const struct graph_edge *x = a, *y = b;

    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* Widen ${into} by what ${other} lets through as well. */
static int widen(struct graph *g, struct graph_edge *into, const struct graph_edge *other, struct err *e)
{
    uint32_t n = into->n_types + other->n_types, *types;

    into->shallow = into->shallow && other->shallow;
    if (into->n_types == 0 || other->n_types == 0) {
        into->n_types = 0;
        return 0;
    }
    types = arena_alloc(&g->arena, n * sizeof(*types));
    if (types == NULL)
        return no_memory(e);
    memcpy(types, into->types, into->n_types * sizeof(*types));
    memcpy(types + into->n_types, other->types, other->n_types * sizeof(*types));
    into->types = types;
    into->n_types = sort_unique(types, n);
    return 0;
}

int graph_merge(struct graph *g, struct graph_edge *edges, size_t *n, struct err *e)
{
    size_t kept = 0;

    if (*n == 0)
        return 0;
    qsort(edges, *n, sizeof(*edges), by_ends);
    for (size_t i = 0; i < *n; i++) {
        struct graph_edge *last = kept == 0 ? NULL : &edges[kept - 1];

        if (last == NULL || last->from != edges[i].from || last->to != edges[i].to)
            edges[kept++] = edges[i];
        else if (widen(g, last, &edges[i], e) < 0)
            return -1;
    }
    *n = kept;
    return 0;
}
