/*
 * protojson FILE: how fast the records of FILE become messages, bytes, messages and lines again.  Frame lines are
 * passed over.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pbwire.h"
#include "protojson.h"

/* A pass over the file is repeated until this much time has gone by; the fastest one counts. */
#define MEASURE_S 1.0

#define ARENA_MAX ((size_t)1 << 30)

/* How far the work on each line goes. */
enum stage { READ, PACK, UNPACK, WRITE };

struct bench {
    char *data;
    size_t len;
    struct json json;
    struct arena arena;
    struct buf bytes, text;
};

_Noreturn static void die(const char *what, const char *why)
{
    fprintf(stderr, "protojson: %s: %s\n", what, why);
    exit(1);
}

static void line(struct bench *b, const char *p, size_t len, enum stage last)
{
    struct err e = {0};
    ProtobufCMessage *m;

    arena_reset(&b->arena);
    buf_clear(&b->bytes);
    buf_clear(&b->text);
    json_begin(&b->json, p, len, 0);
    if (protojson_read(&b->json, &b->arena, &m, &e) < 0)
        die("a line was refused", e.msg);
    if (last >= PACK && pbwire_pack(&b->bytes, m) != 0)
        die("a line cannot be packed", "out of memory");
    if (last >= UNPACK && pbwire_unpack(m->descriptor, b->bytes.data, b->bytes.len, &b->arena, &m, &e) < 0)
        die("a message was refused", e.msg);
    if (last >= WRITE && protojson_write(&b->text, &b->arena, m, &e) < 0)
        die("a message cannot be written", e.msg);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(struct bench *b, const char *name, enum stage last)
{
    const double start = now();
    double best = 0;
    size_t lines = 0;

    do {
        const double begin = now();
        const char *end, *p = b->data;
        lines = 0;
        for (; (end = memchr(p, '\n', (size_t)(b->data + b->len - p))) != NULL; p = end + 1) {
            if (strncmp(p, "{\"stream\"", 9) == 0)
                continue;
            line(b, p, (size_t)(end - p), last);
            lines++;
        }
        if (best == 0 || now() - begin < best)
            best = now() - begin;
    } while (now() - start < MEASURE_S);
    printf("protojson %-28s %5.0f MB/s %9.0f lines/s\n", name, (double)b->len / best / 1e6, (double)lines / best);
}

static void load(struct bench *b, const char *name)
{
    FILE *f = fopen(name, "rb");
    long size;

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0)
        die(name, strerror(errno));
    if (size == 0)
        die(name, "empty");
    b->len = (size_t)size;
    b->data = malloc(b->len);
    if (b->data == NULL || fread(b->data, 1, b->len, f) != b->len)
        die(name, "cannot read it whole");
    fclose(f);
}

int main(int argc, char **argv)
{
    struct bench b;

    if (argc != 2)
        die("usage", "protojson FILE");
    load(&b, argv[1]);
    json_init(&b.json, NULL);
    arena_init(&b.arena, ARENA_MAX);
    buf_init(&b.bytes, ARENA_MAX);
    buf_init(&b.text, ARENA_MAX);
    measure(&b, "read", READ);
    measure(&b, "read, pack", PACK);
    measure(&b, "read, pack, unpack", UNPACK);
    measure(&b, "read, pack, unpack, write", WRITE);
    buf_release(&b.text);
    buf_release(&b.bytes);
    arena_release(&b.arena);
    json_release(&b.json);
    free(b.data);
    return fflush(stdout) == 0 ? 0 : 1;
}
