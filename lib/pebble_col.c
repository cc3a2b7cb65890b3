#include "pebble_col.h"

#include "pebble_block.h"

#define VERSION 1

/* The encoding of numbers: the width, and whether a base stands before them. */
#define WIDTH_MASK 0x7f
#define WITH_BASE 0x80

/* The greatest power of two that a bundle of keys may have. */
#define SHIFT_MAX 16

enum { BITMAP_DEFAULT = 0, BITMAP_ZERO = 1 };

/* Read the header's offsets; they ascend up to the byte of padding that ends the block. */
static bool find_columns(struct pebble_cols *c, struct reader *b, const uint8_t *types, size_t n)
{
    const size_t end = c->block.len - 1;

    for (size_t i = 0; i < n; i++) {
        if (reader_u8(b) != types[i])
            return false;
        c->at[i] = (size_t)reader_le(b, 4);
    }
    if (b->bad || c->block.len == 0 || c->at[0] < (size_t)(b->p - c->block.data))
        return false;
    c->at[n] = end;
    for (size_t i = 0; i < n; i++)
        if (c->at[i] > c->at[i + 1])
            return false;
    return true;
}

const char *pebble_cols_open(struct pebble_cols *c, struct span block, size_t header, const uint8_t *types, size_t n)
{
    struct reader b = reader_of(block.data, block.len);

    c->block = block;
    reader_take(&b, header);
    if (reader_u8(&b) != VERSION)
        return b.bad ? "cut short" : "columns of an unknown version";
    if (reader_le(&b, 2) != n)
        return "another number of columns";
    c->rows = (uint32_t)reader_le(&b, 4);
    if (c->rows > block.len)
        return "more rows than bytes";
    return find_columns(c, &b, types, n) ? NULL : "columns of other types or at wrong places";
}

static struct reader column(const struct pebble_cols *c, size_t i)
{
    return reader_of(c->block.data + c->at[i], c->at[i + 1] - c->at[i]);
}

/* Values are aligned within the block. */
static void align(struct reader *b, const struct pebble_cols *c, size_t to)
{
    while (!b->bad && (size_t)(b->p - c->block.data) % to != 0)
        reader_take(b, 1);
}

/* Take ${n} numbers, at least one, from ${b}. */
static bool take_uints(struct pebble_uints *u, struct reader *b, const struct pebble_cols *c, size_t n)
{
    uint8_t encoding = reader_u8(b);

    u->width = encoding & WIDTH_MASK;
    if (u->width > 8 || (u->width & (u->width - 1)) != 0)
        return false;
    u->base = (encoding & WITH_BASE) != 0 ? reader_le(b, 8) : 0;
    if (u->width > 0)
        align(b, c, u->width);
    u->data = reader_take(b, (uint64_t)n * u->width).data;
    return !b->bad;
}

bool pebble_uints_open(struct pebble_uints *u, const struct pebble_cols *c, size_t i, size_t n)
{
    struct reader b = column(c, i);

    *u = (struct pebble_uints){c->block.data, 0, 0};
    return n == 0 || take_uints(u, &b, c, n);
}

/* Take ${n} strings, all that is left of ${b}: the offsets, which ascend, and the bytes. */
static bool take_strings(struct pebble_strings *s, struct reader *b, const struct pebble_cols *c, size_t n)
{
    uint64_t before = 0, at = 0;

    /* Strings without any bytes take no room; so many of them nobody writes. */
    if (n > c->block.len || !take_uints(&s->offsets, b, c, n + 1) || s->offsets.base != 0)
        return false;
    s->data = reader_take(b, reader_left(b));
    for (size_t i = 0; i <= n; i++, before = at) {
        at = pebble_uints_at(&s->offsets, i);
        if (at < before)
            return false;
    }
    return at <= s->data.len;
}

bool pebble_strings_open(struct pebble_strings *s, const struct pebble_cols *c, size_t i, size_t n)
{
    struct reader b = column(c, i);

    *s = (struct pebble_strings){{c->block.data, 0, 0}, {c->block.data, 0}};
    return n == 0 || take_strings(s, &b, c, n);
}

bool pebble_bitmap_any(const struct pebble_cols *c, size_t i, bool *any)
{
    struct reader b = column(c, i);
    uint8_t encoding = reader_u8(&b);

    *any = false;
    if (encoding == BITMAP_ZERO || c->rows == 0)
        return !b.bad;
    if (encoding != BITMAP_DEFAULT)
        return false;
    align(&b, c, 8);
    for (uint32_t row = 0; row < c->rows; row += 64)
        *any = reader_le(&b, 8) != 0 || *any;
    return !b.bad;
}

void pebble_keys_init(struct pebble_keys *k)
{
    *k = (struct pebble_keys){0};
    buf_init(&k->key, PEBBLE_BLOCK_MAX);
}

void pebble_keys_release(struct pebble_keys *k)
{
    buf_release(&k->key);
}

bool pebble_keys_open(struct pebble_keys *k, const struct pebble_cols *c, size_t i)
{
    struct reader b = column(c, i);
    size_t n = c->rows;

    k->n = n;
    k->next = 0;
    if (n == 0)
        return true;
    k->shift = reader_u8(&b);
    if (k->shift > SHIFT_MAX || !take_strings(&k->slices, &b, c, n + 1 + ((n - 1) >> k->shift)))
        return false;
    k->prefix = (struct span){k->slices.data.data, (size_t)pebble_uints_at(&k->slices.offsets, 0)};
    return true;
}

/* Begin the bundle whose first slice is ${slice}: the key is the two prefixes. */
static void begin_bundle(struct pebble_keys *k, size_t slice)
{
    struct span prefix = pebble_strings_at(&k->slices, slice);

    buf_clear(&k->key);
    buf_append(&k->key, k->prefix.data, k->prefix.len);
    buf_append(&k->key, prefix.data, prefix.len);
    k->bundle_len = k->key.len;
}

bool pebble_keys_next(struct pebble_keys *k)
{
    const size_t bundle = k->next >> k->shift, slice = k->next + bundle + 1;
    struct span rest;

    if (k->next == k->n)
        return true;
    if (k->next == bundle << k->shift)
        begin_bundle(k, slice - 1);
    rest = pebble_strings_at(&k->slices, slice);
    k->next++;
    if (rest.len == 0) /* the key before, once more */
        return !k->key.failed;
    k->key.len = k->bundle_len;
    return buf_append(&k->key, rest.data, rest.len) == 0;
}
