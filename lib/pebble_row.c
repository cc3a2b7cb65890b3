#include "pebble_row.h"

#include "pebble_block.h"

/* Where keys are written whole is listed behind the rows: offsets of four bytes, then their number. */
#define RESTART_LEN 4

void pebble_rows_init(struct pebble_rows *r)
{
    *r = (struct pebble_rows){0};
    buf_init(&r->key, PEBBLE_BLOCK_MAX);
}

void pebble_rows_release(struct pebble_rows *r)
{
    buf_release(&r->key);
}

bool pebble_rows_open(struct pebble_rows *r, struct span block)
{
    struct reader b;
    uint64_t restarts;

    buf_clear(&r->key);
    r->left = reader_of(block.data, 0);
    if (block.len < RESTART_LEN)
        return false;
    b = reader_of(block.data + block.len - RESTART_LEN, RESTART_LEN);
    restarts = reader_le(&b, RESTART_LEN);
    if (restarts > (block.len - RESTART_LEN) / RESTART_LEN)
        return false;
    r->left = reader_of(block.data, block.len - (size_t)(restarts + 1) * RESTART_LEN);
    return true;
}

int pebble_rows_next(struct pebble_rows *r)
{
    uint64_t shared, own, value_len;
    struct span rest;

    if (reader_left(&r->left) == 0)
        return r->left.bad ? -1 : 0;
    shared = reader_uv(&r->left);
    own = reader_uv(&r->left);
    value_len = reader_uv(&r->left);
    rest = reader_take(&r->left, own);
    r->value = reader_take(&r->left, value_len);
    if (r->left.bad || shared > r->key.len)
        return -1;
    r->key.len = (size_t)shared;
    return buf_append(&r->key, rest.data, rest.len) < 0 ? -1 : 1;
}
