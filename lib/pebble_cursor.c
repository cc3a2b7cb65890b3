#include "pebble_cursor.h"

#include <stdlib.h>

/* Behind the key in a row: sequence number and kind. */
#define TRAILER_LEN 8

static int open_index(struct pebble_part *p, const struct pebble_table *t, struct pebble_handle handle, struct err *e)
{
    static const uint8_t types[] = {PEBBLE_STRINGS, PEBBLE_UINTS, PEBBLE_UINTS, PEBBLE_STRINGS};

    if (pebble_part_open(p, t, handle, PEBBLE_VERSION_COLUMNS, 0, types, 4, "index", e) < 0)
        return -1;
    if (p->columns && (!pebble_strings_open(&p->names, &p->cols, 0, p->cols.rows) ||
                          !pebble_uints_open(&p->offsets, &p->cols, 1, p->cols.rows) ||
                          !pebble_uints_open(&p->lengths, &p->cols, 2, p->cols.rows)))
        return pebble_table_damaged(t, "index", "values at wrong places", e);
    return 0;
}

/* Read the next entry of an index: up to where its block goes, and where it is. Return 1, 0 or -1. */
static int next_entry(struct pebble_part *p, struct span *separator, struct pebble_handle *handle)
{
    struct reader b;
    int n;

    if (p->columns) {
        if (p->next == p->cols.rows)
            return 0;
        *separator = pebble_strings_at(&p->names, p->next);
        handle->offset = pebble_uints_at(&p->offsets, p->next);
        handle->len = pebble_uints_at(&p->lengths, p->next);
        p->next++;
        return 1;
    }
    n = pebble_rows_next(&p->rows);
    if (n <= 0)
        return n;
    *separator = pebble_block_span(&p->rows.key);
    b = reader_of(p->rows.value.data, p->rows.value.len);
    *handle = pebble_block_handle(&b);
    if (b.bad || separator->len < TRAILER_LEN)
        return -1;
    separator->len -= TRAILER_LEN;
    return 1;
}

/* Advance an index to the next entry that may lead to keys from ${c}->from on. Return 1, 0 or -1. */
static int next_block(struct pebble_cursor *c, struct pebble_part *index, struct pebble_handle *handle, struct err *e)
{
    struct span separator;
    int n;

    do
        n = next_entry(index, &separator, handle);
    while (n > 0 && span_compare(separator, c->from) < 0);
    return n < 0 ? pebble_part_no_row(index, c->table, "index", e) : n;
}

/* Open the next block of the index, which is the only one where it has one level. Return 1, 0 or -1. */
static int next_index(struct pebble_cursor *c, struct err *e)
{
    struct pebble_handle handle = c->table->index;
    int n;

    if (!c->table->two_levels) {
        if (c->top_open)
            return 0;
        c->top_open = true;
        return open_index(&c->index, c->table, handle, e) < 0 ? -1 : 1;
    }
    if (!c->top_open && open_index(&c->top, c->table, handle, e) < 0)
        return -1;
    c->top_open = true;
    n = next_block(c, &c->top, &handle, e);
    if (n <= 0)
        return n;
    return open_index(&c->index, c->table, handle, e) < 0 ? -1 : 1;
}

static int open_data(struct pebble_part *p, const struct pebble_table *t, struct pebble_handle handle, struct err *e)
{
    static const uint8_t types[] = {
        PEBBLE_KEYS, PEBBLE_STRINGS, PEBBLE_UINTS, PEBBLE_BITMAP, PEBBLE_STRINGS, PEBBLE_BITMAP, PEBBLE_BITMAP};
    bool elsewhere = false;

    if (pebble_part_open(p, t, handle, PEBBLE_VERSION_COLUMNS, 4, types, 7, "data", e) < 0)
        return -1;
    if (p->columns &&
        (!pebble_keys_open(&p->keys, &p->cols, 0) || !pebble_strings_open(&p->names, &p->cols, 1, p->cols.rows) ||
            !pebble_uints_open(&p->trailers, &p->cols, 2, p->cols.rows) ||
            !pebble_strings_open(&p->values, &p->cols, 4, p->cols.rows) || !pebble_bitmap_any(&p->cols, 5, &elsewhere)))
        return pebble_table_damaged(t, "data", "values at wrong places", e);
    return elsewhere ? pebble_table_refuse(t, "values outside their rows, which are", e) : 0;
}

/* Read the next row of columns; the rest of the key is appended, though this order of keys knows none. */
static int next_column_row(struct pebble_cursor *c, struct err *e)
{
    struct pebble_part *p = &c->data;

    if (p->next == p->cols.rows)
        return 0;
    if (!pebble_keys_next(&p->keys))
        return err_set(e, EX_OSERR, "%s: no memory for a key", c->table->file->name);
    if (pebble_strings_at(&p->names, p->next).len > 0)
        return pebble_table_refuse(c->table, "keys with suffixes, which are", e);
    c->key = pebble_block_span(&p->keys.key);
    c->trailer = pebble_uints_at(&p->trailers, p->next);
    c->value = pebble_strings_at(&p->values, p->next);
    p->next++;
    return 1;
}

/* What versions 3 and 4 put before a value says where it is. */
static int take_value_prefix(struct pebble_cursor *c, struct err *e)
{
    struct reader b = reader_of(c->value.data, c->value.len);
    uint8_t prefix = reader_u8(&b);

    if (b.bad)
        return pebble_table_damaged(c->table, "data", "a value without its prefix", e);
    if ((prefix & 0xc0) != 0)
        return pebble_table_refuse(c->table, "values outside their rows, which are", e);
    c->value = reader_take(&b, reader_left(&b));
    return 1;
}

static int next_row(struct pebble_cursor *c, struct err *e)
{
    int n = pebble_rows_next(&c->data.rows);
    struct reader b;

    if (n <= 0)
        return n < 0 ? pebble_part_no_row(&c->data, c->table, "data", e) : 0;
    c->key = pebble_block_span(&c->data.rows.key);
    c->value = c->data.rows.value;
    if (c->key.len < TRAILER_LEN)
        return pebble_table_damaged(c->table, "data", "a key without a sequence number", e);
    c->key.len -= TRAILER_LEN;
    b = reader_of(c->key.data + c->key.len, TRAILER_LEN);
    c->trailer = reader_le(&b, TRAILER_LEN);
    if (c->table->version == 4)
        c->trailer &= ~UINT64_C(0x40); /* marked as obsolete, which only speeds others up */
    if (c->table->version >= 3 && (c->trailer & 0xff) == PEBBLE_SET)
        return take_value_prefix(c, e);
    return 1;
}

/* Read the next point, wherever it is. Return 1, 0 or -1. */
static int next_point(struct pebble_cursor *c, struct err *e)
{
    struct pebble_handle handle;
    int n;

    for (;;) {
        if (c->data_open) {
            n = c->data.columns ? next_column_row(c, e) : next_row(c, e);
            if (n != 0)
                return n;
            c->data_open = false;
        }
        n = c->index_open ? next_block(c, &c->index, &handle, e) : 0;
        if (n > 0)
            n = open_data(&c->data, c->table, handle, e);
        else if (n == 0 && (n = next_index(c, e)) > 0) {
            c->index_open = true;
            continue;
        } else
            return n;
        if (n < 0)
            return -1;
        c->data_open = true;
    }
}

/* Keys ascend; of one key the newest comes first.  What follows relies on it. */
static int check_order(struct pebble_cursor *c, struct err *e)
{
    int order = c->has_last ? span_compare(pebble_block_span(&c->last_key), c->key) : -1;

    if (order > 0 || (order == 0 && c->last_trailer <= c->trailer))
        return pebble_table_damaged(c->table, "data", "keys are not in order", e);
    c->has_last = true;
    c->last_trailer = c->trailer;
    if (order == 0)
        return 0;
    buf_clear(&c->last_key);
    if (buf_append(&c->last_key, c->key.data, c->key.len) < 0)
        return err_set(e, EX_OSERR, "%s: no memory for a key", c->table->file->name);
    return 0;
}

static int check_kind(struct pebble_cursor *c, struct err *e)
{
    c->seq = c->trailer >> 8;
    c->kind = (uint8_t)c->trailer;
    switch (c->kind) {
    case PEBBLE_DELETE:
    case PEBBLE_SET:
    case PEBBLE_SINGLE_DELETE:
    case PEBBLE_SET_WITH_DELETE:
    case PEBBLE_DELETE_SIZED:
        return 0;
    case PEBBLE_MERGE:
        return pebble_table_refuse(c->table, "values to be merged, which are", e);
    default:
        return err_set(e, EX_DATAERR, "%s: a record of the unknown kind %u", c->table->file->name, c->kind);
    }
}

void pebble_cursor_open(struct pebble_cursor *c, struct pebble_table *t, struct span from)
{
    *c = (struct pebble_cursor){.table = t, .from = from};
    pebble_part_init(&c->top);
    pebble_part_init(&c->index);
    pebble_part_init(&c->data);
    buf_init(&c->last_key, PEBBLE_BLOCK_MAX);
}

void pebble_cursor_close(struct pebble_cursor *c)
{
    pebble_part_release(&c->top);
    pebble_part_release(&c->index);
    pebble_part_release(&c->data);
    buf_release(&c->last_key);
}

int pebble_cursor_next(struct pebble_cursor *c, struct err *e)
{
    int n;

    do {
        n = next_point(c, e);
        if (n <= 0)
            return n;
        if (check_order(c, e) < 0 || check_kind(c, e) < 0)
            return -1;
    } while (span_compare(c->key, c->from) < 0);
    return 1;
}
