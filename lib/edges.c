#include "edges.h"

#include <stdlib.h>

#include "grow.h"

int edges_add(struct edges *x, struct edge edge, struct err *e)
{
    struct edge *list = grow_array(x->list, &x->cap, x->n + 1, EDGES_MAX, sizeof(*list));

    if (list == NULL)
        return err_set(e, EX_OSERR, "no memory for what grants expand by");
    x->list = list;
    list[x->n++] = edge;
    return 0;
}

static int by_ends(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;

    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

void edges_sort(struct edges *x)
{
    if (x->n > 0)
        qsort(x->list, x->n, sizeof(*x->list), by_ends);
}

/* The place of the first of the edges that is not before those from ${source} to ${target}. */
static size_t find(const struct edges *x, size_t source, size_t target)
{
    const struct edge key = {.source = source, .target = target};
    size_t low = 0, high = x->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_ends(&x->list[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool edges_shallow(const struct edges *x, size_t source, size_t target)
{
    size_t first = find(x, source, target), i = first;

    for (; i < x->n && x->list[i].target == target && x->list[i].source == source; i++)
        if (!x->list[i].shallow)
            return false;
    return i > first;
}

/* Mark what gives the last of the ${n} entitlements at ${todo}, and put it there instead. Return how many there are. */
static size_t follow(const struct edges *x, unsigned char *marks, size_t *todo, size_t n)
{
    size_t target = todo[--n];

    for (size_t i = find(x, 0, target); i < x->n && x->list[i].target == target; i++) {
        size_t source = x->list[i].source;

        if (marks[source] == 0) {
            marks[source] = 1;
            todo[n++] = source;
        }
    }
    return n;
}

int edges_spread(const struct edges *x, unsigned char *marks, size_t n, struct err *e)
{
    size_t *todo = calloc(n + 1, sizeof(*todo)), left = 0;

    if (todo == NULL)
        return err_set(e, EX_OSERR, "no memory for what grants expand by");
    for (size_t i = 0; i < n; i++)
        if (marks[i] != 0)
            todo[left++] = i;
    while (left > 0)
        left = follow(x, marks, todo, left);
    free(todo);
    return 0;
}

void edges_release(struct edges *x)
{
    free(x->list);
    *x = (struct edges){0};
}
