/*
 * entitlements.h: what the ids of entitlements became, for whatever refers to them by id alone.
 */
#ifndef C1Z_MASK_ENTITLEMENTS_H
#define C1Z_MASK_ENTITLEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "pseudonym.h"

/* One id: its mark, and what it became. */
struct entitlements_item {
    struct pseudonym_mark mark;
    struct json_str masked;
};

/* An open table of ${cap} places, a power of two, ${n} of them taken: those with a text.  Texts are in ${texts}. */
struct entitlements {
    struct entitlements_item *items;
    size_t n, cap;
    struct arena texts;
};

void entitlements_init(struct entitlements *t);
void entitlements_release(struct entitlements *t);

/* Note that the id with ${mark} became ${masked}. Return false without memory. */
bool entitlements_add(struct entitlements *t, struct pseudonym_mark mark, struct json_str masked);

/* What the id with ${mark} became, or an empty text. */
struct json_str entitlements_find(const struct entitlements *t, struct pseudonym_mark mark);

#endif
