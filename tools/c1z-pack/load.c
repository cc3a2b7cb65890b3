#include "load.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "frame.h"
#include "plainline.h"

/* A batch is handed over when it has this many records or bytes. */
#define BATCH_RECORDS 4096
#define BATCH_BYTES ((size_t)1 << 20)

/* One batch is filled, one is being stored, one waits. */
#define BATCHES 3

/* A batch's bytes can exceed BATCH_BYTES by what one line of the greatest length becomes, several ids included. */
#define BATCH_BYTES_MAX ((size_t)256 << 20)

/* What one line may need while it is a message: many small members take more than their text. */
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)

/*
 * Batches go round: number ${filled} % BATCHES is filled next, number ${taken} % BATCHES is taken next; the one taken
 * last belongs to the consumer until it asks again, when ${freed} follows ${taken}.  ${lock} guards all but ${batches},
 * which belong to one side at a time.
 */
struct load {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned filled, taken, freed;
    bool done, stopped;
    struct err e;
    struct load_batch batches[BATCHES];
    /* Of the thread alone. */
    struct frame_reader frames;
    struct json json;
    struct arena arena;
    struct gaplist gaps;
};

/* Wait for a batch that is free to fill; NULL when the consumer wants no more. */
static struct load_batch *wait_free(struct load *l)
{
    struct load_batch *b = NULL;

    pthread_mutex_lock(&l->lock);
    while (!l->stopped && l->filled - l->freed == BATCHES)
        pthread_cond_wait(&l->changed, &l->lock);
    if (!l->stopped)
        b = &l->batches[l->filled % BATCHES];
    pthread_mutex_unlock(&l->lock);
    if (b == NULL)
        return NULL;
    b->len = 0;
    /* One huge line must not keep its memory for the rest of the run. */
    if (b->bytes.cap > 4 * BATCH_BYTES)
        buf_release(&b->bytes);
    buf_clear(&b->bytes);
    return b;
}

static void hand_over(struct load *l)
{
    pthread_mutex_lock(&l->lock);
    l->filled++;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

/* Whether it lets the stream be published is judged at the end. */
static int add_gap(struct load *l, const struct frame *f, struct err *e)
{
    struct gap gap;

    if (gap_read(&gap, &l->json, f->text, f->len, f->line, e) < 0)
        return -1;
    return gaplist_add(&l->gaps, &gap, f->line, e);
}

static int add_record(struct load *l, struct load_batch *b, const struct frame *f, struct err *e)
{
    int r;

    if (plainline_read(&b->records[b->len], f->text, f->len, f->line, &b->bytes)) {
        b->len++;
        return 0;
    }
    json_begin(&l->json, f->text, f->len, f->line);
    r = record_read(&b->records[b->len], &l->json, f->line, &l->arena, &b->bytes, e);
    arena_reset(&l->arena);
    if (r == 0)
        b->len++;
    return r;
}

/* Fill ${b}. Return 1 when it is full, 0 at the end of the input, -1 on failure. */
static int fill(struct load *l, struct load_batch *b, struct err *e)
{
    struct frame f;
    int r;

    while (b->len < BATCH_RECORDS && b->bytes.len < BATCH_BYTES) {
        r = frame_next(&l->frames, &f, e);
        if (r <= 0)
            return r;
        r = 0;
        if (f.kind == FRAME_DATA)
            r = add_record(l, b, &f, e);
        else if (f.kind != FRAME_BEGIN)
            r = add_gap(l, &f, e);
        if (r < 0)
            return err_context(e, "%s", l->frames.lines.name);
    }
    return 1;
}

static void *run(void *arg)
{
    struct load *l = arg;
    struct err e = {0};
    struct load_batch *b;
    int r = 1;

    while (r > 0 && (b = wait_free(l)) != NULL) {
        r = fill(l, b, &e);
        if (r >= 0)
            hand_over(l);
    }
    pthread_mutex_lock(&l->lock);
    l->e = e;
    l->done = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

static void release(struct load *l)
{
    for (int i = 0; i < BATCHES; i++) {
        free(l->batches[i].records);
        buf_release(&l->batches[i].bytes);
    }
    frame_close(&l->frames);
    json_release(&l->json);
    arena_release(&l->arena);
    gaplist_release(&l->gaps);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->changed);
    free(l);
}

struct load *load_start(int fd, const char *name, bool unframed, struct err *e)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES};
    struct load *l = calloc(1, sizeof(*l));
    bool failed = false;

    if (l == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    frame_open(&l->frames, fd, name, FRAME_RECORDS, unframed);
    l->frames.offers_unframed = true;
    json_init(&l->json, &limits);
    arena_init(&l->arena, MESSAGE_BYTES_MAX);
    gaplist_init(&l->gaps);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    for (int i = 0; i < BATCHES; i++) {
        buf_init(&l->batches[i].bytes, BATCH_BYTES_MAX);
        l->batches[i].records = calloc(BATCH_RECORDS, sizeof(struct record));
        failed = failed || l->batches[i].records == NULL;
    }
    if (!failed && pthread_create(&l->thread, NULL, run, l) == 0)
        return l;
    release(l);
    err_set(e, EX_OSERR, "cannot start a thread");
    return NULL;
}

int load_next(struct load *l, struct load_batch **batch, struct err *e)
{
    int r = 1;

    pthread_mutex_lock(&l->lock);
    if (l->freed < l->taken) {
        l->freed = l->taken;
        pthread_cond_broadcast(&l->changed);
    }
    while (l->filled == l->taken && !l->done)
        pthread_cond_wait(&l->changed, &l->lock);
    if (l->filled != l->taken)
        *batch = &l->batches[l->taken++ % BATCHES];
    else
        r = l->e.status == 0 ? 0 : -1;
    pthread_mutex_unlock(&l->lock);
    if (r < 0)
        *e = l->e;
    return r;
}

struct load_facts load_facts(struct load *l)
{
    return (struct load_facts){l->frames.source, l->frames.started_at, &l->frames.stages, &l->gaps};
}

void load_stop(struct load *l)
{
    bool done;

    if (l == NULL)
        return;
    pthread_mutex_lock(&l->lock);
    l->stopped = true;
    done = l->done;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    if (!done)
        return;
    pthread_join(l->thread, NULL);
    release(l);
}
