#include "numsort.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "heap.h"
#include "stash.h"

/* Pairs that are read of a piece at once while pieces are merged. */
#define READ_PAIRS 1024

#define RUNS_MAX 65536
#define DIGITS 16

/* A sorted piece of the file: ${left} pairs from ${at} on are still there; ${n} from ${next} on are at ${pairs}. */
struct run {
    uint64_t at, left;
    struct numpair *pairs;
    size_t next, n;
};

/*
 * ${pairs} are in memory, ${other} is room to sort them; ${file} has the sorted pieces, of which ${heap} has the one
 * with the least pair first.
 */
struct numsort {
    size_t max, n, cap, next;
    struct numpair *pairs, *other;
    struct stash file;
    struct run *runs;
    size_t n_runs, runs_cap;
    struct heap heap;
    bool reading;
};

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory to sort");
}

struct numsort *numsort_new(const char *dir, size_t memory, struct err *e)
{
    struct numsort *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        no_memory(e);
        return NULL;
    }
    s->max = memory / sizeof(struct numpair);
    stash_open(&s->file, dir, 0);
    return s;
}

void numsort_free(struct numsort *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n_runs; i++)
        free(s->runs[i].pairs);
    free(s->runs);
    free(s->heap.list);
    free(s->pairs);
    free(s->other);
    stash_close(&s->file);
    free(s);
}

/* Byte number ${digit} of a pair, the least of the value first. */
static unsigned digit_of(const struct numpair *p, unsigned digit)
{
    uint64_t word = digit < 8 ? p->value : p->key;

    return (unsigned)(word >> (digit % 8 * 8)) & 0xff;
}

/* Put the pairs in the order of one byte, keeping that of equal ones; unless they all have the same. */
static void sort_digit(struct numsort *s, unsigned digit)
{
    size_t counts[256] = {0}, at = 0;
    struct numpair *pairs = s->pairs;

    for (size_t i = 0; i < s->n; i++)
        counts[digit_of(&pairs[i], digit)]++;
    if (counts[digit_of(&pairs[0], digit)] == s->n)
        return;
    for (unsigned i = 0; i < 256; i++) {
        size_t n = counts[i];

        counts[i] = at;
        at += n;
    }
    for (size_t i = 0; i < s->n; i++)
        s->other[counts[digit_of(&pairs[i], digit)]++] = pairs[i];
    s->pairs = s->other;
    s->other = pairs;
}

static int compare(const struct numpair *a, const struct numpair *b)
{
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

/* Sort what is in memory. Much comes in order of keys, or of values at least. */
static int sort(struct numsort *s, struct err *e)
{
    bool sorted = true, ascending = true;

    for (size_t i = 1; i < s->n; i++) {
        sorted = sorted && compare(&s->pairs[i - 1], &s->pairs[i]) <= 0;
        ascending = ascending && s->pairs[i - 1].value <= s->pairs[i].value;
    }
    if (sorted)
        return 0;
    if (s->other == NULL)
        s->other = reallocarray(NULL, s->cap, sizeof(*s->other));
    if (s->other == NULL)
        return no_memory(e);
    for (unsigned digit = ascending ? 8 : 0; digit < DIGITS; digit++)
        sort_digit(s, digit);
    return 0;
}

/* Sort what is in memory and put it into the file. */
static int spill(struct numsort *s, struct err *e)
{
    struct run *runs = grow_array(s->runs, &s->runs_cap, s->n_runs + 1, RUNS_MAX, sizeof(*runs));
    uint64_t at = s->file.len;

    if (runs == NULL)
        return no_memory(e);
    s->runs = runs;
    if (sort(s, e) < 0 || stash_put(&s->file, s->pairs, s->n * sizeof(*s->pairs), e) < 0)
        return -1;
    runs[s->n_runs++] = (struct run){.at = at, .left = s->n};
    s->n = 0;
    return 0;
}

int numsort_add(struct numsort *s, uint64_t key, uint64_t value, struct err *e)
{
    if (s->n == s->max && spill(s, e) < 0)
        return -1;
    if (s->n == s->cap) {
        struct numpair *pairs = grow_array(s->pairs, &s->cap, s->n + 1, s->max, sizeof(*pairs));

        if (pairs == NULL)
            return no_memory(e);
        s->pairs = pairs;
    }
    s->pairs[s->n++] = (struct numpair){key, value};
    return 0;
}

/*
 * Merging.
 */

/* Read more of the run. Return 1, 0 at its end, or -1. */
static int load(struct numsort *s, struct run *r, struct err *e)
{
    size_t n = r->left < READ_PAIRS ? (size_t)r->left : READ_PAIRS;
    const void *from;

    if (n == 0)
        return 0;
    if (r->pairs == NULL && (r->pairs = calloc(READ_PAIRS, sizeof(*r->pairs))) == NULL)
        return no_memory(e);
    from = stash_at(&s->file, r->at, n * sizeof(*r->pairs), e);
    if (from == NULL)
        return -1;
    memcpy(r->pairs, from, n * sizeof(*r->pairs));
    r->at += n * sizeof(*r->pairs);
    r->left -= n;
    r->next = 0;
    r->n = n;
    return 1;
}

static bool comes_before(const void *x, const void *y)
{
    const struct run *a = x, *b = y;

    return compare(&a->pairs[a->next], &b->pairs[b->next]) < 0;
}

/* All in memory, or all in the file. */
static int begin_reading(struct numsort *s, struct err *e)
{
    s->reading = true;
    if (s->n_runs == 0)
        return sort(s, e);
    if (s->n > 0 && spill(s, e) < 0)
        return -1;
    free(s->pairs);
    free(s->other);
    s->pairs = s->other = NULL;
    s->heap.list = calloc(s->n_runs, sizeof(*s->heap.list));
    if (s->heap.list == NULL)
        return no_memory(e);
    for (size_t i = 0; i < s->n_runs; i++) {
        if (load(s, &s->runs[i], e) < 0)
            return -1;
        heap_push(&s->heap, &s->runs[i], comes_before);
    }
    return 0;
}

/* Take the least pair off the heap. */
static int next_merged(struct numsort *s, struct numpair *pair, struct err *e)
{
    struct run *r;
    int more = 1;

    if (s->heap.n == 0)
        return 0;
    r = heap_least(&s->heap);
    *pair = r->pairs[r->next++];
    if (r->next == r->n)
        more = load(s, r, e);
    if (more < 0)
        return -1;
    if (more == 0)
        heap_pop(&s->heap, comes_before);
    else
        heap_settle(&s->heap, comes_before);
    return 1;
}

int numsort_next(struct numsort *s, struct numpair *pair, struct err *e)
{
    if (!s->reading && begin_reading(s, e) < 0)
        return -1;
    if (s->n_runs > 0)
        return next_merged(s, pair, e);
    if (s->next == s->n)
        return 0;
    *pair = s->pairs[s->next++];
    return 1;
}
