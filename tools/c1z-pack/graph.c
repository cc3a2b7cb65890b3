#include "graph.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_DEFAULT 20
#define MEMORY_MAX ((size_t)4 << 30)
#define NONE UINT32_MAX

void graph_init(struct graph *g)
{
    *g = (struct graph){0};
    arena_init(&g->arena, MEMORY_MAX);
}

static void names_release(struct graph_names *n)
{
    free(n->list);
    free(n->table);
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

static bool same(struct wire_bytes a, struct wire_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Order by bytes, the shorter first. */
static int compare(struct wire_bytes a, struct wire_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int r = len == 0 ? 0 : memcmp(a.p, b.p, len);

    return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

static uint32_t hash(struct wire_bytes s)
{
    uint32_t h = 2166136261U;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ s.p[i]) * 16777619U;
    return h;
}

/* The place of ${s} in the table: its number, or NONE where it would go. */
static uint32_t *names_slot(const struct graph_names *n, struct wire_bytes s)
{
    uint32_t at = hash(s) & (n->table_cap - 1);

    while (n->table[at] != NONE && !same(n->list[n->table[at]], s))
        at = (at + 1) & (n->table_cap - 1);
    return &n->table[at];
}

/* Double list and table; the table stays at most half full. */
static int names_grow(struct graph_names *n, struct err *e)
{
    uint32_t cap = n->cap == 0 ? 64 : n->cap * 2;
    struct wire_bytes *list = cap > UINT32_MAX / 4 ? NULL : realloc(n->list, cap * sizeof(*list));
    uint32_t *table;

    if (list == NULL)
        return no_memory(e);
    n->list = list;
    n->cap = cap;
    table = malloc(2 * (size_t)cap * sizeof(*table));
    if (table == NULL)
        return no_memory(e);
    free(n->table);
    n->table = table;
    n->table_cap = 2 * cap;
    memset(table, 0xff, n->table_cap * sizeof(*table));
    for (uint32_t i = 0; i < n->len; i++)
        *names_slot(n, n->list[i]) = i;
    return 0;
}

static int names_add(struct graph *g, struct graph_names *n, struct wire_bytes s, uint32_t *number, struct err *e)
{
    uint32_t *slot;

    if (n->len == n->cap && names_grow(n, e) < 0)
        return -1;
    slot = names_slot(n, s);
    if (*slot == NONE) {
        n->list[n->len] = (struct wire_bytes){arena_dup(&g->arena, s.p, s.len), s.len};
        if (g->arena.failed)
            return no_memory(e);
        *slot = n->len++;
    }
    *number = *slot;
    return 0;
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

static int edges_grow(struct graph *g, struct err *e)
{
    size_t cap = g->edges_cap == 0 ? 256 : g->edges_cap * 2;
    struct graph_edge *edges = realloc(g->edges, cap * sizeof(*edges));

    if (edges == NULL)
        return no_memory(e);
    g->edges = edges;
    g->edges_cap = cap;
    return 0;
}

int graph_add(struct graph *g, struct wire_bytes from, struct wire_bytes to, bool shallow,
    const struct wire_bytes *types, size_t n_types, uint64_t line, struct err *e)
{
    struct graph_edge edge = {.shallow = shallow, .line = line};

    if (g->n_edges == g->edges_cap && edges_grow(g, e) < 0)
        return -1;
    if (names_add(g, &g->nodes, to, &edge.to, e) < 0 || names_add(g, &g->nodes, from, &edge.from, e) < 0)
        return -1;
    edge.types = arena_alloc(&g->arena, n_types * sizeof(*edge.types));
    if (g->arena.failed)
        return no_memory(e);
    for (size_t i = 0; i < n_types; i++)
        if (names_add(g, &g->types, types[i], &edge.types[i], e) < 0)
            return -1;
    edge.n_types = sort_unique(edge.types, n_types);
    g->edges[g->n_edges++] = edge;
    return 0;
}

bool graph_admits(const struct graph *g, const struct graph_edge *edge, struct wire_bytes type)
{
    for (uint32_t i = 0; i < edge->n_types; i++)
        if (same(g->types.list[edge->types[i]], type))
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

/* Sort the edges by destination, then source, and make one of those with the same ends. */
static int merge_edges(struct graph *g, struct graph_edge *edges, size_t *n, struct err *e)
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

/*
 * Working out the order.  ${component} gives each node the least node of its cycle, itself if it is in none.
 * ${first}[n] to ${first}[n + 1] are the places in ${sources} of the nodes with an edge to n.
 */
struct plan {
    uint32_t n;
    uint32_t *first, *sources;
    uint32_t *component;
    /* Edges between components, sorted by destination; those into c are ${edges_at}[c] to ${edges_at}[c + 1]. */
    struct graph_edge *edges;
    size_t n_edges;
    uint32_t *edges_at;
    /* Components, sources before destinations, and the layer of each. */
    uint32_t *order, *layer;
    uint32_t n_order;
    /* The ${members_n}[c] nodes of component c, by name, from ${members_at}[c] on in ${members}. */
    uint32_t *members, *members_at, *members_n;
    /* Of the search for cycles (Tarjan), which runs against the edges: cycles are the same either way. */
    uint32_t *index, *low, *stack, *path, *next;
    uint32_t n_stack, n_path, n_index;
};

static void plan_release(struct plan *p)
{
    uint32_t *const arrays[] = {p->first, p->sources, p->component, p->edges_at, p->order, p->layer, p->members,
        p->members_at, p->members_n, p->index, p->low, p->stack, p->path, p->next};

    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
    free(p->edges);
}

static int plan_init(struct plan *p, const struct graph *g, struct err *e)
{
    size_t n = (size_t)g->nodes.len + 2;
    uint32_t **const arrays[] = {&p->first, &p->component, &p->edges_at, &p->order, &p->layer, &p->members,
        &p->members_at, &p->members_n, &p->index, &p->low, &p->stack, &p->path, &p->next};
    bool ok = true;

    *p = (struct plan){.n = g->nodes.len};
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        *arrays[i] = calloc(n, sizeof(uint32_t));
        ok = ok && *arrays[i] != NULL;
    }
    p->sources = malloc((g->n_edges + 1) * sizeof(uint32_t));
    p->edges = malloc((g->n_edges + 1) * sizeof(*p->edges));
    if (!ok || p->sources == NULL || p->edges == NULL)
        return no_memory(e);
    memset(p->index, 0xff, n * sizeof(uint32_t));
    memset(p->component, 0xff, n * sizeof(uint32_t));
    /* The edges are sorted by destination, so the sources of each stand together. */
    for (size_t i = 0; i < g->n_edges; i++) {
        p->sources[i] = g->edges[i].from;
        p->first[g->edges[i].to + 1]++;
    }
    for (uint32_t i = 0; i < p->n; i++)
        p->first[i + 1] += p->first[i];
    return 0;
}

static void enter(struct plan *p, uint32_t node)
{
    p->index[node] = p->low[node] = p->n_index++;
    p->next[node] = p->first[node];
    p->stack[p->n_stack++] = node;
    p->path[p->n_path++] = node;
}

/* The node whose component is complete: take the component off the stack, and name it after its least node. */
static void close_component(struct plan *p, uint32_t node)
{
    uint32_t from = p->n_stack, least = node;

    do {
        from--;
        if (p->stack[from] < least)
            least = p->stack[from];
    } while (p->stack[from] != node);
    for (uint32_t i = from; i < p->n_stack; i++)
        p->component[p->stack[i]] = least;
    p->n_stack = from;
}

/* Search from ${root}, with ${path} in place of recursion. */
static void search(struct plan *p, uint32_t root)
{
    enter(p, root);
    while (p->n_path > 0) {
        uint32_t node = p->path[p->n_path - 1];

        if (p->next[node] < p->first[node + 1]) {
            uint32_t source = p->sources[p->next[node]++];

            if (p->index[source] == NONE)
                enter(p, source);
            else if (p->component[source] == NONE && p->index[source] < p->low[node])
                p->low[node] = p->index[source];
            continue;
        }
        p->n_path--;
        if (p->low[node] == p->index[node])
            close_component(p, node);
        if (p->n_path > 0 && p->low[node] < p->low[p->path[p->n_path - 1]])
            p->low[p->path[p->n_path - 1]] = p->low[node];
    }
}

/* Edges between components, those inside one left out. Return whether there were any of these: a cycle. */
static bool lift_edges(struct plan *p, const struct graph *g)
{
    bool cycle = false;

    for (size_t i = 0; i < g->n_edges; i++) {
        struct graph_edge edge = g->edges[i];

        edge.from = p->component[edge.from];
        edge.to = p->component[edge.to];
        if (edge.from == edge.to)
            cycle = true;
        else
            p->edges[p->n_edges++] = edge;
    }
    return cycle;
}

/*
 * Give each component its layer, one more than the greatest of its sources', by going round until nothing changes: as
 * many rounds as there are layers, which are few.  Return the greatest layer, or ${max} + 1 if it is passed.
 */
static int64_t find_layers(struct plan *p, int64_t max)
{
    int64_t greatest = 0;
    bool changed = true;

    while (changed && greatest <= max) {
        changed = false;
        for (size_t i = 0; i < p->n_edges; i++) {
            uint32_t least = p->layer[p->edges[i].from] + 1;

            if (p->layer[p->edges[i].to] >= least)
                continue;
            p->layer[p->edges[i].to] = least;
            changed = true;
            if (least > greatest)
                greatest = least;
        }
    }
    return greatest;
}

/* Order the components by layer, then by number, with a count of each layer (layers are at most ${greatest}). */
static int sort_by_layer(struct plan *p, int64_t greatest, struct err *e)
{
    uint32_t *at = calloc((size_t)greatest + 2, sizeof(*at));

    if (at == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < p->n; i++)
        if (p->component[i] == i)
            at[p->layer[i] + 1]++;
    for (int64_t i = 0; i < greatest; i++)
        at[i + 1] += at[i];
    for (uint32_t i = 0; i < p->n; i++)
        if (p->component[i] == i) {
            p->order[at[p->layer[i]]++] = i;
            p->n_order++;
        }
    free(at);
    return 0;
}

/* Find cycles, condense them, check depth, and order what is left. */
static int make_plan(struct plan *p, struct graph *g, const struct graph_limits *limits, struct err *e)
{
    int64_t depth;

    for (uint32_t i = 0; i < p->n; i++)
        if (p->index[i] == NONE)
            search(p, i);
    if (lift_edges(p, g) && limits->refuse_cycles)
        return err_set(e, EX_DATAERR, "expandable grants form a cycle, and BATON_DONT_FIX_CYCLES is set");
    if (merge_edges(g, p->edges, &p->n_edges, e) < 0)
        return -1;
    depth = find_layers(p, limits->depth);
    if (depth > limits->depth)
        return err_set(e, EX_DATAERR, "grants expand through more than %" PRId64 " levels", limits->depth);
    return sort_by_layer(p, depth, e);
}

/* Names of nodes, to sort by. */
static int by_name(const void *a, const void *b, void *arg)
{
    const struct wire_bytes *list = arg;

    return compare(list[*(const uint32_t *)a], list[*(const uint32_t *)b]);
}

/* List the members of each component, and the edges into it. */
static void list_members(struct plan *p, const struct graph *g)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < p->n; i++)
        p->members_n[p->component[i]]++;
    for (uint32_t i = 0; i < p->n; i++) {
        p->members_at[i] = at;
        at += p->members_n[i];
        p->members_n[i] = 0;
    }
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t c = p->component[i];

        p->members[p->members_at[c] + p->members_n[c]++] = i;
    }
    for (uint32_t i = 0; i < p->n; i++)
        if (p->members_n[i] > 1)
            qsort_r(p->members + p->members_at[i], p->members_n[i], sizeof(*p->members), by_name, g->nodes.list);
    for (size_t i = 0; i < p->n_edges; i++)
        p->edges_at[p->edges[i].to + 1]++;
    for (uint32_t i = 0; i < p->n; i++)
        p->edges_at[i + 1] += p->edges_at[i];
}

/* Whom to call for each step. */
struct walker {
    int (*step)(void *arg, const struct graph_step *step, struct err *e);
    void *arg;
};

/* All steps into the node ${to}, over the edges into its component ${c}. */
static int walk_destination(
    const struct plan *p, const struct graph *g, uint32_t to, uint32_t c, const struct walker *w, struct err *e)
{
    for (uint32_t i = p->edges_at[c]; i < p->edges_at[c + 1]; i++) {
        const struct graph_edge *edge = &p->edges[i];
        const uint32_t *sources = p->members + p->members_at[edge->from];

        for (uint32_t k = 0; k < p->members_n[edge->from]; k++) {
            struct graph_step s = {g->nodes.list[sources[k]], g->nodes.list[to], edge};

            if (w->step(w->arg, &s, e) < 0)
                return -1;
        }
    }
    return 0;
}

static int walk(const struct plan *p, const struct graph *g, const struct walker *w, struct err *e)
{
    for (uint32_t i = 0; i < p->n_order; i++) {
        uint32_t c = p->order[i];

        for (uint32_t k = 0; k < p->members_n[c]; k++)
            if (walk_destination(p, g, p->members[p->members_at[c] + k], c, w, e) < 0)
                return -1;
    }
    return 0;
}

int graph_walk(struct graph *g, const struct graph_limits *limits,
    int (*step)(void *arg, const struct graph_step *step, struct err *e), void *arg, struct err *e)
{
    struct walker w = {step, arg};
    struct plan p = {0};
    int r = merge_edges(g, g->edges, &g->n_edges, e);

    if (r == 0)
        r = plan_init(&p, g, e);
    if (r == 0)
        r = make_plan(&p, g, limits, e);
    if (r == 0) {
        list_members(&p, g);
        r = walk(&p, g, &w, e);
    }
    plan_release(&p);
    return r;
}

int graph_limits_from_env(struct graph_limits *limits, struct err *e)
{
    static const char name[] = "BATON_GRAPH_EXPAND_MAX_DEPTH";
    const char *depth = getenv(name), *cycles = getenv("BATON_DONT_FIX_CYCLES");
    char *end;

    *limits = (struct graph_limits){.depth = DEPTH_DEFAULT};
    /* Every spelling of true that the SDK knows begins with one of these letters, and none of false does. */
    limits->refuse_cycles = cycles != NULL && strchr("1tT", *cycles) != NULL && *cycles != '\0';
    if (depth == NULL || *depth == '\0')
        return 0;
    errno = 0;
    limits->depth = strtoll(depth, &end, 10);
    if (errno != 0 || *end != '\0' || limits->depth <= 0 || limits->depth > UINT32_MAX / 2)
        return err_set(e, EX_CONFIG, "%s: not a number of levels: '%s'", name, depth);
    return 0;
}
