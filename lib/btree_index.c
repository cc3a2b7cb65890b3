/*
 * An index is a B-tree: the keys between two pages stand in the page above them, and nowhere else.  So a page that is
 * full waits for its end: the key that found no room in it will stand between it and the next page, if there comes
 * another key for that.  If none does, the page gives up its last key for that place, as no page may be without one.
 */
#include <stdlib.h>

#include "btree_page.h"

/*
 * The page of one level that is being filled; leaves are level 0.  ${number} is its number, 0 until it has one.  With
 * ${full}, ${right} is its last child, and the key that comes after it is the ${key_len} bytes at ${key}: a cell
 * without the child.
 */
struct level {
    struct btree_page page;
    uint32_t number, right;
    bool full;
    uint8_t *key;
    size_t key_len;
};

/* ${spare} has room for a cell; ${local_max} is X of format 1.6. */
struct btree_index {
    struct btree_file *file;
    uint32_t root, local_max;
    struct level levels[BTREE_DEPTH_MAX];
    size_t n;
    uint8_t *spare;
};

static int add_level(struct btree_index *t, struct err *e)
{
    struct level *l = &t->levels[t->n];

    if (t->n == BTREE_DEPTH_MAX)
        return err_set(e, EX_DATAERR, "'%s' has an index that is too deep", t->file->name);
    t->n++;
    if (btree_page_init(&l->page, t->file, e) < 0)
        return -1;
    l->key = malloc(t->file->page_size);
    if (l->key == NULL)
        return err_set(e, EX_OSERR, "no memory");
    btree_page_start(&l->page, t->n == 1 ? BTREE_INDEX_LEAF : BTREE_INDEX_INNER);
    return 0;
}

/* See that the root is an empty leaf. */
static int check_root(struct btree_index *t, struct err *e)
{
    uint8_t header[BTREE_LEAF_HEADER];

    if (btree_file_take(t->file, t->root, e) < 0 || btree_file_read(t->file, t->root, header, sizeof(header), e) < 0)
        return -1;
    if (header[0] == BTREE_INDEX_LEAF && btree_get16(header + BTREE_N_CELLS) == 0)
        return 0;
    return err_set(e, EX_DATAERR, "'%s' has no empty index whose root is page %u", t->file->name, (unsigned)t->root);
}

static void free_index(struct btree_index *t)
{
    for (size_t i = 0; i < t->n; i++) {
        btree_page_release(&t->levels[i].page);
        free(t->levels[i].key);
    }
    btree_file_leave(t->file);
    free(t->spare);
    free(t);
}

static int begin(struct btree_index *t, struct err *e)
{
    t->spare = malloc(t->file->page_size);
    if (t->spare == NULL)
        return err_set(e, EX_OSERR, "no memory");
    return check_root(t, e) < 0 ? -1 : add_level(t, e);
}

struct btree_index *btree_index_begin(struct btree_file *f, uint32_t root, struct err *e)
{
    struct btree_index *t = btree_file_enter(f, sizeof(*t), e);

    if (t == NULL)
        return NULL;
    t->file = f;
    t->root = root;
    t->local_max = (f->usable - 12) * 64 / 255 - 23;
    if (begin(t, e) == 0)
        return t;
    free_index(t);
    return NULL;
}

/* Give the page of ${l} a number, unless it has one. */
static int number(struct btree_index *t, struct level *l, struct err *e)
{
    if (l->number == 0 && btree_file_append(t->file, e) == NULL)
        return -1;
    if (l->number == 0)
        l->number = t->file->pages;
    return 0;
}

/* Write the page of ${l}, whose last child is ${right}, and begin the next; its number goes to ${*page}. */
static int close_page(struct btree_index *t, struct level *l, uint32_t right, uint32_t *page, struct err *e)
{
    btree_page_finish(&l->page, right);
    if (number(t, l, e) < 0 || btree_file_put(t->file, l->number, l->page.data, e) < 0)
        return -1;
    *page = l->number;
    l->number = 0;
    btree_page_start(&l->page, l->page.data[0]);
    return 0;
}

static int push(struct btree_index *t, size_t at, uint32_t child, const uint8_t *key, size_t len, struct err *e);

/* Write the full page of level ${at}, and put the key that comes after it into the level above. */
static int go_on(struct btree_index *t, size_t at, struct err *e)
{
    struct level *l = &t->levels[at];
    uint32_t page;

    if (close_page(t, l, l->right, &page, e) < 0)
        return -1;
    l->full = false;
    return push(t, at + 1, page, l->key, l->key_len, e);
}

/* Add to level ${at} the page ${child} of the level beneath, and the key after it. */
static int push(struct btree_index *t, size_t at, uint32_t child, const uint8_t *key, size_t len, struct err *e)
{
    struct level *l = &t->levels[at];
    uint8_t *to;

    if ((at == t->n && add_level(t, e) < 0) || (l->full && go_on(t, at, e) < 0))
        return -1;
    if (btree_page_fits(&l->page, 4 + len)) {
        to = btree_page_add(&l->page, 4 + len);
        btree_put32(to, child);
        memcpy(to + 4, key, len);
        return 0;
    }
    l->full = true;
    l->right = child;
    memcpy(l->key, key, len);
    l->key_len = len;
    return 0;
}

/* A place for a cell of ${len} bytes at the leaves: in the page that is being filled, or behind it. */
static uint8_t *leaf_cell(struct btree_index *t, size_t len, struct err *e)
{
    struct level *l = &t->levels[0];

    /* The page's number comes before those of its overflow pages, so that whoever reads in order reads forwards. */
    if (l->full && (go_on(t, 0, e) < 0 || number(t, l, e) < 0))
        return NULL;
    if (btree_page_fits(&l->page, len))
        return btree_page_add(&l->page, len);
    l->full = true;
    l->key_len = len;
    return l->key;
}

static int add(struct btree_index *t, struct span key, struct err *e)
{
    size_t local = btree_local(t->file->usable, t->local_max, key.len);
    size_t len = dbrecord_varint_len(key.len) + local + (local < key.len ? 4 : 0);
    uint8_t *to = leaf_cell(t, len, e);
    uint32_t page;

    if (to == NULL)
        return -1;
    to += dbrecord_put_varint(to, key.len);
    memcpy(to, key.data, local);
    if (local == key.len)
        return 0;
    page = btree_file_overflow(t->file, (struct span){key.data + local, key.len - local}, e);
    btree_put32(to + local, page);
    return page == 0 ? -1 : 0;
}

int btree_index_add(struct btree_index *t, struct span key, struct err *e)
{
    if (t->file->failed)
        return err_set(e, EX_SOFTWARE, "'%s' takes no further key", t->file->name);
    if (key.len == 0 || key.len > BTREE_RECORD_MAX) {
        err_set(e, EX_DATAERR, "'%s' does not take a key of %zu bytes", t->file->name, key.len);
        return btree_file_fail(t->file);
    }
    return add(t, key, e) < 0 ? btree_file_fail(t->file) : 0;
}

/* Make two pages of the full page of level ${at} and the key after it: the first is written, the second begun. */
static int split_last(struct btree_index *t, size_t at, struct err *e)
{
    struct level *l = &t->levels[at];
    const size_t child_len = at == 0 ? 0 : 4;
    uint32_t right = l->right, page;
    size_t len = btree_page_take_last(&l->page, t->spare);
    uint8_t *to;

    if (close_page(t, l, at == 0 ? 0 : btree_get32(t->spare), &page, e) < 0 ||
        push(t, at + 1, page, t->spare + child_len, len - child_len, e) < 0)
        return -1;
    l->full = false;
    to = btree_page_add(&l->page, child_len + l->key_len);
    if (at > 0)
        btree_put32(to, right);
    memcpy(to + child_len, l->key, l->key_len);
    return 0;
}

/* Write the last page of each level, which is the last child of the one above; the topmost is the root. */
static int end(struct btree_index *t, struct err *e)
{
    uint32_t page = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct level *l = &t->levels[i];

        if (l->full && split_last(t, i, e) < 0)
            return -1;
        if (i + 1 == t->n) {
            btree_page_finish(&l->page, page);
            return btree_file_put(t->file, t->root, l->page.data, e);
        }
        if (close_page(t, l, page, &page, e) < 0)
            return -1;
    }
    return 0;
}

int btree_index_end(struct btree_index *t, struct err *e)
{
    int r = 0;

    if (t->file->failed)
        r = err_set(e, EX_SOFTWARE, "'%s' has an index that is not complete", t->file->name);
    else if (t->levels[0].page.n > 0 && end(t, e) < 0)
        r = btree_file_fail(t->file);
    free_index(t);
    return r;
}
