/*
 * names.h: texts by number, in the order in which they were first met: what is compared and counted often is a number
 * then.  About 30 bytes besides each text.
 */
#ifndef C1Z_PACK_NAMES_H
#define C1Z_PACK_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "wire.h"

/* What names_find returns for a text that has no number. */
#define NAMES_NONE UINT32_MAX

/* ${list}[n] is the text of number n, ${len} of them; ${table} finds it again. */
struct names {
    struct arena arena;
    struct wire_bytes *list;
    size_t len, cap;
    uint32_t *table;
    size_t table_cap;
};

void names_init(struct names *n);
void names_release(struct names *n);

/* The number of ${text}, which is copied when it is new. Return 0, or -1 with ${e} (EX_OSERR). */
int names_add(struct names *n, struct wire_bytes text, uint32_t *number, struct err *e);

/* The number of ${text}, or NAMES_NONE. */
uint32_t names_find(const struct names *n, struct wire_bytes text);

#endif
