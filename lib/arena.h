/*
 * arena.h: memory for one line's worth of work, given back all at once.
 */
#ifndef AB_ARENA_H
#define AB_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

/* ${failed} is set when memory ran out or ${max} bytes were passed; arena_alloc then returns NULL until the reset. */
struct arena {
    struct arena_block *blocks, *current;
    size_t used, max;
    bool failed;
};

/* Start empty; at most ${max} bytes in all. */
void arena_init(struct arena *a, size_t max);
void arena_release(struct arena *a);

/* Give everything back, keep the blocks for reuse (large extra ones are freed). */
void arena_reset(struct arena *a);

/* ${n} bytes aligned for any type, not cleared; or zeroed; or a copy. NULL only with ${a}->failed set. */
void *arena_alloc(struct arena *a, size_t n);
void *arena_zalloc(struct arena *a, size_t n);
void *arena_dup(struct arena *a, const void *p, size_t n);

#endif
