#include "refs.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "grow.h"
#include "record.h"
#include "xxh64.h"

#define TEXT_MAX ((size_t)16 << 30)
#define TABLE_FIRST 1024
#define NONE UINT32_MAX

/* The longest key: three ids, and what a key of a file may add to each byte. */
#define KEY_MAX ((size_t)8 * RECORD_ID_MAX)

void refs_init(struct refs *r)
{
    *r = (struct refs){.last = NONE};
    arena_init(&r->arena, TEXT_MAX);
}

void refs_release(struct refs *r)
{
    free(r->list);
    free(r->table);
    arena_release(&r->arena);
    refs_init(r);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for what the grants refer to");
}

static size_t text_len(struct ref r)
{
    return (size_t)r.type + r.id + r.entitlement;
}

static bool is_same(struct ref a, struct ref b)
{
    return a.type == b.type && a.id == b.id && a.entitlement == b.entitlement && memcmp(a.p, b.p, text_len(a)) == 0;
}

/* The place of ${ref} in the table: its number, or NONE where it would go. */
static uint32_t *find_slot(const struct refs *r, struct ref ref)
{
    size_t at = (size_t)xxh64_of(ref.p, text_len(ref)) & (r->table_cap - 1);

    while (r->table[at] != NONE && !is_same(r->list[r->table[at]], ref))
        at = (at + 1) & (r->table_cap - 1);
    return &r->table[at];
}

/* Double the table, which stays at most half full. */
static int grow_table(struct refs *r)
{
    size_t cap = r->table_cap == 0 ? TABLE_FIRST : r->table_cap * 2;
    uint32_t *table = reallocarray(r->table, cap, sizeof(*table));

    if (table == NULL)
        return -1;
    r->table = table;
    r->table_cap = cap;
    memset(table, 0xff, cap * sizeof(*table));
    for (size_t i = 0; i < r->len; i++)
        *find_slot(r, r->list[i]) = (uint32_t)i;
    return 0;
}

static int add_new(struct refs *r, struct ref ref, uint32_t *slot, struct err *e)
{
    ref.p = arena_dup(&r->arena, ref.p, text_len(ref));
    if (ref.p == NULL)
        return no_memory(e);
    r->list[r->len] = ref;
    *slot = (uint32_t)r->len++;
    return 0;
}

int refs_add(struct refs *r, struct ref ref, uint32_t *number, bool *fresh, struct err *e)
{
    struct ref *list;
    uint32_t *slot;

    *fresh = false;
    /* Most grants of one entitlement come one after the other. */
    if (r->last == NONE || !is_same(r->list[r->last], ref)) {
        list = grow_array(r->list, &r->cap, r->len + 1, REFS_MAX, sizeof(*list));
        if (list != NULL)
            r->list = list;
        if (list == NULL || (2 * r->len >= r->table_cap && grow_table(r) < 0))
            return no_memory(e);
        slot = find_slot(r, ref);
        *fresh = *slot == NONE;
        if (*fresh && add_new(r, ref, slot, e) < 0)
            return -1;
        r->last = *slot;
    }
    *number = r->last;
    return 0;
}

void refs_by_resource(struct buf *key, struct ref ref)
{
    buf_append(key, ref.p, ref.type);
    /* No id holds one. */
    buf_putc(key, '\0');
    buf_append(key, ref_id(ref).p, ref.id);
}

void refs_by_entitlement(struct buf *key, struct ref ref)
{
    buf_append(key, ref_entitlement(ref).p, ref.entitlement);
}

void refs_by_grant_id(struct buf *key, struct ref ref)
{
    if (ref.entitlement > 0) {
        refs_by_entitlement(key, ref);
        buf_putc(key, ':');
        return;
    }
    buf_append(key, ref.p, ref.type);
    buf_putc(key, ':');
    buf_append(key, ref_id(ref).p, ref.id);
}

/* A key, and whose it is. */
struct ranked {
    struct wire_bytes key;
    uint32_t number;
};

static int compare_keys(const struct ranked *x, const struct ranked *y)
{
    return bytes_compare(x->key.p, x->key.len, y->key.p, y->key.len);
}

static int by_key(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int order = compare_keys(x, y);

    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* Number the places of ${list}, which is in order. */
static void place(struct ranks *ranks, const struct ranked *list, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i == 0 || compare_keys(&list[i - 1], &list[i]) != 0)
            ranks->at[ranks->n++] = list[i].number;
        else
            continue;
        if (i > 0 && list[i - 1].key.len < list[i].key.len &&
            memcmp(list[i - 1].key.p, list[i].key.p, list[i - 1].key.len) == 0)
            ranks->prefixed = true;
    }
    for (size_t i = 0, at = 0; i < len; i++) {
        if (i > 0 && compare_keys(&list[i - 1], &list[i]) != 0)
            at++;
        ranks->of[list[i].number] = (uint32_t)at;
    }
}

/* Make the keys of all, in ${arena}. */
static int make_keys(const struct refs *r, refs_key *key, struct ranked *list, struct arena *arena, struct err *e)
{
    struct buf text;
    bool failed = false;

    buf_init(&text, KEY_MAX);
    for (size_t i = 0; i < r->len && !failed; i++) {
        buf_clear(&text);
        key(&text, r->list[i]);
        list[i] = (struct ranked){{arena_dup(arena, text.data, text.len), text.len}, (uint32_t)i};
        failed = text.failed || arena->failed;
    }
    buf_release(&text);
    return failed ? no_memory(e) : 0;
}

int refs_rank(const struct refs *r, refs_key *key, struct ranks *ranks, struct err *e)
{
    struct ranked *list = calloc(r->len + 1, sizeof(*list));
    struct arena arena;
    int result = 0;

    *ranks = (struct ranks){calloc(r->len + 1, sizeof(uint32_t)), calloc(r->len + 1, sizeof(uint32_t)), 0, false};
    arena_init(&arena, TEXT_MAX);
    if (list == NULL || ranks->of == NULL || ranks->at == NULL)
        result = no_memory(e);
    else
        result = make_keys(r, key, list, &arena, e);
    if (result == 0) {
        qsort(list, r->len, sizeof(*list), by_key);
        place(ranks, list, r->len);
    }
    free(list);
    arena_release(&arena);
    if (result < 0)
        ranks_release(ranks);
    return result;
}

void ranks_release(struct ranks *ranks)
{
    free(ranks->of);
    free(ranks->at);
    *ranks = (struct ranks){0};
}
