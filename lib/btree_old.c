/*
 * The tree is read level by level, from the root down, and each page becomes its children.  So no page is looked at
 * twice, all leaves are at one depth, and nothing nests.
 */
#include "btree_old.h"

#include <stdlib.h>

#include "grow.h"

/* As many pages as a file can have. */
#define CHILDREN_MAX ((size_t)1 << 30)

int btree_children_add(struct btree_children *c, int64_t id, uint32_t page, struct err *e)
{
    struct btree_child *data = grow_array(c->data, &c->cap, c->n + 1, CHILDREN_MAX, sizeof(*data));

    if (data == NULL)
        return err_set(e, EX_OSERR, "no memory");
    c->data = data;
    data[c->n++] = (struct btree_child){id, page};
    return 0;
}

void btree_children_release(struct btree_children *c)
{
    free(c->data);
    *c = (struct btree_children){0};
}

static int refuse(const struct btree_file *f, const char *why, struct err *e)
{
    return err_set(e, EX_DATAERR, "'%s' has a table that is broken: %s", f->name, why);
}

/* Where cell ${i} of a page with that header is, with ${*len} bytes from there to the page's end; or NULL. */
static const uint8_t *cell_of(const struct btree_page *p, uint32_t header, uint32_t i, size_t *len)
{
    uint32_t at;

    if (i >= btree_get16(p->data + BTREE_N_CELLS) || header + (i + 1) * BTREE_POINTER > p->usable)
        return NULL;
    at = btree_get16(p->data + header + i * BTREE_POINTER);
    if (at < header || at >= p->usable)
        return NULL;
    *len = p->usable - at;
    return p->data + at;
}

int btree_old_id(const struct btree_page *leaf, const struct btree_file *f, uint32_t i, int64_t *id, struct err *e)
{
    uint64_t payload, v;
    size_t len, n;
    const uint8_t *cell = cell_of(leaf, BTREE_LEAF_HEADER, i, &len);

    if (cell == NULL || (n = dbrecord_varint(cell, len, &payload)) == 0 || dbrecord_varint(cell + n, len - n, &v) == 0)
        return refuse(f, "a leaf says something impossible", e);
    *id = (int64_t)v;
    return 0;
}

/* The type of ${page}. Return it, or -1 with ${e}. */
static int type_of(struct btree_file *f, uint32_t page, struct err *e)
{
    uint8_t header[BTREE_LEAF_HEADER];

    if (btree_file_read(f, page, header, sizeof(header), e) < 0)
        return -1;
    if (header[0] == BTREE_TABLE_LEAF && btree_get16(header + BTREE_N_CELLS) == 0)
        return refuse(f, "a leaf without rows", e);
    return header[0];
}

static int add_child(struct btree_file *f, struct btree_children *to, int64_t id, uint32_t page, struct err *e)
{
    return btree_file_take(f, page, e) < 0 ? -1 : btree_children_add(to, id, page, e);
}

/* Add the children of the inner page that is at ${p}, whose greatest id is ${id}, to ${to}. */
static int add_children(
    struct btree_file *f, const struct btree_page *p, int64_t id, struct btree_children *to, struct err *e)
{
    uint32_t n = btree_get16(p->data + BTREE_N_CELLS);

    for (uint32_t i = 0; i < n; i++) {
        size_t len;
        const uint8_t *cell = cell_of(p, BTREE_INNER_HEADER, i, &len);
        uint64_t key;

        if (cell == NULL || len < 4 || dbrecord_varint(cell + 4, len - 4, &key) == 0)
            return refuse(f, "an inner page says something impossible", e);
        if (add_child(f, to, (int64_t)key, btree_get32(cell), e) < 0)
            return -1;
    }
    return add_child(f, to, id, btree_get32(p->data + BTREE_RIGHT), e);
}

/* Make ${to} the children of all pages of ${level}. */
static int descend(struct btree_file *f, const struct btree_children *level, struct btree_children *to,
    struct btree_page *page, struct err *e)
{
    for (size_t i = 0; i < level->n; i++) {
        if (btree_file_read(f, level->data[i].page, page->data, f->page_size, e) < 0)
            return -1;
        if (page->data[0] != BTREE_TABLE_INNER)
            return refuse(f, "an inner page is none", e);
        if (add_children(f, page, level->data[i].id, to, e) < 0)
            return -1;
    }
    return 0;
}

/* Read level by level until ${level}, at first the root, is that of the leaves. */
static int find_leaves(struct btree_file *f, struct btree_children *level, struct btree_children *inner,
    struct btree_page *page, struct err *e)
{
    for (int depth = 1; depth <= BTREE_DEPTH_MAX; depth++) {
        struct btree_children next = {0};
        int type = type_of(f, level->data[0].page, e), r = 0;

        if (type < 0 || type == BTREE_TABLE_LEAF)
            return type < 0 ? -1 : 0;
        if (depth == BTREE_DEPTH_MAX)
            break;
        for (size_t i = 0; r == 0 && depth > 1 && i < level->n; i++)
            r = btree_children_add(inner, 0, level->data[i].page, e);
        if (r == 0)
            r = descend(f, level, &next, page, e);
        btree_children_release(level);
        *level = next;
        if (r < 0)
            return -1;
    }
    return refuse(f, "it is too deep", e);
}

/* See that the leaves are leaves, and that what inner pages say of their ids ascends. */
static int check_leaves(struct btree_file *f, const struct btree_children *leaves, int64_t first, struct err *e)
{
    for (size_t i = 0; i < leaves->n; i++) {
        int type = type_of(f, leaves->data[i].page, e);

        if (type < 0)
            return -1;
        if (type != BTREE_TABLE_LEAF)
            return refuse(f, "a leaf is none", e);
        if (i == 0 ? leaves->data[i].id < first : leaves->data[i].id <= leaves->data[i - 1].id)
            return refuse(f, "row ids are out of order", e);
    }
    return 0;
}

/* The least id of all leaves, and the greatest, which no inner page knows. */
static int find_ends(
    struct btree_file *f, const struct btree_children *leaves, struct btree_page *page, int64_t *first, struct err *e)
{
    struct btree_child *last = &leaves->data[leaves->n - 1];

    if (btree_file_read(f, leaves->data[0].page, page->data, f->page_size, e) < 0 ||
        btree_old_id(page, f, 0, first, e) < 0 || btree_file_read(f, last->page, page->data, f->page_size, e) < 0)
        return -1;
    return btree_old_id(page, f, btree_get16(page->data + BTREE_N_CELLS) - 1, &last->id, e);
}

int btree_old_read(struct btree_file *f, uint32_t root, struct btree_children *leaves, struct btree_children *inner,
    int64_t *first, struct err *e)
{
    struct btree_page page;
    int r = btree_page_init(&page, f, e);

    if (r == 0)
        r = btree_children_add(leaves, INT64_MAX, root, e);
    if (r == 0)
        r = find_leaves(f, leaves, inner, &page, e);
    if (r == 0)
        r = find_ends(f, leaves, &page, first, e);
    if (r == 0)
        r = check_leaves(f, leaves, *first, e);
    btree_page_release(&page);
    return r;
}
