#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "grow.h"

#define TEXT_MAX ((size_t)4 << 30)
#define NAMES_MAX ((size_t)UINT32_MAX / 4)
#define TABLE_FIRST 64

void names_init(struct names *n)
{
    *n = (struct names){0};
    arena_init(&n->arena, TEXT_MAX);
}

void names_release(struct names *n)
{
    free(n->list);
    free(n->table);
    arena_release(&n->arena);
    names_init(n);
}

/* The place of ${text} in the table: its number, or NAMES_NONE where it would go. */
static uint32_t *find_slot(const struct names *n, struct wire_bytes text)
{
    size_t at = (size_t)bytes_hash(text.p, text.len) & (n->table_cap - 1);

    while (n->table[at] != NAMES_NONE) {
        if (wire_same(n->list[n->table[at]], text))
            break;
        at = (at + 1) & (n->table_cap - 1);
    }
    return &n->table[at];
}

/* Double the table, which stays at most half full. */
static int grow_table(struct names *n)
{
    size_t cap = n->table_cap == 0 ? TABLE_FIRST : n->table_cap * 2;
    uint32_t *table = reallocarray(n->table, cap, sizeof(*table));

    if (table == NULL)
        return -1;
    n->table = table;
    n->table_cap = cap;
    memset(table, 0xff, cap * sizeof(*table));
    for (size_t i = 0; i < n->len; i++)
        *find_slot(n, n->list[i]) = (uint32_t)i;
    return 0;
}

int names_add(struct names *n, struct wire_bytes text, uint32_t *number, struct err *e)
{
    struct wire_bytes *list = grow_array(n->list, &n->cap, n->len + 1, NAMES_MAX, sizeof(*list));
    uint32_t *slot;

    if (list != NULL)
        n->list = list;
    if (list == NULL || (2 * n->len >= n->table_cap && grow_table(n) < 0))
        return err_set(e, EX_OSERR, "no memory for the expansion of grants");
    slot = find_slot(n, text);
    if (*slot == NAMES_NONE) {
        n->list[n->len] = (struct wire_bytes){arena_dup(&n->arena, text.p, text.len), text.len};
        if (n->arena.failed)
            return err_set(e, EX_OSERR, "no memory for the expansion of grants");
        *slot = (uint32_t)n->len++;
    }
    *number = *slot;
    return 0;
}

uint32_t names_find(const struct names *n, struct wire_bytes text)
{
    return n->table_cap == 0 ? NAMES_NONE : *find_slot(n, text);
}
