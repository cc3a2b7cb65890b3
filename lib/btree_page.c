#include "btree_page.h"

#include <stdlib.h>

int btree_page_init(struct btree_page *p, const struct btree_file *f, struct err *e)
{
    *p = (struct btree_page){.data = malloc(f->page_size), .page_size = f->page_size, .usable = f->usable};
    return p->data == NULL ? err_set(e, EX_OSERR, "no memory") : 0;
}

void btree_page_release(struct btree_page *p)
{
    free(p->data);
    p->data = NULL;
}

void btree_page_start(struct btree_page *p, uint8_t type)
{
    memset(p->data, 0, p->page_size);
    p->data[0] = type;
    p->header = btree_is_inner(type) ? BTREE_INNER_HEADER : BTREE_LEAF_HEADER;
    p->n = p->last = 0;
    p->content = p->usable;
}

size_t btree_page_take_last(struct btree_page *p, uint8_t *to)
{
    uint32_t len = p->last, room = len < BTREE_CELL_MIN ? BTREE_CELL_MIN : len;

    memcpy(to, p->data + p->content, len);
    memset(p->data + p->content, 0, room);
    p->content += room;
    p->n--;
    btree_put16(p->data + p->header + p->n * BTREE_POINTER, 0);
    return len;
}

void btree_page_finish(struct btree_page *p, uint32_t right)
{
    /* No free blocks, no fragments: both stay zero. 65536 is written as 0. */
    btree_put16(p->data + BTREE_N_CELLS, p->n);
    btree_put16(p->data + BTREE_N_CELLS + 2, p->content);
    if (btree_is_inner(p->data[0]))
        btree_put32(p->data + BTREE_RIGHT, right);
}
