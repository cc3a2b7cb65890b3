#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Blocks of this size hold what a usual line needs, and are the ones kept by a reset. */
#define BLOCK_SIZE ((size_t)64 << 10)

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

static void free_blocks(struct arena_block *b)
{
    while (b != NULL) {
        struct arena_block *next = b->next;

        free(b);
        b = next;
    }
}

void arena_release(struct arena *a)
{
    free_blocks(a->blocks);
    arena_init(a, a->max);
}

void arena_reset(struct arena *a)
{
    struct arena_block **link = &a->blocks;

    while (*link != NULL) {
        struct arena_block *b = *link;

        if (b->size > BLOCK_SIZE) {
            *link = b->next;
            free(b);
            continue;
        }
        b->used = 0;
        link = &b->next;
    }
    a->current = a->blocks;
    a->used = 0;
    a->failed = false;
}

static void *fail_arena(struct arena *a)
{
    a->failed = true;
    return NULL;
}

/* A block with room for ${n} bytes: the next kept one, or a new one behind the current one. */
static struct arena_block *next_block(struct arena *a, size_t n)
{
    struct arena_block *b = a->current == NULL ? a->blocks : a->current->next;
    size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;

    if (b == NULL || b->size < n) {
        b = malloc(sizeof(*b) + size);
        if (b == NULL)
            return NULL;
        b->size = size;
        b->used = 0;
        if (a->current == NULL) {
            b->next = a->blocks;
            a->blocks = b;
        } else {
            b->next = a->current->next;
            a->current->next = b;
        }
    }
    a->current = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    struct arena_block *b = a->current;
    void *p;

    if (a->failed || n > SIZE_MAX - alignof(max_align_t))
        return fail_arena(a);
    n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (n > a->max - a->used)
        return fail_arena(a);
    if (b == NULL || b->size - b->used < n)
        b = next_block(a, n);
    if (b == NULL)
        return fail_arena(a);
    p = b->bytes + b->used;
    b->used += n;
    a->used += n;
    return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
    void *p = arena_alloc(a, n);

    if (p != NULL)
        memset(p, 0, n);
    return p;
}

void *arena_dup(struct arena *a, const void *p, size_t n)
{
    void *copy = arena_alloc(a, n);

    if (copy != NULL && n > 0)
        memcpy(copy, p, n);
    return copy;
}
