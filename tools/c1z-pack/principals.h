/*
 * principals.h: the principals of a sync's grants, by number: about 100 bytes each with the usual ids.
 */
#ifndef C1Z_PACK_PRINCIPALS_H
#define C1Z_PACK_PRINCIPALS_H

#include "graph.h"
#include "store.h"

/*
 * Numbers are in the order of type, then id, by bytes.  ${names} has each as its type, a NUL (no id holds one) and its
 * id; ${types} is the number of each one's type in the graph's types, or NAMES_NONE.
 */
struct principals {
    struct names names;
    uint32_t *types;
    struct buf key;
};

/* What a principal is. */
struct principal {
    struct wire_bytes type, id;
};

/**
 * principals_load(p, s, g, e):
 * Number the principals of all grants in ${s}.  Return 0 or -1 with ${e}.  principals_release may always be called on a
 * struct that was of zeros.
 */
int principals_load(struct principals *p, struct store *s, const struct graph *g, struct err *e);
void principals_release(struct principals *p);

/* The number of a principal, which must have one: -1 with ${e} (EX_SOFTWARE) otherwise, or EX_OSERR. */
int principals_find(struct principals *p, struct principal who, uint32_t *number, struct err *e);

/* The principal of ${number}. */
struct principal principals_get(const struct principals *p, uint32_t number);

/* Append the field ${number} with a Resource that is ${who}, type and id, and no more. */
void principals_put(struct buf *out, unsigned number, struct principal who);

#endif
