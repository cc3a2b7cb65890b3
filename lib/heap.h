/*
 * heap.h: the least of several things at hand, for merges: an array in which each comes before those at twice its place
 * and one or two more.  All is inline and the comparison a parameter, so that a compiler makes of it what it would make
 * of a heap for one kind of thing.
 */
#ifndef AB_HEAP_H
#define AB_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* ${n} things in ${list}, the least of them first.  The array is its user's, who also sees to its room. */
struct heap {
    void **list;
    size_t n;
};

/* Whether ${x} comes before ${y}. */
typedef bool heap_before(const void *x, const void *y);

static inline void *heap_least(const struct heap *h)
{
    return h->list[0];
}

/* Bring the least to its place after it has changed; an empty heap stays as it is. */
static inline void heap_settle(struct heap *h, heap_before *before)
{
    void *sinking = h->n > 0 ? h->list[0] : NULL;
    size_t child;

    for (size_t i = 0; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && before(h->list[child + 1], h->list[child]))
            child++;
        if (!before(h->list[child], sinking))
            return;
        h->list[i] = h->list[child];
        h->list[child] = sinking;
    }
}

static inline void heap_push(struct heap *h, void *item, heap_before *before)
{
    size_t i = h->n++;

    for (; i > 0 && before(item, h->list[(i - 1) / 2]); i = (i - 1) / 2)
        h->list[i] = h->list[(i - 1) / 2];
    h->list[i] = item;
}

/* Take the least away. */
static inline void heap_pop(struct heap *h, heap_before *before)
{
    h->list[0] = h->list[--h->n];
    heap_settle(h, before);
}

#endif
