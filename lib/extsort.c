#include "extsort.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fullio.h"
#include "grow.h"
#include "heap.h"
#include "tempfile.h"

/* What is read of a piece at once while pieces are merged. */
#define READ_AT_ONCE ((size_t)256 << 10)

/* The most pieces, and the most pairs of one. */
#define RUNS_MAX 65536
#define PAIRS_MAX ((size_t)64 << 20)

/* A pair in memory and in the file: this, then the key, then the value. */
struct head {
    uint64_t tag;
    uint32_t key_len, value_len;
};

/*
 * A sorted piece of the file, from ${at} to ${end}; ${len} bytes from ${pos} on are at ${buf}, the current pair
 * first.
 */
struct run {
    uint64_t at, end;
    uint8_t *buf;
    size_t pos, len, cap;
};

struct extsort {
    const char *dir;
    size_t memory;
    uint8_t *pool;
    size_t used, cap;
    const uint8_t **pairs;
    size_t n_pairs, pairs_cap, next;
    int fd;
    uint64_t written;
    struct run *runs;
    size_t n_runs, runs_cap;
    struct heap heap;
    bool reading, stale;
};

static struct head head_of(const uint8_t *pair)
{
    struct head h;

    memcpy(&h, pair, sizeof(h));
    return h;
}

static size_t pair_len(const uint8_t *pair)
{
    struct head h = head_of(pair);

    return sizeof(h) + h.key_len + h.value_len;
}

static int compare(const uint8_t *x, const uint8_t *y)
{
    struct head a = head_of(x), b = head_of(y);
    int order = span_compare((struct span){x + sizeof(a), a.key_len}, (struct span){y + sizeof(b), b.key_len});

    return order != 0 ? order : (a.tag > b.tag) - (a.tag < b.tag);
}

static int compare_pairs(const void *x, const void *y)
{
    return compare(*(const uint8_t *const *)x, *(const uint8_t *const *)y);
}

struct extsort *extsort_new(const char *dir, size_t memory, struct err *e)
{
    struct extsort *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    s->dir = dir;
    s->memory = memory;
    s->fd = -1;
    return s;
}

void extsort_free(struct extsort *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n_runs; i++)
        free(s->runs[i].buf);
    free(s->runs);
    free(s->heap.list);
    free(s->pairs);
    free(s->pool);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

/* Sort what is in memory; much of it comes in order, which costs nothing then. */
static void sort(struct extsort *s)
{
    size_t i = 1;

    while (i < s->n_pairs && compare(s->pairs[i - 1], s->pairs[i]) <= 0)
        i++;
    if (i < s->n_pairs)
        qsort(s->pairs, s->n_pairs, sizeof(*s->pairs), compare_pairs);
}

/* Write the sorted pairs behind what is in the file. */
static int write_pairs(struct extsort *s, struct err *e)
{
    uint8_t *out = malloc(READ_AT_ONCE);
    size_t len = 0;
    int r = out == NULL ? err_set(e, EX_OSERR, "no memory") : 0;

    for (size_t i = 0; r == 0 && i <= s->n_pairs; i++) {
        size_t n = i < s->n_pairs ? pair_len(s->pairs[i]) : 0;

        if ((i == s->n_pairs || len + n > READ_AT_ONCE) && fullio_write(s->fd, out, len) < 0)
            r = err_sys(e, EX_IOERR, "cannot write the temporary file");
        if (len + n > READ_AT_ONCE)
            len = 0;
        if (r == 0 && n > READ_AT_ONCE && fullio_write(s->fd, s->pairs[i], n) < 0)
            r = err_sys(e, EX_IOERR, "cannot write the temporary file");
        if (r == 0 && n > 0 && n <= READ_AT_ONCE) {
            memcpy(out + len, s->pairs[i], n);
            len += n;
        }
    }
    free(out);
    return r;
}

/* Sort what is in memory and put it into the file. */
static int spill(struct extsort *s, struct err *e)
{
    struct run *runs = grow_array(s->runs, &s->runs_cap, s->n_runs + 1, RUNS_MAX, sizeof(*runs));

    if (runs == NULL)
        return err_set(e, EX_OSERR, "no memory");
    s->runs = runs;
    if (s->fd < 0 && (s->fd = tempfile_nameless(s->dir, e)) < 0)
        return -1;
    sort(s);
    if (write_pairs(s, e) < 0)
        return -1;
    runs[s->n_runs++] = (struct run){.at = s->written, .end = s->written + s->used};
    s->written += s->used;
    s->used = s->n_pairs = 0;
    return 0;
}

/* Room for a pair of ${need} bytes in the pool, whose place does not change while there are pairs in it. */
static int make_room(struct extsort *s, size_t need, struct err *e)
{
    if (s->used > 0 && need > s->cap - s->used && spill(s, e) < 0)
        return -1;
    if (s->used == 0 && (s->pool == NULL || need > s->cap)) {
        free(s->pool);
        s->cap = need > s->memory ? need : s->memory;
        s->pool = malloc(s->cap);
        if (s->pool == NULL)
            return err_set(e, EX_OSERR, "no memory");
    }
    return 0;
}

int extsort_add(struct extsort *s, struct span key, struct span value, uint64_t tag, struct err *e)
{
    struct head h = {tag, (uint32_t)key.len, (uint32_t)value.len};
    const uint8_t **pairs;
    uint8_t *to;

    if (key.len > EXTSORT_PAIR_MAX || value.len > EXTSORT_PAIR_MAX - key.len)
        return err_set(e, EX_DATAERR, "a record of more than %zu MiB", EXTSORT_PAIR_MAX >> 20);
    if (make_room(s, sizeof(h) + key.len + value.len, e) < 0)
        return -1;
    pairs = grow_array(s->pairs, &s->pairs_cap, s->n_pairs + 1, PAIRS_MAX, sizeof(*pairs));
    if (pairs == NULL)
        return err_set(e, EX_OSERR, "no memory");
    s->pairs = pairs;
    to = s->pool + s->used;
    pairs[s->n_pairs++] = to;
    memcpy(to, &h, sizeof(h));
    if (key.len > 0)
        memcpy(to + sizeof(h), key.data, key.len);
    if (value.len > 0)
        memcpy(to + sizeof(h) + key.len, value.data, value.len);
    s->used += sizeof(h) + key.len + value.len;
    return 0;
}

/*
 * Merging.
 */

/* See that ${need} bytes from the run's place on are in memory. */
static int fill(struct extsort *s, struct run *r, size_t need, struct err *e)
{
    if (r->len >= need)
        return 0;
    if (r->len > 0)
        memmove(r->buf, r->buf + r->pos, r->len);
    r->pos = 0;
    if (need > r->cap) {
        uint8_t *buf = realloc(r->buf, need > READ_AT_ONCE ? need : READ_AT_ONCE);

        if (buf == NULL)
            return err_set(e, EX_OSERR, "no memory");
        r->buf = buf;
        r->cap = need > READ_AT_ONCE ? need : READ_AT_ONCE;
    }
    while (r->len < need) {
        size_t n = r->cap - r->len < r->end - r->at ? r->cap - r->len : (size_t)(r->end - r->at);
        ssize_t got = pread(s->fd, r->buf + r->len, n, (off_t)r->at);

        if (got <= 0)
            return err_sys(e, EX_IOERR, "cannot read the temporary file");
        r->at += (uint64_t)got;
        r->len += (size_t)got;
    }
    return 0;
}

/* Bring the run's current pair into memory. Return 1, 0 at its end, or -1. */
static int load(struct extsort *s, struct run *r, struct err *e)
{
    if (r->len == 0 && r->at == r->end)
        return 0;
    if (fill(s, r, sizeof(struct head), e) < 0 || fill(s, r, pair_len(r->buf + r->pos), e) < 0)
        return -1;
    return 1;
}

/* The current pair of ${run}. */
static const uint8_t *current(const void *run)
{
    const struct run *r = run;

    return r->buf + r->pos;
}

static bool comes_before(const void *x, const void *y)
{
    return compare(current(x), current(y)) < 0;
}

/* All in memory, or all in the file. */
static int begin_reading(struct extsort *s, struct err *e)
{
    s->reading = true;
    if (s->n_runs == 0) {
        sort(s);
        return 0;
    }
    if (s->n_pairs > 0 && spill(s, e) < 0)
        return -1;
    free(s->pool);
    s->pool = NULL;
    s->heap.list = calloc(s->n_runs, sizeof(*s->heap.list));
    if (s->heap.list == NULL)
        return err_set(e, EX_OSERR, "no memory");
    for (size_t i = 0; i < s->n_runs; i++) {
        if (load(s, &s->runs[i], e) < 0)
            return -1;
        heap_push(&s->heap, &s->runs[i], comes_before);
    }
    return 0;
}

/* Step over the pair that was given last. */
static int step(struct extsort *s, struct err *e)
{
    struct run *r = heap_least(&s->heap);
    size_t n = pair_len(current(r));
    int more;

    r->pos += n;
    r->len -= n;
    more = load(s, r, e);
    if (more < 0)
        return -1;
    if (more == 0)
        heap_pop(&s->heap, comes_before);
    else
        heap_settle(&s->heap, comes_before);
    return 0;
}

int extsort_next(struct extsort *s, struct span *key, struct span *value, uint64_t *tag, struct err *e)
{
    const uint8_t *pair;
    struct head h;

    if (!s->reading && begin_reading(s, e) < 0)
        return -1;
    if (s->n_runs == 0) {
        if (s->next == s->n_pairs)
            return 0;
        pair = s->pairs[s->next++];
    } else {
        if (s->stale && step(s, e) < 0)
            return -1;
        s->stale = s->heap.n > 0;
        if (!s->stale)
            return 0;
        pair = current(heap_least(&s->heap));
    }
    h = head_of(pair);
    *key = (struct span){pair + sizeof(h), h.key_len};
    *value = (struct span){pair + sizeof(h) + h.key_len, h.value_len};
    *tag = h.tag;
    return 1;
}
