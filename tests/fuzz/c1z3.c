/*
 * libFuzzer target: whole files of format v3, from the envelope to messages.  What is read is read again, the same.
 * Sums are not looked at in this build, so that what lies behind them is reached.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "c1zread.h"
#include "xxh64.h"

/* What is read of one file: enough to go everywhere, not so much that it takes all the time. */
enum { ROWS_MAX = 5000 };
#define ARENA_MAX ((size_t)64 << 20)

/* Hash the records of ${kind} into ${h}. */
static void walk(struct c1zread *r, const struct c1zread_sync *sync, enum kind kind, struct xxh64 *h)
{
    const struct c1zread_query query = {sync, kind, C1ZREAD_SORTED, C1ZREAD_WHOLE};
    struct err e = {0};
    struct c1zread_rows *rows = c1zread_rows(r, &query, &e);
    struct c1zread_row row;
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (int i = 0; rows != NULL && i < ROWS_MAX && c1zread_next(rows, &row, &e) > 0; i++) {
        ProtobufCMessage *m;

        arena_reset(&a);
        xxh64_update(h, row.id.s, row.id.len);
        if (c1zread_message(rows, &a, &m, &e) < 0)
            break;
    }
    xxh64_update(h, e.msg, strlen(e.msg));
    arena_release(&a);
    c1zread_rows_close(rows);
}

static uint64_t read_all(const char *name)
{
    struct err e = {0};
    struct c1zread *r = c1zread_open(name, &e);
    const struct c1zread_sync *syncs;
    struct xxh64 h;
    size_t n;

    xxh64_init(&h);
    if (r == NULL) {
        if (e.status == 0 || e.status == EX_SOFTWARE)
            abort();
        return xxh64_of(e.msg, strlen(e.msg));
    }
    syncs = c1zread_syncs(r, &n);
    for (enum kind kind = 0; n > 0 && kind < KIND_COUNT; kind++)
        walk(r, &syncs[0], kind, &h);
    c1zread_close(r);
    return xxh64_value(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("c1z3", MFD_CLOEXEC);
    char name[64];

    setenv("BATON_DECODER_MAX_DECODED_SIZE_MB", "64", 1);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    if (read_all(name) != read_all(name))
        abort();
    close(fd);
    return 0;
}
