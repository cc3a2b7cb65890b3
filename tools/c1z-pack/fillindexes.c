#include "fillindexes.h"

#include <string.h>

#include "dbrecord.h"
#include "grantids.h"
#include "numsort.h"

#define SORT_IN_MEMORY ((size_t)8 << 20)

/* The longest key: four ids, of which one is a grant's own, and numbers. */
#define KEY_MAX ((size_t)8 * RECORD_ID_MAX)
#define TEXTS_MAX 3

/* ${index} is the one that is filled, ${key} the key that is made; the ranks are those that it is in the order of. */
struct filling {
    struct store *s;
    struct btree_index *index;
    struct ranks entitlements, principals;
    struct numsort *sort;
    struct wire_bytes sync;
    struct buf key;
};

/* How an index is sorted that is in the order of what grants refer to, and then of rows: by NULL not at all. */
static const struct order {
    enum grants_index which;
    refs_key *entitlement, *principal;
} orders[] = {
    {GRANTS_BY_RESOURCE, refs_by_resource, NULL},
    {GRANTS_BY_PRINCIPAL, NULL, refs_by_resource},
    {GRANTS_BY_ENTITLEMENT_PRINCIPAL, refs_by_entitlement, refs_by_resource},
    {GRANTS_BY_ENTITLEMENT, refs_by_entitlement, NULL},
};

/* Add the key of ${n} ${texts} and the row of ${line}, whose id is a column of its own too with ${id_too}. */
static int add_key(
    struct filling *x, const struct wire_bytes *texts, size_t n, bool id_too, uint64_t line, struct err *e)
{
    int64_t row = x->s->base + (int64_t)line;
    uint64_t types[TEXTS_MAX + 2];
    uint8_t id[8];
    size_t len = dbrecord_put_int(id, row);

    for (size_t i = 0; i < n; i++)
        types[i] = dbrecord_text(texts[i].len);
    types[n] = types[n + 1] = dbrecord_int(row);
    dbrecord_begin(&x->key, types, n + (id_too ? 2 : 1));
    for (size_t i = 0; i < n; i++)
        buf_append(&x->key, texts[i].p, texts[i].len);
    if (id_too)
        buf_append(&x->key, id, len);
    buf_append(&x->key, id, len);
    if (x->key.failed)
        return err_set(e, EX_OSERR, "no memory for a key");
    return btree_index_add(x->index, span_of_buf(&x->key), e);
}

/* Add the key of the grant of ${line} at ${places}. */
static int add_places(struct filling *x, enum grants_index which, uint64_t places, uint64_t line, struct err *e)
{
    const struct grants *g = &x->s->grants;
    struct wire_bytes texts[TEXTS_MAX];
    struct ref on = {0}, who = {0};

    if (which != GRANTS_BY_PRINCIPAL)
        on = g->entitlements.list[x->entitlements.at[places >> 32]];
    if (which == GRANTS_BY_PRINCIPAL || which == GRANTS_BY_ENTITLEMENT_PRINCIPAL)
        who = g->principals.list[x->principals.at[places & UINT32_MAX]];
    switch (which) {
    case GRANTS_BY_RESOURCE:
        texts[0] = ref_type(on);
        texts[1] = ref_id(on);
        return add_key(x, texts, 2, false, line, e);
    case GRANTS_BY_PRINCIPAL:
        texts[0] = ref_type(who);
        texts[1] = ref_id(who);
        return add_key(x, texts, 2, false, line, e);
    case GRANTS_BY_ENTITLEMENT_PRINCIPAL:
        texts[0] = ref_entitlement(on);
        texts[1] = ref_type(who);
        texts[2] = ref_id(who);
        return add_key(x, texts, 3, false, line, e);
    default:
        texts[0] = ref_entitlement(on);
        texts[1] = x->sync;
        return add_key(x, texts, 2, true, line, e);
    }
}

/* Sort the lines of all grants by the places of what they refer to. */
static int sort_lines(struct filling *x, const struct order *order, struct err *e)
{
    struct grants *g = &x->s->grants;

    for (uint64_t i = 0; i < g->n; i++) {
        struct grant grant;
        uint64_t entitlement = 0, principal = 0;

        if (grants_head(g, i, &grant, e) < 0)
            return -1;
        if (grant.line == 0)
            continue;
        if (order->entitlement != NULL)
            entitlement = x->entitlements.of[grant.entitlement];
        if (order->principal != NULL)
            principal = x->principals.of[grant.principal];
        if (numsort_add(x->sort, entitlement << 32 | principal, grant.line, e) < 0)
            return -1;
    }
    return 0;
}

static int fill_order(struct filling *x, const struct order *order, struct err *e)
{
    const struct grants *g = &x->s->grants;
    struct numpair pair;
    int r;

    if (order->entitlement != NULL && refs_rank(&g->entitlements, order->entitlement, &x->entitlements, e) < 0)
        return -1;
    if (order->principal != NULL && refs_rank(&g->principals, order->principal, &x->principals, e) < 0)
        return -1;
    x->sort = numsort_new(x->s->dir, SORT_IN_MEMORY, e);
    if (x->sort == NULL || sort_lines(x, order, e) < 0)
        return -1;
    while ((r = numsort_next(x->sort, &pair, e)) > 0)
        if (add_places(x, order->which, pair.key, pair.value, e) < 0)
            return -1;
    return r;
}

static int fill_ids(struct filling *x, struct grantids *ids, struct err *e)
{
    struct grantid id;
    int r = grantids_open(ids, &x->s->grants, x->s->dir, true, e);

    while (r >= 0 && (r = grantids_next(ids, &id, e)) > 0) {
        const struct wire_bytes texts[] = {{id.id.data, id.id.len}, x->sync};

        if (add_key(x, texts, 2, false, id.grant, e) < 0)
            return -1;
    }
    return r;
}

static int fill_expanding(struct filling *x, struct err *e)
{
    struct grants *g = &x->s->grants;

    for (uint64_t i = 0; i < grants_expanding(g); i++) {
        struct grant grant;

        if (grants_expander(g, i, &grant, e) < 0)
            return -1;
        if (grant.line != 0 && add_key(x, &x->sync, 1, false, grant.line, e) < 0)
            return -1;
    }
    return 0;
}

/* Fill the index that is open. */
static int fill_one(struct filling *x, enum grants_index which, struct err *e)
{
    struct grantids ids = {0};
    int r;

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
        if (orders[i].which == which)
            return fill_order(x, &orders[i], e);
    if (which != GRANTS_BY_EXTERNAL_ID)
        return fill_expanding(x, e);
    r = fill_ids(x, &ids, e);
    grantids_close(&ids);
    return r;
}

int fillindexes(struct store *s, const struct grantstable *t, struct btree_file *f, struct err *e)
{
    struct filling x = {.s = s, .sync = {(const uint8_t *)s->sync_id, strlen(s->sync_id)}};
    int r = 0;

    buf_init(&x.key, KEY_MAX);
    for (enum grants_index i = 0; r == 0 && i < GRANTS_INDEXES; i++) {
        struct err late = {0};

        x.index = btree_index_begin(f, t->index[i], e);
        r = x.index == NULL ? -1 : fill_one(&x, i, e);
        if (x.index != NULL && btree_index_end(x.index, r < 0 ? &late : e) < 0)
            r = -1;
        numsort_free(x.sort);
        x.sort = NULL;
        ranks_release(&x.entitlements);
        ranks_release(&x.principals);
    }
    buf_release(&x.key);
    return r;
}
