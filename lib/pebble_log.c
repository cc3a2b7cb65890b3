#include "pebble_log.h"

#include <inttypes.h>

#include "crc32c.h"

/* Sum, length and type stand before a chunk; where the log's number stands too, four bytes more. */
#define CHUNK_HEADER 7
#define NUMBER_LEN 4

/* The types of chunks; those that carry the log's number have other ones. */
enum { CHUNK_NONE, CHUNK_FULL, CHUNK_FIRST, CHUNK_MIDDLE, CHUNK_LAST, CHUNK_NUMBERED, CHUNK_TYPES = 13 };

void pebble_log_init(struct pebble_log *l, int fd, const struct pebble_file *file)
{
    l->fd = fd;
    l->file = file;
    l->at = 0;
    l->left = reader_of(l->block, 0);
}

/* Read the next block. Return 1, 0 at the end, or -1. */
static int next_block(struct pebble_log *l, struct err *e)
{
    uint64_t n = l->file->size - l->at;

    if (n == 0)
        return 0;
    if (n > sizeof(l->block))
        n = sizeof(l->block);
    if (pebble_file_read(l->fd, l->file, l->at, l->block, n, e) < 0)
        return -1;
    l->at += n;
    l->left = reader_of(l->block, (size_t)n);
    return 1;
}

static int damaged(const struct pebble_log *l, const char *what, struct err *e)
{
    return err_set(
        e, EX_DATAERR, "%s: %s, %" PRIu64 " bytes in", l->file->name, what, l->at - (uint64_t)reader_left(&l->left));
}

/* A chunk: its ${type} and its ${data}; ${covered} is what its ${sum} is of. */
struct chunk {
    uint32_t sum;
    uint8_t type;
    struct span data, covered;
};

/* Find the next chunk, without looking at its sum. Return 1, 0 at the end, or -1. */
static int find_chunk(struct pebble_log *l, struct chunk *c, struct err *e)
{
    size_t len;
    int r;

    for (;;) {
        while (reader_left(&l->left) < CHUNK_HEADER) {
            if (reader_left(&l->left) > 0 && l->at == l->file->size && l->at % PEBBLE_LOG_BLOCK != 0)
                return damaged(l, "cut short", e);
            r = next_block(l, e);
            if (r <= 0)
                return r;
        }
        c->sum = (uint32_t)reader_le(&l->left, 4);
        len = (size_t)reader_le(&l->left, 2);
        c->covered.data = l->left.p;
        c->type = reader_u8(&l->left);
        if (c->sum != 0 || len != 0 || c->type != CHUNK_NONE)
            break;
        l->left.p = l->left.end; /* the rest of the block was never written */
    }
    if (c->type == CHUNK_NONE || c->type >= CHUNK_TYPES)
        return damaged(l, "no chunk of a log", e);
    if (c->type >= CHUNK_NUMBERED)
        len += NUMBER_LEN; /* it does not count as part of the chunk */
    c->data = reader_take(&l->left, len);
    c->covered.len = len + 1;
    return l->left.bad ? damaged(l, "a chunk is cut short", e) : 1;
}

int pebble_log_next(struct pebble_log *l, struct buf *record, struct err *e)
{
    struct chunk c;
    bool inside = false;
    int r;

    buf_clear(record);
    while ((r = find_chunk(l, &c, e)) > 0) {
        if (c.type >= CHUNK_NUMBERED)
            return damaged(l, "a chunk of another kind of log", e);
        if (!reader_sum_matches(crc32c_masked(c.covered.data, c.covered.len), c.sum))
            return damaged(l, "wrong checksum", e);
        if (inside != (c.type == CHUNK_MIDDLE || c.type == CHUNK_LAST))
            return damaged(l, "a record in wrong pieces", e);
        if (c.data.len > record->max - record->len)
            return damaged(l, "a record too long", e);
        if (buf_append(record, c.data.data, c.data.len) < 0)
            return err_set(e, EX_OSERR, "%s: no memory for a record", l->file->name);
        if (c.type == CHUNK_FULL || c.type == CHUNK_LAST)
            return 1;
        inside = true;
    }
    return r == 0 && inside ? damaged(l, "a record is cut short", e) : r;
}

int pebble_log_holds_record(struct pebble_log *l, uint64_t number, struct err *e)
{
    struct chunk c;
    struct reader b;
    int r = find_chunk(l, &c, e);

    if (r <= 0 || c.type < CHUNK_NUMBERED)
        return r;
    b = reader_of(c.data.data, c.data.len);
    return reader_le(&b, NUMBER_LEN) == (uint32_t)number;
}
