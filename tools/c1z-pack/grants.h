/*
 * grants.h: the grants of the sync that is made: those of the input and those that expansion adds.  They are not rows of
 * the working database before all is known of them.
 *
 * A grant is what it refers to, by number, and its line: 24 bytes.  What these do not say already - an id that is not
 * made of them by the convention, a message with more than the four ids, what it expands by, the sources of one that was
 * made - is beside it.  Both lie in stashes (stash.h), so memory does not grow with their number, but for refs.h.
 */
#ifndef C1Z_PACK_GRANTS_H
#define C1Z_PACK_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"
#include "refs.h"
#include "stash.h"

/* What ${from} of a grant is that has its principal by type and id alone. */
#define GRANTS_PLAIN UINT64_MAX

/*
 * One grant.
 *   line         that of the input; of one that was made, the next behind those of the input; 0: it was dropped
 *   entitlement, principal  numbers in the refs
 *   id           its id, or nothing if it is the conventional one of the two
 *   message      the Grant, or nothing if it has the ids alone; ${plain} says which
 *   expansion    the GrantExpandable, with ${expands}
 *   sources      of one that was made: numbers of entitlements, doubled, and one more for a direct one, as grants_source
 *                takes them apart, in the order of the entitlements' ids
 *   from         the grant in whose message the principal stands as a made one has it; or GRANTS_PLAIN
 */
struct grant {
    uint64_t line;
    uint32_t entitlement, principal;
    struct wire_bytes id, message, expansion;
    bool conventional, plain, expands;
    struct wire_bytes sources;
    uint64_t from;
};

/* Source number ${i} of ${grant}: the number of its entitlement; whether it is a direct one. */
uint32_t grants_source(const struct grant *grant, size_t i, bool *direct);

/* How many there are. */
static inline size_t grants_sources(const struct grant *grant)
{
    return grant->sources.len / sizeof(uint32_t);
}

/* ${n} grants, of which the last ${made} were made; ${dropped} of them do not count. ${expanding} has who expands. */
struct grants {
    struct refs entitlements, principals;
    struct stash heads, bodies, expanding;
    uint64_t n, made, dropped;
    struct buf scratch, beside;
};

/* Begin; what memory does not hold is in ${dir}, which is kept. */
void grants_open(struct grants *g, const char *dir);
void grants_close(struct grants *g);

/**
 * grants_add(g, r, bytes, fresh_entitlement, fresh_principal, e):
 * Add the grant of the record ${r}, whose pieces are in ${bytes}; each is of a greater line than the one before.
 * ${*fresh_...} is whether what it refers to is met for the first time.  Return 0, or -1 with ${e} as stash_put.
 */
int grants_add(struct grants *g, const struct record *r, const struct buf *bytes, bool *fresh_entitlement,
    bool *fresh_principal, struct err *e);

/* Add one that was made: its line, entitlement, principal, sources and where from. Return 0 or -1 with ${e}. */
int grants_make(struct grants *g, const struct grant *made, struct err *e);

/* Read grant number ${number}; what it points at is valid until the next call. Return 0 or -1 with ${e}. */
int grants_read(struct grants *g, uint64_t number, struct grant *grant, struct err *e);

/* The same without what is beside it: line, entitlement and principal. */
int grants_head(struct grants *g, uint64_t number, struct grant *grant, struct err *e);

/* How many expand, dropped ones included; read the one at place ${i} among them, as grants_read. */
uint64_t grants_expanding(const struct grants *g);
int grants_expander(struct grants *g, uint64_t i, struct grant *grant, struct err *e);

/* Give grant ${number} another message, which is not in ${g}. Return 0 or -1 with ${e}. */
int grants_change(struct grants *g, uint64_t number, struct wire_bytes message, struct err *e);

/* Drop grant ${number}. Return 0 or -1 with ${e}. */
int grants_drop(struct grants *g, uint64_t number, struct err *e);

/* How many grants there are that were not dropped. */
uint64_t grants_count(const struct grants *g);

/* Append the conventional id of a grant of ${entitlement} to ${principal} (reference/baton-model.md section 3.3). */
void grants_put_id(struct buf *out, struct ref entitlement, struct ref principal);

/* Append the id of ${grant}. */
void grants_id(const struct grants *g, const struct grant *grant, struct buf *out);

/* Append the message of ${grant}, which was not made. */
void grants_put_message(const struct grants *g, const struct grant *grant, struct buf *out);

/* Append a field of a message with a Resource that has type and id of ${ref} and no more. */
void grants_put_resource(struct buf *out, unsigned number, struct ref ref);

#endif
