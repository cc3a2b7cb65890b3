#include "pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "deep.h"

#include "confine.h"

/*
 * A ring of ${size} batches.  Of the numbers below, which only grow, the remainder by ${size} is the place in the ring:
 * collected <= started <= submitted <= collected + size.  Batches from ${collected} up to ${started} are, or were,
 * with a thread; those up to ${submitted} wait for one; the one at ${submitted} is being filled.
 * ${filters} holds the ${idle} compiled filters that no thread has; a thread takes one with its first batch, or compiles
 * one, and keeps it: so a short input costs one compilation whatever the number of threads.
 * Everything but the batches themselves is guarded by ${lock} when there are threads.
 */
struct pool {
    const struct filter_source *src;
    struct batch *ring;
    size_t size;
    uint64_t collected, started, submitted;
    struct filter *filters[POOL_THREADS_MAX];
    size_t idle;
    bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t threads[POOL_THREADS_MAX];
    size_t nthreads; /* those that run: 0 when the owner does the work */
};

static int pass_line(struct batch *b, const struct batch_line *l)
{
    buf_append(&b->results.lines, b->text.data + l->at, l->len);
    buf_putc(&b->results.lines, '\n');
    b->results.records++;
    return b->results.lines.failed ? err_set(&b->err, EX_OSERR, "no memory for line %ju", (uintmax_t)l->line) : 0;
}

/* Map ${b}, up to the first line that fails. */
static void map_batch(struct batch *b, struct filter *f)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct batch_line *l = &b->lines[i];
        int r =
            l->mapped ? filter_run(f, b->text.data + l->at, l->len, l->line, &b->results, &b->err) : pass_line(b, l);

        if (r < 0)
            return;
    }
}

/*
 * The filter of a thread that has its first batch; after that the thread needs no file any more, and gives up what it
 * could still read.  Called and returns with the lock held, which it lets go to compile.
 */
static struct filter *take_filter(struct pool *p, struct err *e)
{
    struct filter *f = p->idle > 0 ? p->filters[--p->idle] : NULL;

    pthread_mutex_unlock(&p->lock);
    if (f == NULL)
        f = filter_new(p->src, e);
    confine_self("ab-map", NULL, NULL);
    pthread_mutex_lock(&p->lock);
    return f;
}

static void *work(void *arg)
{
    struct pool *p = arg;
    struct filter *f = NULL;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct batch *b;

        while (p->started == p->submitted && !p->stopping)
            pthread_cond_wait(&p->work, &p->lock);
        if (p->stopping)
            break;
        b = &p->ring[p->started++ % p->size];
        if (f == NULL)
            f = take_filter(p, &b->err);
        pthread_mutex_unlock(&p->lock);
        if (f != NULL)
            map_batch(b, f);
        pthread_mutex_lock(&p->lock);
        b->done = true;
        pthread_cond_signal(&p->done);
    }
    if (f != NULL)
        p->filters[p->idle++] = f;
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static int start_threads(struct pool *p, unsigned threads, struct err *e)
{
    for (; p->nthreads < threads; p->nthreads++) {
        int failed = deep_thread(&p->threads[p->nthreads], work, p);

        if (failed != 0)
            return err_set(e, EX_OSERR, "cannot start a thread: %s", strerror(failed));
    }
    return 0;
}

struct pool *pool_new(const struct filter_source *src, unsigned threads, struct err *e)
{
    struct pool *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        err_sys(e, EX_OSERR, "batches");
        return NULL;
    }
    p->src = src;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    /* Two for each thread keep it busy while the owner reads or writes another. */
    p->size = threads > 1 ? 2 * threads + 1 : 1;
    p->ring = calloc(p->size, sizeof(*p->ring));
    if (p->ring == NULL) {
        err_sys(e, EX_OSERR, "batches");
        p->size = 0;
        goto failed;
    }
    for (size_t i = 0; i < p->size; i++) {
        buf_init(&p->ring[i].text, SIZE_MAX / 2);
        filter_results_init(&p->ring[i].results);
    }
    p->filters[0] = filter_new(src, e);
    if (p->filters[0] == NULL)
        goto failed;
    p->idle = 1;
    if (threads > 1 && start_threads(p, threads, e) < 0)
        goto failed;
    /* The threads may still have to compile, and are by now beyond what this takes from their owner. */
    confine_self("ab-map", NULL, NULL);
    return p;
failed:
    pool_free(p);
    return NULL;
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->nthreads; i++)
        pthread_join(p->threads[i], NULL);
    for (size_t i = 0; i < p->idle; i++)
        filter_free(p->filters[i]);
    for (size_t i = 0; i < p->size; i++) {
        buf_release(&p->ring[i].text);
        filter_results_release(&p->ring[i].results);
    }
    free(p->ring);
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

struct batch *pool_take(struct pool *p)
{
    struct batch *b = &p->ring[p->submitted % p->size];

    if (p->submitted - p->collected == p->size)
        return NULL;
    if (b->done) {
        buf_clear(&b->text);
        filter_results_clear(&b->results);
        b->n = 0;
        b->err = (struct err){0};
        b->done = false;
    }
    return b;
}

int pool_add(struct batch *b, const char *text, size_t len, uint64_t line, bool mapped, struct err *e)
{
    b->lines[b->n] = (struct batch_line){.at = b->text.len, .len = len, .line = line, .mapped = mapped};
    if (buf_append(&b->text, text, len) < 0)
        return err_set(e, EX_OSERR, "no memory for line %ju", (uintmax_t)line);
    b->n++;
    return 0;
}

bool pool_full(const struct batch *b)
{
    return b->n == BATCH_LINES || b->text.len >= BATCH_BYTES;
}

void pool_submit(struct pool *p)
{
    struct batch *b = &p->ring[p->submitted % p->size];

    if (p->nthreads == 0) {
        map_batch(b, p->filters[0]);
        b->done = true;
        p->submitted++;
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->submitted++;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
}

struct batch *pool_collect(struct pool *p)
{
    struct batch *b = &p->ring[p->collected % p->size];

    if (p->collected == p->submitted)
        return NULL;
    pthread_mutex_lock(&p->lock);
    while (!b->done)
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
    p->collected++;
    return b;
}

bool pool_done(struct pool *p)
{
    bool done;

    if (p->collected == p->submitted)
        return false;
    pthread_mutex_lock(&p->lock);
    done = p->ring[p->collected % p->size].done;
    pthread_mutex_unlock(&p->lock);
    return done;
}
