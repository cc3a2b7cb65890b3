/*
 * pool.h: batches of lines, mapped by several threads and given back in the order in which they came.
 *
 * One thread, the owner, calls everything here:
 *
 *   while ((b = pool_take(p)) == NULL)      all batches are under way
 *       use what pool_collect(p) gives;
 *   pool_add(b, ...); pool_submit(p);
 *   while ((b = pool_collect(p)) != NULL)   wait for the rest
 *       use it;
 */
#ifndef AB_MAP_POOL_H
#define AB_MAP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "filter.h"

/* The most threads, and the most lines of a batch; a batch takes no line more once it has BATCH_BYTES. */
#define POOL_THREADS_MAX 64
#define BATCH_LINES 256
#define BATCH_BYTES ((size_t)128 << 10)

/* ${len} bytes at ${at} in the batch's text: line ${line} of the input, to be mapped or to be passed on as it is. */
struct batch_line {
    size_t at, len;
    uint64_t line;
    bool mapped;
};

/*
 * ${n} lines, and, once collected, what became of them.  If ${err} holds a failure, ${results} are those of the lines
 * before the one that failed.
 */
struct batch {
    struct buf text;
    struct batch_line lines[BATCH_LINES];
    size_t n;
    struct filter_results results;
    struct err err;
    bool done;
};

struct pool;

/**
 * pool_new(src, threads, e):
 * Compile ${src}, which must live as long as the pool, and make ready to run it in ${threads} threads (1 to
 * POOL_THREADS_MAX); one thread means the owner, in pool_submit.  Return NULL with ${e} as filter_new, or EX_OSERR.
 */
struct pool *pool_new(const struct filter_source *src, unsigned threads, struct err *e);

/* End the threads and free all; batches not collected are forgotten. ${p} may be NULL. */
void pool_free(struct pool *p);

/* The batch to fill: the same, with what it has, until it is submitted.  NULL if one must be collected first. */
struct batch *pool_take(struct pool *p);

/* Add a line, which is copied. Return 0, or -1 with ${e} (EX_OSERR). ${b} must not be full. */
int pool_add(struct batch *b, const char *text, size_t len, uint64_t line, bool mapped, struct err *e);
bool pool_full(const struct batch *b);

/* Have the batch of pool_take mapped. */
void pool_submit(struct pool *p);

/**
 * pool_collect(p):
 * Wait for the oldest batch submitted and return it; it stays valid until the next pool_take.  NULL if there is none.
 * pool_done(p) says whether pool_collect would return one without waiting.
 */
struct batch *pool_collect(struct pool *p);
bool pool_done(struct pool *p);

#endif
