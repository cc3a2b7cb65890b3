#include "pebble_part.h"

void pebble_part_init(struct pebble_part *p)
{
    *p = (struct pebble_part){0};
    buf_init(&p->block, PEBBLE_BLOCK_MAX);
    pebble_rows_init(&p->rows);
    pebble_keys_init(&p->keys);
}

void pebble_part_release(struct pebble_part *p)
{
    buf_release(&p->block);
    pebble_rows_release(&p->rows);
    pebble_keys_release(&p->keys);
}

int pebble_part_open(struct pebble_part *p, const struct pebble_table *t, struct pebble_handle handle,
    unsigned columns_from, size_t header, const uint8_t *types, size_t n, const char *what, struct err *e)
{
    struct span s;
    const char *wrong = NULL;

    p->columns = t->version >= columns_from;
    p->next = 0;
    if (pebble_block_read(&p->block, t->fd, t->file, handle, t->sum, t->raw, e) < 0)
        return -1;
    s = pebble_block_span(&p->block);
    if (p->columns)
        wrong = pebble_cols_open(&p->cols, s, header, types, n);
    else if (!pebble_rows_open(&p->rows, s))
        wrong = "no block of rows";
    return wrong != NULL ? pebble_table_damaged(t, what, wrong, e) : 0;
}

int pebble_part_no_row(const struct pebble_part *p, const struct pebble_table *t, const char *what, struct err *e)
{
    if (!p->columns && p->rows.key.failed)
        return err_set(e, EX_OSERR, "%s: no memory for a key", t->file->name);
    return pebble_table_damaged(t, what, "no row", e);
}
