/*
 * Payload encodings 1 and 2: a tar of the folder, in one zstd frame or as it is (reference/c1z-v3.md section 1.3).
 */
#include <sys/types.h>

#include "c1z3_unpack.h"

#define BLOCK 512

/* A header's fields (POSIX, ustar). */
#define NAME_AT 0
#define NAME_LEN 100
#define SIZE_AT 124
#define SIZE_LEN 12
#define SUM_AT 148
#define SUM_LEN 8
#define TYPE_AT 156
#define MAGIC_AT 257
#define PREFIX_AT 345
#define PREFIX_LEN 155

enum { TYPE_FILE = '0', TYPE_FILE_OLD = '\0', TYPE_FOLDER = '5' };

/*
 * Reading the tar: ${at} is how far the file was read.  In a zstd frame ${in} is what was read of it and not decoded
 * yet; ${frame_done} that it ended.
 */
struct tar {
    struct c1z3_unpack *u;
    bool zstd, frame_done;
    uint64_t at;
    ZSTD_inBuffer in;
};

/* Read up to ${len} bytes of the file to ${to}. Return how many, or -1. */
static ssize_t read_file(struct tar *t, void *to, size_t len, struct err *e)
{
    uint64_t left = t->u->in_size - t->at;
    size_t n = left < len ? (size_t)left : len;

    if (c1z3_unpack_read(t->u, t->at, to, n, e) < 0)
        return -1;
    t->at += n;
    return (ssize_t)n;
}

/* Decode to ${out} until it is full or the frame ends. */
static int decode(struct tar *t, ZSTD_outBuffer *out, struct err *e)
{
    while (out->pos < out->size && !t->frame_done) {
        size_t hint;

        if (t->in.pos == t->in.size) {
            ssize_t n = read_file(t, t->u->from, C1Z3_CHUNK, e);

            if (n < 0)
                return -1;
            t->in = (ZSTD_inBuffer){t->u->from, (size_t)n, 0};
        }
        hint = ZSTD_decompressStream(t->u->zstd, out, &t->in);
        if (ZSTD_isError(hint))
            return c1z3_unpack_zstd(t->u, hint, e);
        t->frame_done = hint == 0;
        if (t->in.size == 0 && out->pos < out->size && !t->frame_done)
            return err_set(e, EX_DATAERR, "'%s' is cut short", t->u->z->name);
    }
    return 0;
}

/* Read exactly ${len} bytes of the tar to ${to}. */
static int read_tar(struct tar *t, void *to, size_t len, struct err *e)
{
    ZSTD_outBuffer out = {to, len, 0};
    ssize_t n;

    if (t->zstd) {
        if (decode(t, &out, e) < 0)
            return -1;
        n = (ssize_t)out.pos;
    } else {
        n = read_file(t, to, len, e);
        if (n < 0)
            return -1;
    }
    return (size_t)n == len ? 0 : err_set(e, EX_DATAERR, "'%s' is cut short", t->u->z->name);
}

/* Decode what follows the tar's end to the end of the frame, where its sum is checked. */
static int finish_frame(struct tar *t, struct err *e)
{
    uint64_t left = t->u->max - t->u->out;

    while (t->zstd && !t->frame_done) {
        ZSTD_outBuffer out = {t->u->to, C1Z3_CHUNK, 0};

        if (decode(t, &out, e) < 0)
            return -1;
        if (out.pos > left)
            return c1z3_unpack_damaged(t->u, "too much stands behind its tar", e);
        left -= out.pos;
    }
    return 0;
}

static bool is_zero(const uint8_t *block)
{
    for (int i = 0; i < BLOCK; i++)
        if (block[i] != 0)
            return false;
    return true;
}

/* An octal number, filled up with spaces or NULs; or, if its first bit is set, a binary one. */
static bool parse_number(const uint8_t *p, size_t len, uint64_t *value)
{
    struct reader in = reader_of(p + len - 8, 8);
    size_t i = 0;

    *value = 0;
    if (p[0] == 0x80) {
        *value = reader_be(&in, 8);
        for (i = 1; i < len - 8; i++)
            if (p[i] != 0)
                return false;
        return true;
    }
    while (i < len && p[i] == ' ')
        i++;
    for (; i < len && p[i] >= '0' && p[i] <= '7'; i++)
        *value = *value << 3 | (uint64_t)(p[i] - '0');
    return i == len || p[i] == ' ' || p[i] == '\0';
}

/* The sum of a header's bytes, as if its own field were spaces. */
static bool is_sum_right(const uint8_t *header)
{
    uint64_t sum = 0, stored;

    for (int i = 0; i < BLOCK; i++)
        sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : header[i];
    return parse_number(header + SUM_AT, SUM_LEN, &stored) && stored == sum;
}

/* Check a header; ${*name} and ${*size} are its file's, with no name for a folder. */
static int parse_header(const struct tar *t, const uint8_t *header, struct span *name, uint64_t *size, struct err *e)
{
    const uint8_t type = header[TYPE_AT];

    *name = (struct span){header + NAME_AT, strnlen((const char *)header + NAME_AT, NAME_LEN)};
    if (!is_sum_right(header) || !parse_number(header + SIZE_AT, SIZE_LEN, size))
        return c1z3_unpack_damaged(t->u, "a header of its tar is malformed", e);
    if (type == TYPE_FOLDER && *size == 0) {
        name->len = 0;
        return 0;
    }
    if (type != TYPE_FILE && type != TYPE_FILE_OLD)
        return err_set(
            e, EX_DATAERR, "'%s': an entry of its tar has the type '%c', which is not supported", t->u->z->name, type);
    if (memcmp(header + MAGIC_AT, "ustar", 5) == 0 && header[PREFIX_AT] != '\0')
        return c1z3_unpack_damaged(t->u, "a name that is none of a file in a folder", e);
    return 0;
}

/* Copy the ${size} bytes of a file, and step over what fills up its last block. */
static int copy_file(struct tar *t, uint64_t size, struct err *e)
{
    while (size > 0) {
        size_t n = size < C1Z3_CHUNK ? (size_t)size : C1Z3_CHUNK;
        size_t padded = n == size ? (n + BLOCK - 1) / BLOCK * BLOCK : n;

        if (read_tar(t, t->u->to, padded, e) < 0 || c1z3_unpack_write(t->u, t->u->to, n, e) < 0)
            return -1;
        size -= n;
    }
    return 0;
}

int c1z3_unpack_tar(struct c1z3_unpack *u, enum c1z3_encoding encoding, struct err *e)
{
    struct tar t = {.u = u, .zstd = encoding == C1Z3_TAR_ZSTD, .at = u->payload};
    uint8_t header[BLOCK];

    for (;;) {
        struct span name;
        uint64_t size;

        if (read_tar(&t, header, sizeof(header), e) < 0)
            return -1;
        if (is_zero(header))
            return finish_frame(&t, e);
        if (parse_header(&t, header, &name, &size, e) < 0)
            return -1;
        if (name.len == 0 && header[TYPE_AT] == TYPE_FOLDER)
            continue;
        if (c1z3_unpack_file(u, name, size, e) < 0 || copy_file(&t, size, e) < 0)
            return -1;
    }
}
