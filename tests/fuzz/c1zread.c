/*
 * libFuzzer target: a whole .c1z file, read as the tools read it.
 *
 * An input is a file.  Every other mutation changes what is inside a file of format v1, the database, and packs it
 * again: changes to the compressed form rarely get past the decoder.  What is read must be what lib/c1zread.h promises:
 * texts are UTF-8 without U+0000, and sorted records are in their order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "c1z.h"
#include "c1zread.h"
#include "protojson.h"

#define ARENA_MAX ((size_t)64 << 20)
#define LINE_MAX_LEN ((size_t)64 << 20)

/* A database larger than this would only make runs slow. */
#define DATABASE_MAX_MB "16"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

/* A file in memory that holds ${size} bytes at ${data}. */
static int memory_file(const uint8_t *data, size_t size)
{
    int fd = memfd_create("c1zread", MFD_CLOEXEC);

    check(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0, "a file in memory");
    return fd;
}

/* The contents of ${fd}, at most ${max} bytes, in ${data}. Return their number, or 0 if there are more. */
static size_t contents(int fd, uint8_t *data, size_t max)
{
    off_t size = lseek(fd, 0, SEEK_END);

    if (size < 0 || (size_t)size > max)
        return 0;
    return pread(fd, data, (size_t)size, 0) == size ? (size_t)size : 0;
}

/* Mutate the database in the file ${data}. Return the size of the new file, or 0 if it does not fit or is none. */
static size_t mutate_database(uint8_t *data, size_t size, size_t max)
{
    static uint8_t image[(size_t)4 << 20];
    int in = memory_file(data, size), out = memory_file(NULL, 0), again = memory_file(NULL, 0);
    struct err e = {0};
    uint64_t decoded;
    size_t n = 0;

    if (c1z_decode(in, "input", out, &decoded, &e) == 0 && (n = contents(out, image, sizeof(image))) > 0) {
        n = LLVMFuzzerMutate(image, n, sizeof(image));
        if (ftruncate(out, 0) != 0 || pwrite(out, image, n, 0) != (ssize_t)n ||
            c1z_encode(out, again, "output", 1, 1, &e) < 0)
            n = 0;
        n = n == 0 ? 0 : contents(again, data, max);
    }
    close(in);
    close(out);
    close(again);
    return n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t n = seed % 4 != 0 ? mutate_database(data, size, max) : 0;

    return n > 0 ? n : LLVMFuzzerMutate(data, size, max);
}

static void check_text(struct json_str text)
{
    check(text.len == 0 || (json_utf8(text.s, text.len) && memchr(text.s, '\0', text.len) == NULL), "an id is text");
}

static void check_row(const struct c1zread_row *row)
{
    check_text(row->id);
    check_text(row->self.type);
    check_text(row->self.id);
    check_text(row->parent.type);
    check_text(row->parent.id);
    check_text(row->on.type);
    check_text(row->on.id);
    check_text(row->entitlement);
    check_text(row->principal.type);
    check_text(row->principal.id);
}

/* The first part of the order: the type of a resource, or the id of a type. */
static struct json_str first_key(enum kind kind, const struct c1zread_row *row)
{
    return kind == KIND_RESOURCE_TYPE ? row->id : kind == KIND_RESOURCE ? row->self.type : row->on.type;
}

static void read_message(struct c1zread_rows *rows, struct arena *arena, struct buf *line)
{
    struct err e = {0};
    ProtobufCMessage *m;

    arena_reset(arena);
    buf_clear(line);
    if (c1zread_message(rows, arena, &m, &e) == 0)
        protojson_write(line, arena, m, &e);
}

static void read_rows(struct c1zread *r, const struct c1zread_query *query)
{
    struct err e = {0};
    struct c1zread_rows *rows = c1zread_rows(r, query, &e);
    struct c1zread_row row;
    struct arena arena;
    struct buf line, last;

    check((rows == NULL) == (e.status != 0), "rows and error agree");
    if (rows == NULL)
        return;
    arena_init(&arena, ARENA_MAX);
    buf_init(&line, LINE_MAX_LEN);
    buf_init(&last, LINE_MAX_LEN);
    while (c1zread_next(rows, &row, &e) > 0) {
        struct json_str key = first_key(query->kind, &row);

        check_row(&row);
        check(query->order == C1ZREAD_STORED || bytes_compare(last.data, last.len, key.s, key.len) <= 0, "sorted");
        buf_clear(&last);
        buf_append(&last, key.s, key.len);
        if (query->part != C1ZREAD_IDS)
            read_message(rows, &arena, &line);
    }
    arena_release(&arena);
    buf_release(&line);
    buf_release(&last);
    c1zread_rows_close(rows);
}

static void read_sync(struct c1zread *r, const struct c1zread_sync *sync)
{
    struct err e = {0};
    struct buf asset;

    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        read_rows(r, &(struct c1zread_query){sync, kind, C1ZREAD_STORED, C1ZREAD_WHOLE});
        read_rows(r, &(struct c1zread_query){sync, kind, C1ZREAD_SORTED, C1ZREAD_IDS});
        read_rows(r, &(struct c1zread_query){sync, kind, C1ZREAD_SORTED, C1ZREAD_LEAN});
    }
    buf_init(&asset, LINE_MAX_LEN);
    c1zread_asset(r, sync, "c1z-pack/manifest", &asset, &e);
    buf_release(&asset);
}

static void check_sync(const struct c1zread_sync *sync)
{
    char time[C1ZREAD_TIME_SIZE];

    check(sync->id[0] != '\0' && json_utf8(sync->id, strlen(sync->id)), "a sync has an id");
    check(json_utf8(sync->type, strlen(sync->type)) && json_utf8(sync->parent, strlen(sync->parent)), "texts");
    if (c1zread_time(sync->started_at, time))
        check(strlen(time) >= strlen("YYYY-MM-DDTHH:MM:SSZ") && time[strlen(time) - 1] == 'Z', "a time is one");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memory_file(data, size);
    struct c1zread_choice choice;
    struct err e = {0};
    struct c1zread *r;
    char name[32];
    size_t n;

    setenv("BATON_DECODER_MAX_DECODED_SIZE_MB", DATABASE_MAX_MB, 1);
    snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    r = c1zread_open(name, &e);
    check((r == NULL) == (e.status != 0), "file and error agree");
    if (r != NULL) {
        const struct c1zread_sync *syncs = c1zread_syncs(r, &n);

        for (size_t i = 0; i < n; i++)
            check_sync(&syncs[i]);
        if (c1zread_choose(r, NULL, &choice, &e) == 0)
            read_sync(r, choice.sync);
        check(choice.sync != NULL || n == 0, "where there are syncs, one is chosen");
    }
    c1zread_close(r);
    close(fd);
    return 0;
}
