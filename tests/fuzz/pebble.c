/*
 * libFuzzer target: one table of Pebble: what it says of itself, its ranges, its points from the start and from a key
 * in the middle, which must be the same ones.  Sums are not looked at in this build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pebble_cursor.h"
#include "pebble_table.h"
#include "xxh64.h"

enum { POINTS_MAX = 20000 };

/* What the points from ${from} on are: how many, and the hash of those not before ${mark}. */
struct walked {
    int n;
    uint64_t hash;
    bool whole;
    struct buf middle;
};

static void walk(struct pebble_table *t, struct span from, struct span mark, struct walked *w)
{
    struct pebble_cursor c;
    struct err e = {0};
    struct xxh64 h;
    int r = 0;

    xxh64_init(&h);
    pebble_cursor_open(&c, t, from);
    for (w->n = 0; w->n < POINTS_MAX && (r = pebble_cursor_next(&c, &e)) > 0; w->n++) {
        if (w->n == 20) {
            buf_clear(&w->middle);
            buf_append(&w->middle, c.key.data, c.key.len);
        }
        if (span_compare(c.key, mark) < 0)
            continue;
        xxh64_update(&h, c.key.data, c.key.len);
        xxh64_update(&h, c.value.data, c.value.len);
        xxh64_update(&h, &c.trailer, sizeof(c.trailer));
    }
    w->whole = r == 0;
    w->hash = xxh64_value(&h);
    pebble_cursor_close(&c);
}

static void walk_both_ways(struct pebble_table *t)
{
    struct walked all = {0}, again = {0}, rest = {0};
    struct span none = {(const uint8_t *)"", 0}, middle;

    buf_init(&all.middle, PEBBLE_BLOCK_MAX);
    buf_init(&again.middle, PEBBLE_BLOCK_MAX);
    buf_init(&rest.middle, PEBBLE_BLOCK_MAX);
    walk(t, none, none, &all);
    middle = pebble_block_span(&all.middle);
    walk(t, none, middle, &again);
    walk(t, middle, middle, &rest);
    if (all.n != again.n)
        abort();
    /* An index may lie about where keys are; then a search finds fewer of them, never others. */
    if (all.whole && rest.whole && rest.n > all.n)
        abort();
    buf_release(&all.middle);
    buf_release(&again.middle);
    buf_release(&rest.middle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "000001.sst";
    const struct pebble_file file = {name, 0, size};
    int fd = memfd_create("table", MFD_CLOEXEC);
    struct pebble_table t;
    struct err e = {0};
    struct buf raw;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    buf_init(&raw, PEBBLE_BLOCK_MAX + PEBBLE_BLOCK_TRAILER);
    if (pebble_table_open(&t, fd, &file, &raw, &e) == 0)
        walk_both_ways(&t);
    else if (e.status == 0 || e.status == EX_SOFTWARE)
        abort();
    pebble_table_close(&t);
    buf_release(&raw);
    close(fd);
    return 0;
}
