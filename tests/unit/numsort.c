/* Pairs of numbers, in memory and in pieces. */
#include "numsort.h"

#include <stdlib.h>

#include "tap.h"
#include "tempfile.h"

#define PAIRS 50000

enum how { RANDOM, WIDE, SORTED, BACKWARDS, ONE_KEY };

static struct numpair make(enum how how, uint64_t i)
{
    uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15U;

    switch (how) {
    case RANDOM:
        return (struct numpair){mixed >> 50, i};
    case WIDE:
        return (struct numpair){mixed, ~mixed};
    case SORTED:
        return (struct numpair){i, 0};
    case BACKWARDS:
        return (struct numpair){UINT64_MAX - i, UINT64_MAX - i};
    default:
        return (struct numpair){7, mixed};
    }
}

static int compare(const void *x, const void *y)
{
    const struct numpair *a = x, *b = y;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

/* Whether ${n} pairs come out as qsort puts them, with ${memory} bytes. */
static bool sorts(enum how how, size_t n, size_t memory)
{
    static struct numpair want[PAIRS];
    struct err e = {0};
    struct numsort *s = numsort_new(tempfile_dir(), memory, &e);
    struct numpair got;
    bool good = s != NULL;

    for (size_t i = 0; good && i < n; i++) {
        want[i] = make(how, i);
        good = numsort_add(s, want[i].key, want[i].value, &e) == 0;
    }
    qsort(want, n, sizeof(*want), compare);
    for (size_t i = 0; good && i < n; i++)
        good = numsort_next(s, &got, &e) == 1 && compare(&got, &want[i]) == 0;
    good = good && numsort_next(s, &got, &e) == 0 && numsort_next(s, &got, &e) == 0;
    numsort_free(s);
    return good;
}

static bool sorts_all(size_t n, size_t memory)
{
    for (enum how how = RANDOM; how <= ONE_KEY; how++)
        if (!sorts(how, n, memory))
            return false;
    return true;
}

int main(void)
{
    tap_ok(sorts_all(PAIRS, (size_t)1 << 20), "all in memory");
    tap_ok(sorts_all(PAIRS, (size_t)64 << 10), "in a few pieces");
    tap_ok(sorts_all(PAIRS, 1600), "in many pieces");
    tap_ok(sorts_all(0, 1600) && sorts_all(1, 1600) && sorts_all(100, 1600) && sorts_all(101, 1600),
        "none, one, a piece that is full, and one more");
    numsort_free(NULL);
    tap_ok(true, "nothing is freed");
    return tap_done();
}
