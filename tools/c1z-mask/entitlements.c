#include "entitlements.h"

#include <stdint.h>
#include <stdlib.h>

#define CAP_FIRST 1024

void entitlements_init(struct entitlements *t)
{
    *t = (struct entitlements){0};
    arena_init(&t->texts, SIZE_MAX);
}

void entitlements_release(struct entitlements *t)
{
    free(t->items);
    arena_release(&t->texts);
}

/* Where ${mark} is, or would be.  Nobody without the key can make marks that meet. */
static struct entitlements_item *place(const struct entitlements *t, struct pseudonym_mark mark)
{
    size_t at = (size_t)mark.low & (t->cap - 1);

    while (t->items[at].masked.len > 0 && (t->items[at].mark.low != mark.low || t->items[at].mark.high != mark.high))
        at = (at + 1) & (t->cap - 1);
    return &t->items[at];
}

static bool grow(struct entitlements *t)
{
    struct entitlements old = *t;

    t->cap = old.cap == 0 ? CAP_FIRST : old.cap * 2;
    t->items = calloc(t->cap, sizeof(*t->items));
    if (t->items == NULL) {
        *t = old;
        return false;
    }
    for (size_t i = 0; i < old.cap; i++)
        if (old.items[i].masked.len > 0)
            *place(t, old.items[i].mark) = old.items[i];
    free(old.items);
    return true;
}

bool entitlements_add(struct entitlements *t, struct pseudonym_mark mark, struct json_str masked)
{
    struct entitlements_item *item;
    char *copy;

    if (t->n >= t->cap / 2 && !grow(t))
        return false;
    item = place(t, mark);
    if (item->masked.len > 0)
        return true;
    copy = arena_dup(&t->texts, masked.s, masked.len);
    if (copy == NULL)
        return false;
    *item = (struct entitlements_item){mark, {copy, masked.len}};
    t->n++;
    return true;
}

struct json_str entitlements_find(const struct entitlements *t, struct pseudonym_mark mark)
{
    return t->cap == 0 ? (struct json_str){"", 0} : place(t, mark)->masked;
}
