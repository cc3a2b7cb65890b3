#include "order.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "bytes.h"
#include "grow.h"
#include "setting.h"

#define DEPTH_DEFAULT 20
#define DEPTH_MAX (UINT32_MAX / 2)
#define NONE NAMES_NONE

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the graph of expandable grants");
}

/*
 * Working out the order.  ${component} gives each node the least node of its cycle, itself if it is in none.
 * ${first}[n] to ${first}[n + 1] are the places in ${sources} of the nodes with an edge to n.
 */
struct order {
    uint32_t n;
    uint32_t *first, *sources;
    uint32_t *component;
    /* Edges between components, sorted by destination; those into c are ${edges_at}[c] to ${edges_at}[c + 1]. */
    struct graph_edge *edges;
    size_t n_edges;
    uint32_t *edges_at;
    /* Components, sources before destinations; the layer of each, and whether edges lead out of it. */
    uint32_t *order, *layer, *leads_on;
    uint32_t n_order;
    /* The ${members_n}[c] nodes of component c, by name, from ${members_at}[c] on in ${members}. */
    uint32_t *members, *members_at, *members_n;
    /* Of the search for cycles (Tarjan), which runs against the edges: cycles are the same either way. */
    uint32_t *index, *low, *stack, *path, *next;
    uint32_t n_stack, n_path, n_index;
};

static void order_release(struct order *p)
{
    uint32_t *const arrays[] = {p->first, p->sources, p->component, p->edges_at, p->order, p->layer, p->leads_on,
        p->members, p->members_at, p->members_n, p->index, p->low, p->stack, p->path, p->next};

    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
    free(p->edges);
}

static int order_init(struct order *p, const struct graph *g, struct err *e)
{
    size_t n = g->nodes.len + 2;
    uint32_t **const arrays[] = {&p->first, &p->component, &p->edges_at, &p->order, &p->layer, &p->leads_on,
        &p->members, &p->members_at, &p->members_n, &p->index, &p->low, &p->stack, &p->path, &p->next};
    bool ok = true;

    *p = (struct order){.n = (uint32_t)g->nodes.len};
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

static void enter(struct order *p, uint32_t node)
{
    p->index[node] = p->low[node] = p->n_index++;
    p->next[node] = p->first[node];
    p->stack[p->n_stack++] = node;
    p->path[p->n_path++] = node;
}

/* The node whose component is complete: take the component off the stack, and name it after its least node. */
static void close_component(struct order *p, uint32_t node)
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
static void search(struct order *p, uint32_t root)
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
static bool lift_edges(struct order *p, const struct graph *g)
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
static int64_t find_layers(struct order *p, int64_t max)
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
static int sort_by_layer(struct order *p, int64_t greatest, struct err *e)
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
static int make_order(struct order *p, struct graph *g, const struct order_limits *limits, struct err *e)
{
    int64_t depth;

    for (uint32_t i = 0; i < p->n; i++)
        if (p->index[i] == NONE)
            search(p, i);
    if (lift_edges(p, g) && limits->refuse_cycles)
        return err_set(e, EX_DATAERR, "expandable grants form a cycle, and BATON_DONT_FIX_CYCLES is set");
    if (graph_merge(g, p->edges, &p->n_edges, e) < 0)
        return -1;
    depth = find_layers(p, limits->depth);
    if (depth > limits->depth)
        return err_set(e, EX_DATAERR, "grants expand through more than %" PRId64 " levels", limits->depth);
    return sort_by_layer(p, depth, e);
}

/* Names of nodes, to sort by. */
static int by_name(const void *a, const void *b, void *arg)
{
    const struct wire_bytes *list = arg, x = list[*(const uint32_t *)a], y = list[*(const uint32_t *)b];

    return bytes_compare(x.p, x.len, y.p, y.len);
}

/* List the members of each component, and the edges into it. */
static void list_members(struct order *p, const struct graph *g)
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

/* Note where edges lead out of. */
static void find_leading(struct order *p)
{
    for (size_t i = 0; i < p->n_edges; i++)
        p->leads_on[p->edges[i].from] = 1;
}

/* Whom to call for each destination; ${sources} is where its sources are listed. */
struct walker {
    int (*step)(void *arg, const struct order_step *step, struct err *e);
    void *arg;
    struct order_source *sources;
    size_t cap;
};

/* List all members of the sources of component ${c}. Return how many there are, or -1 with ${e}. */
static ssize_t list_sources(const struct order *p, uint32_t c, struct walker *w, struct err *e)
{
    size_t n = 0;

    for (uint32_t i = p->edges_at[c]; i < p->edges_at[c + 1]; i++) {
        const struct graph_edge *edge = &p->edges[i];
        uint32_t at = p->members_at[edge->from], members = p->members_n[edge->from];
        struct order_source *sources = grow_array(w->sources, &w->cap, n + members, UINT32_MAX, sizeof(*w->sources));

        if (sources == NULL)
            return no_memory(e);
        w->sources = sources;
        for (uint32_t k = 0; k < members; k++)
            sources[n++] = (struct order_source){p->members[at + k], edge};
    }
    return (ssize_t)n;
}

/* Call for each member of component ${c}, if edges lead to it. */
static int walk_component(const struct order *p, uint32_t c, struct walker *w, struct err *e)
{
    ssize_t n = list_sources(p, c, w, e);

    for (uint32_t k = 0; n > 0 && k < p->members_n[c]; k++) {
        struct order_step step = {p->members[p->members_at[c] + k], w->sources, (size_t)n, p->leads_on[c] != 0};

        if (w->step(w->arg, &step, e) < 0)
            return -1;
    }
    return n < 0 ? -1 : 0;
}

static int walk(const struct order *p, struct walker *w, struct err *e)
{
    for (uint32_t i = 0; i < p->n_order; i++)
        if (walk_component(p, p->order[i], w, e) < 0)
            return -1;
    return 0;
}

int order_walk(struct graph *g, const struct order_limits *limits,
    int (*step)(void *arg, const struct order_step *step, struct err *e), void *arg, struct err *e)
{
    struct walker w = {.step = step, .arg = arg};
    struct order p = {0};
    int r = graph_merge(g, g->edges, &g->n_edges, e);

    if (r == 0)
        r = order_init(&p, g, e);
    if (r == 0)
        r = make_order(&p, g, limits, e);
    if (r == 0) {
        list_members(&p, g);
        find_leading(&p);
        r = walk(&p, &w, e);
    }
    order_release(&p);
    free(w.sources);
    return r;
}

int order_limits_from_env(struct order_limits *limits, struct err *e)
{
    *limits = (struct order_limits){DEPTH_DEFAULT, setting_is_true("BATON_DONT_FIX_CYCLES")};
    return setting_number("BATON_GRAPH_EXPAND_MAX_DEPTH", "levels", 1, DEPTH_MAX, &limits->depth, e) < 0 ? -1 : 0;
}
