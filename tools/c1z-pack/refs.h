/*
 * refs.h: what grants refer to, by number: entitlements on their resources, or principals.  Whatever is compared, counted
 * and sorted for each grant is a number then.  About 40 bytes besides the texts of each.
 */
#ifndef C1Z_PACK_REFS_H
#define C1Z_PACK_REFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "wire.h"

/* The most of them. */
#define REFS_MAX ((size_t)1 << 30)

/*
 * The type and the id of a resource, and the id of the entitlement on it (of a principal: none): their lengths in bytes;
 * the texts stand at ${p}, one behind the other.
 */
struct ref {
    const uint8_t *p;
    uint16_t type, id, entitlement;
};

static inline struct wire_bytes ref_type(struct ref r)
{
    return (struct wire_bytes){r.p, r.type};
}

static inline struct wire_bytes ref_id(struct ref r)
{
    return (struct wire_bytes){r.p + r.type, r.id};
}

static inline struct wire_bytes ref_entitlement(struct ref r)
{
    return (struct wire_bytes){r.p + r.type + r.id, r.entitlement};
}

/* ${list}[n] is the one of number n, in the order first met; ${table} finds it again; ${last} was asked for last. */
struct refs {
    struct arena arena;
    struct ref *list;
    size_t len, cap;
    uint32_t *table;
    size_t table_cap;
    uint32_t last;
};

void refs_init(struct refs *r);
void refs_release(struct refs *r);

/* The number of ${ref}, which is copied when it is new (${*fresh}). Return 0, or -1 with ${e} (EX_OSERR). */
int refs_add(struct refs *r, struct ref ref, uint32_t *number, bool *fresh, struct err *e);

/*
 * An order of all: ${of}[n] is the place of number n, and ${at}[place] the least number there; those with the same key
 * have one place.  ${n} is how many places there are.  ${prefixed}: some key is the beginning of another.
 */
struct ranks {
    uint32_t *of, *at;
    size_t n;
    bool prefixed;
};

/* What they may be ordered by: appended to ${key}, it compares by bytes. */
typedef void refs_key(struct buf *key, struct ref ref);

refs_key refs_by_resource;    /* type, then id */
refs_key refs_by_entitlement; /* the entitlement's id */
refs_key refs_by_grant_id;    /* as it stands in the id of a grant (reference/baton-model.md section 3.3) */

/* Put all of ${r} in order. Return 0, or -1 with ${e} (EX_OSERR). ranks_release takes zeros, too. */
int refs_rank(const struct refs *r, refs_key *key, struct ranks *ranks, struct err *e);
void ranks_release(struct ranks *ranks);

#endif
