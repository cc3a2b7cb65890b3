/*
 * A table is a B+-tree: all rows are in leaves, and inner pages hold nothing but row ids.  The leaves are written
 * first, and a list of them is kept; the levels above are made of that.
 */
#include <stdlib.h>

#include "btree_old.h"
#include "btree_page.h"
#include "grow.h"

/* The most parts. */
#define PARTS_MAX ((size_t)1 << 24)

/* The longest cell of an inner page: a child and an id; and its pointer. */
enum { INNER_CELL_MAX = 4 + DBRECORD_VARINT_MAX + BTREE_POINTER };

/* Rows with ids from ${first} to ${last}: the ${n} leaves from ${at} on. */
struct part {
    int64_t first, last;
    size_t at, n;
};

/*
 *   leaf        the leaf that is being filled: without cells before the first row
 *   number      its page, 0 until it has one
 *   whole       it is the root of the old tree as it was, and stays as it is
 *   added       a row was added
 *   next_part   the next row begins a part
 *   leaves      those that are written; the last of ${parts} is the one that is being filled
 *   unused      inner pages of the old tree, to be used again from ${next_unused} on
 */
struct btree_table {
    struct btree_file *file;
    uint32_t root;
    struct btree_page leaf;
    uint32_t number;
    bool whole, added, next_part;
    int64_t last_id;
    struct btree_children leaves, unused;
    size_t next_unused;
    struct part *parts;
    size_t n_parts, parts_cap;
};

/* Begin a part of rows from ${id} on. */
static int add_part(struct btree_table *t, int64_t id, struct err *e)
{
    struct part *parts = grow_array(t->parts, &t->parts_cap, t->n_parts + 1, PARTS_MAX, sizeof(*parts));

    if (parts == NULL)
        return err_set(e, EX_OSERR, "no memory for parts of a table");
    t->parts = parts;
    parts[t->n_parts++] = (struct part){.first = id, .at = t->leaves.n};
    t->next_part = false;
    return 0;
}

/* The old tree is one leaf at the root: take it for a part that is complete. */
static int take_leaf(struct btree_table *t, struct err *e)
{
    uint32_t n = btree_get16(t->leaf.data + BTREE_N_CELLS);
    int64_t first;

    if (n == 0) {
        btree_page_start(&t->leaf, BTREE_TABLE_LEAF);
        return 0;
    }
    if (btree_old_id(&t->leaf, t->file, 0, &first, e) < 0 ||
        btree_old_id(&t->leaf, t->file, n - 1, &t->last_id, e) < 0 || add_part(t, first, e) < 0)
        return -1;
    t->leaf.n = n;
    t->whole = t->next_part = true;
    return first <= t->last_id ? 0 : err_set(e, EX_DATAERR, "'%s' has row ids out of order", t->file->name);
}

/* The old tree has inner pages: take its leaves. */
static int take_tree(struct btree_table *t, struct err *e)
{
    int64_t first;

    if (add_part(t, 0, e) < 0 || btree_old_read(t->file, t->root, &t->leaves, &t->unused, &first, e) < 0)
        return -1;
    t->parts[0].first = first;
    t->parts[0].last = t->leaves.data[t->leaves.n - 1].id;
    t->parts[0].n = t->leaves.n;
    t->next_part = true;
    btree_page_start(&t->leaf, BTREE_TABLE_LEAF);
    return 0;
}

static int begin(struct btree_table *t, struct err *e)
{
    struct btree_file *f = t->file;

    if (btree_page_init(&t->leaf, f, e) < 0 || btree_file_take(f, t->root, e) < 0 ||
        btree_file_read(f, t->root, t->leaf.data, f->page_size, e) < 0)
        return -1;
    if (t->leaf.data[0] == BTREE_TABLE_LEAF)
        return take_leaf(t, e);
    if (t->leaf.data[0] == BTREE_TABLE_INNER)
        return take_tree(t, e);
    return err_set(e, EX_DATAERR, "'%s' has no table whose root is page %u", f->name, (unsigned)t->root);
}

static void free_table(struct btree_table *t)
{
    btree_file_leave(t->file);
    btree_page_release(&t->leaf);
    btree_children_release(&t->leaves);
    btree_children_release(&t->unused);
    free(t->parts);
    free(t);
}

struct btree_table *btree_table_begin(struct btree_file *f, uint32_t root, struct err *e)
{
    struct btree_table *t = btree_file_enter(f, sizeof(*t), e);

    if (t == NULL)
        return NULL;
    t->file = f;
    t->root = root;
    t->next_part = true;
    if (begin(t, e) == 0)
        return t;
    free_table(t);
    return NULL;
}

/* Write the leaf, and begin the next. */
static int close_leaf(struct btree_table *t, struct err *e)
{
    struct part *part = &t->parts[t->n_parts - 1];

    if (!t->whole)
        btree_page_finish(&t->leaf, 0);
    if (t->number == 0) {
        if (btree_file_append(t->file, e) == NULL)
            return -1;
        t->number = t->file->pages;
    }
    if (btree_file_put(t->file, t->number, t->leaf.data, e) < 0 ||
        btree_children_add(&t->leaves, t->last_id, t->number, e) < 0)
        return -1;
    part->last = t->last_id;
    part->n++;
    t->whole = false;
    t->number = 0;
    btree_page_start(&t->leaf, BTREE_TABLE_LEAF);
    return 0;
}

/*
 * Begin a leaf for the row ${id}.  Its number comes before those of its overflow pages, so that whoever reads in order
 * reads forwards; but the only leaf of a table will be the root.
 */
static int next_leaf(struct btree_table *t, int64_t id, struct err *e)
{
    if (t->leaf.n > 0 && close_leaf(t, e) < 0)
        return -1;
    if (t->next_part && add_part(t, id, e) < 0)
        return -1;
    if (t->leaves.n == 0)
        return 0;
    if (btree_file_append(t->file, e) == NULL)
        return -1;
    t->number = t->file->pages;
    return 0;
}

static int add(struct btree_table *t, int64_t id, struct span record, struct err *e)
{
    size_t local = btree_local(t->file->usable, t->file->usable - 35, record.len);
    size_t len =
        dbrecord_varint_len(record.len) + dbrecord_varint_len((uint64_t)id) + local + (local < record.len ? 4 : 0);
    uint32_t page;
    uint8_t *to;

    if ((t->next_part || !btree_page_fits(&t->leaf, len)) && next_leaf(t, id, e) < 0)
        return -1;
    to = btree_page_add(&t->leaf, len);
    to += dbrecord_put_varint(to, record.len);
    to += dbrecord_put_varint(to, (uint64_t)id);
    memcpy(to, record.data, local);
    t->last_id = id;
    t->added = true;
    if (local == record.len)
        return 0;
    page = btree_file_overflow(t->file, (struct span){record.data + local, record.len - local}, e);
    btree_put32(to + local, page);
    return page == 0 ? -1 : 0;
}

int btree_table_add(struct btree_table *t, int64_t id, struct span record, struct err *e)
{
    if (t->file->failed)
        return err_set(e, EX_SOFTWARE, "'%s' takes no further row", t->file->name);
    if (record.len == 0 || record.len > BTREE_RECORD_MAX) {
        err_set(e, EX_DATAERR, "'%s' does not take a row of %zu bytes", t->file->name, record.len);
        return btree_file_fail(t->file);
    }
    if (!t->next_part && id <= t->last_id) {
        err_set(e, EX_SOFTWARE, "row %lld comes after row %lld", (long long)id, (long long)t->last_id);
        return btree_file_fail(t->file);
    }
    return add(t, id, record, e) < 0 ? btree_file_fail(t->file) : 0;
}

void btree_table_part(struct btree_table *t)
{
    t->next_part = true;
}

static int compare_parts(const void *x, const void *y)
{
    const struct part *a = x, *b = y;

    return (a->first > b->first) - (a->first < b->first);
}

static int order_parts(struct btree_table *t, struct err *e)
{
    qsort(t->parts, t->n_parts, sizeof(*t->parts), compare_parts);
    for (size_t i = 1; i < t->n_parts; i++)
        if (t->parts[i].first <= t->parts[i - 1].last)
            return err_set(e, EX_SOFTWARE, "rows from %lld and from %lld on overlap", (long long)t->parts[i - 1].first,
                (long long)t->parts[i].first);
    return 0;
}

/*
 * A level of inner pages: ${page} is being filled, ${left} children are still to come, ${made} are the pages that are
 * written.
 */
struct inner {
    struct btree_page page;
    size_t left;
    struct btree_children made;
};

/* The number of another inner page: one of the old tree, or a new one. Return it, or 0 with ${e}. */
static uint32_t inner_number(struct btree_table *t, struct err *e)
{
    if (t->next_unused < t->unused.n)
        return t->unused.data[t->next_unused++].page;
    return btree_file_append(t->file, e) == NULL ? 0 : t->file->pages;
}

/* Write the page of ${in}, whose last child is ${c}: to the root if it is the only one of its level. */
static int close_inner(struct btree_table *t, struct inner *in, const struct btree_child *c, struct err *e)
{
    uint32_t page = in->left == 0 && in->made.n == 0 ? t->root : inner_number(t, e);

    btree_page_finish(&in->page, c->page);
    if (page == 0 || btree_file_put(t->file, page, in->page.data, e) < 0 ||
        btree_children_add(&in->made, c->id, page, e) < 0)
        return -1;
    btree_page_start(&in->page, BTREE_TABLE_INNER);
    return 0;
}

/* Whether ${c}, with a cell of ${len} bytes, is to be the last child of the page that is being filled. */
static bool ends_page(const struct inner *in, size_t len)
{
    if (in->left == 0 || !btree_page_fits(&in->page, len))
        return true;
    /* Two more: if the next ended this page, the last would be alone on its own, which then had no cell. */
    return in->left == 2 && !btree_page_fits(&in->page, 2 * INNER_CELL_MAX);
}

/* Add the next child to the level. */
static int add_inner(struct btree_table *t, struct inner *in, const struct btree_child *c, struct err *e)
{
    size_t len = 4 + dbrecord_varint_len((uint64_t)c->id);
    uint8_t *to;

    in->left--;
    if (ends_page(in, len))
        return close_inner(t, in, c, e);
    to = btree_page_add(&in->page, len);
    btree_put32(to, c->page);
    dbrecord_put_varint(to + 4, (uint64_t)c->id);
    return 0;
}

/* Make a level above that of ${pages}, which becomes it. */
static int add_level(struct btree_table *t, struct inner *in, struct btree_children *pages, struct err *e)
{
    int r = 0;

    in->left = pages->n;
    in->made = (struct btree_children){0};
    for (size_t i = 0; r == 0 && i < pages->n; i++)
        r = add_inner(t, in, &pages->data[i], e);
    btree_children_release(pages);
    *pages = in->made;
    return r;
}

/* Make the level above the leaves, in the order of the parts. */
static int add_first_level(struct btree_table *t, struct inner *in, struct btree_children *pages, struct err *e)
{
    int r = 0;

    in->left = t->leaves.n;
    for (size_t i = 0; i < t->n_parts; i++)
        for (size_t k = 0; r == 0 && k < t->parts[i].n; k++)
            r = add_inner(t, in, &t->leaves.data[t->parts[i].at + k], e);
    *pages = in->made;
    return r;
}

/* Write the levels above the leaves, of which there are at least two, until one is a single page. */
static int write_inner(struct btree_table *t, struct err *e)
{
    struct inner in = {0};
    struct btree_children pages = {0};
    int r = btree_page_init(&in.page, t->file, e);

    if (r == 0) {
        btree_page_start(&in.page, BTREE_TABLE_INNER);
        r = add_first_level(t, &in, &pages, e);
    }
    while (r == 0 && pages.n > 1)
        r = add_level(t, &in, &pages, e);
    btree_children_release(&pages);
    btree_page_release(&in.page);
    return r;
}

/* Make the old inner pages that found no use free. */
static int release_unused(struct btree_table *t, struct err *e)
{
    size_t n = t->unused.n - t->next_unused;
    uint32_t *pages = n > 0 ? malloc(n * sizeof(*pages)) : NULL;
    int r;

    if (n == 0)
        return 0;
    if (pages == NULL)
        return err_set(e, EX_OSERR, "no memory");
    for (size_t i = 0; i < n; i++)
        pages[i] = t->unused.data[t->next_unused + i].page;
    r = btree_file_release(t->file, pages, n, e);
    free(pages);
    return r;
}

static int end(struct btree_table *t, struct err *e)
{
    if (t->leaves.n == 0) {
        btree_page_finish(&t->leaf, 0);
        return btree_file_put(t->file, t->root, t->leaf.data, e);
    }
    if (close_leaf(t, e) < 0 || order_parts(t, e) < 0 || write_inner(t, e) < 0)
        return -1;
    return release_unused(t, e);
}

int btree_table_end(struct btree_table *t, struct err *e)
{
    int r = 0;

    if (t->file->failed)
        r = err_set(e, EX_SOFTWARE, "'%s' has a table that is not complete", t->file->name);
    else if (t->added && end(t, e) < 0)
        r = btree_file_fail(t->file);
    free_table(t);
    return r;
}
