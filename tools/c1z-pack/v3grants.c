#include "v3grants.h"

#include <inttypes.h>

#include "c1z3key.h"
#include "c1z3make.h"
#include "numsort.h"

#define SORT_IN_MEMORY ((size_t)8 << 20)
#define KEY_MAX ((size_t)64 << 10)
#define RECORD_BYTES_MAX ((size_t)512 << 20)

static struct span span_of(struct wire_bytes b)
{
    return (struct span){b.p, b.len};
}

static struct c1z3key_ref key_ref(struct ref r)
{
    return (struct c1z3key_ref){span_of(ref_type(r)), span_of(ref_id(r))};
}

/* By what keys have of an entitlement, and of a principal. */

static void by_entitlement(struct buf *key, struct ref ref)
{
    struct c1z3key_ref on = key_ref(ref);

    c1z3key_entitlement(key, &on, span_of(ref_entitlement(ref)));
}

static void by_principal(struct buf *key, struct ref ref)
{
    struct c1z3key_ref self = key_ref(ref);

    c1z3key_resource(key, &self);
}

int v3grants_open(struct v3grants *x, struct store *s, struct timespec discovered_at, struct err *e)
{
    *x = (struct v3grants){.s = s, .discovered_at = discovered_at};
    buf_init(&x->key, KEY_MAX);
    buf_init(&x->value, RECORD_BYTES_MAX);
    if (refs_rank(&s->grants.entitlements, by_entitlement, &x->entitlements, e) < 0 ||
        refs_rank(&s->grants.principals, by_principal, &x->principals, e) < 0)
        return -1;
    return grantrows_open(&x->rows, s, true, e);
}

void v3grants_close(struct v3grants *x)
{
    ranks_release(&x->entitlements);
    ranks_release(&x->principals);
    grantrows_close(&x->rows);
    buf_release(&x->key);
    buf_release(&x->value);
    *x = (struct v3grants){0};
}

/* Sort all grants: by entitlement, then principal, with their numbers; or the other way round. */
static struct numsort *sort_grants(struct v3grants *x, bool principals_first, struct err *e)
{
    struct grants *g = &x->s->grants;
    struct numsort *sort = numsort_new(x->s->dir, SORT_IN_MEMORY, e);

    for (uint64_t i = 0; sort != NULL && i < g->n; i++) {
        struct grant grant;
        uint64_t entitlement, principal;

        if (grants_head(g, i, &grant, e) < 0)
            goto failed;
        if (grant.line == 0)
            continue;
        entitlement = x->entitlements.of[grant.entitlement];
        principal = x->principals.of[grant.principal];
        if (numsort_add(sort, principals_first ? principal << 32 | entitlement : entitlement << 32 | principal, i, e) <
            0)
            goto failed;
    }
    return sort;
failed:
    numsort_free(sort);
    return NULL;
}

static int refuse_twins(struct v3grants *x, uint64_t a, uint64_t b, struct err *e)
{
    struct grant first, second;

    if (grants_head(&x->s->grants, a, &first, e) < 0 || grants_head(&x->s->grants, b, &second, e) < 0)
        return -1;
    return err_set(e, EX_DATAERR,
        "%s: lines %" PRIu64 " and %" PRIu64
        ": two grants of one entitlement to one principal, of which format v3 keeps only one",
        x->s->input, first.line, second.line);
}

static int write_grant(struct v3grants *x, uint64_t number, struct pebble_write *w, struct err *e)
{
    const struct grants *g = &x->s->grants;
    struct c1z3make_grant made;
    struct grantrow row;

    if (grantrows_read(&x->rows, number, &row, e) < 0)
        return -1;
    made = (struct c1z3make_grant){.on = key_ref(g->entitlements.list[row.entitlement]),
        .entitlement = span_of(ref_entitlement(g->entitlements.list[row.entitlement])),
        .principal = key_ref(g->principals.list[row.principal]),
        .id = span_of(row.id),
        .message = span_of(row.message),
        .expansion = span_of(row.expansion)};
    buf_clear(&x->key);
    buf_clear(&x->value);
    c1z3key_grant(&x->key, &made.on, made.entitlement, &made.principal);
    if (c1z3make_grant(&made, x->discovered_at, &x->value, e) < 0)
        return err_context(e, "%s: line %" PRIu64 ": grant", x->s->input, row.said);
    if (x->key.failed)
        return err_set(e, EX_OSERR, "no memory for a key");
    return pebble_write_add(w, span_of_buf(&x->key), span_of_buf(&x->value), e);
}

int v3grants_write(struct v3grants *x, struct pebble_write *w, struct err *e)
{
    struct numsort *sort = sort_grants(x, false, e);
    struct numpair pair, last = {UINT64_MAX, 0};
    int r = sort == NULL ? -1 : 1;

    while (r > 0 && (r = numsort_next(sort, &pair, e)) > 0) {
        if (pair.key == last.key)
            r = refuse_twins(x, last.value, pair.value, e);
        else if (write_grant(x, pair.value, w, e) < 0)
            r = -1;
        last = pair;
    }
    numsort_free(sort);
    return r;
}

static int write_entry(struct v3grants *x, uint64_t places, struct pebble_write *w, struct err *e)
{
    const struct grants *g = &x->s->grants;
    struct ref on = g->entitlements.list[x->entitlements.at[places & UINT32_MAX]];
    struct c1z3key_ref ref = key_ref(on), who = key_ref(g->principals.list[x->principals.at[places >> 32]]);

    buf_clear(&x->key);
    c1z3key_by_principal(&x->key, &who, &ref, span_of(ref_entitlement(on)));
    if (x->key.failed)
        return err_set(e, EX_OSERR, "no memory for a key");
    return pebble_write_add(w, span_of_buf(&x->key), (struct span){NULL, 0}, e);
}

int v3grants_write_index(struct v3grants *x, struct pebble_write *w, struct err *e)
{
    struct numsort *sort = sort_grants(x, true, e);
    struct numpair pair;
    int r = sort == NULL ? -1 : 1;

    while (r > 0 && (r = numsort_next(sort, &pair, e)) > 0)
        if (write_entry(x, pair.key, w, e) < 0)
            r = -1;
    numsort_free(sort);
    return r;
}

void v3grants_put_expandable(const struct grants *g, const struct grant *grant, struct buf *key)
{
    struct ref on = g->entitlements.list[grant->entitlement];
    struct c1z3key_ref ref = key_ref(on), who = key_ref(g->principals.list[grant->principal]);

    c1z3key_expandable(key, &ref, span_of(ref_entitlement(on)), &who);
}
