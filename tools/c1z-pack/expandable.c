#include "expandable.h"

#include <inttypes.h>
#include <stdlib.h>

#include "log.h"

/* Fields of GrantExpandable. */
enum { EXPANDABLE_IDS = 1, EXPANDABLE_SHALLOW = 2, EXPANDABLE_TYPES = 3 };

/* ${entitlement} gives the resource of one. */
struct loading {
    struct graph *g;
    struct store *s;
    uint64_t *skipped;
    sqlite3_stmt *entitlement;
};

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the graph of expandable grants");
}

/* Whether the entitlement ${id} is there (1 or 0), and on the resource ${type}, ${resource}; -1 on failure. */
static int check_source(struct loading *x, struct wire_bytes id, struct wire_bytes type, struct wire_bytes resource,
    bool *matches, struct err *e)
{
    sqlite3_stmt *q = x->entitlement;
    int r;

    store_bind(q, 1, id);
    r = c1zdb_step(&x->s->db, q, e);
    if (r > 0)
        *matches = wire_same(store_column(q, 0), type) && wire_same(store_column(q, 1), resource);
    sqlite3_reset(q);
    return r;
}

/* What a GrantExpandable says; the lists point into its bytes. */
struct expandable {
    struct wire_bytes *ids, *types;
    size_t n_ids, n_types;
    bool shallow;
};

/* Read ${message}. ${list} has room for as many texts as the message has bytes in pairs. */
static int read_expandable(struct wire_bytes message, struct wire_bytes *list, struct expandable *x, struct err *e)
{
    struct wire w = wire_begin(message);
    struct wire_field f;

    *x = (struct expandable){.ids = list};
    while (wire_next(&w, &f)) {
        if (f.number == EXPANDABLE_IDS)
            list[x->n_ids++] = f.body;
        else if (f.number == EXPANDABLE_SHALLOW)
            x->shallow = f.varint != 0;
    }
    x->types = list + x->n_ids;
    w = wire_begin(message);
    while (wire_next(&w, &f))
        if (f.number == EXPANDABLE_TYPES)
            x->types[x->n_types++] = f.body;
    return w.bad ? err_set(e, EX_SOFTWARE, "a stored grant cannot be read back") : 0;
}

/* Add the edges of the grant, which expands. */
static int add_edges(struct loading *x, const struct grant *grant, struct err *e)
{
    const struct grants *g = &x->s->grants;
    struct ref on = g->entitlements.list[grant->entitlement], who = g->principals.list[grant->principal];
    struct wire_bytes *list = calloc(grant->expansion.len / 2 + 1, sizeof(*list));
    struct expandable expandable = {0};
    int r = list == NULL ? no_memory(e) : read_expandable(grant->expansion, list, &expandable, e);

    for (size_t i = 0; r == 0 && i < expandable.n_ids; i++) {
        bool matches = false;

        r = check_source(x, expandable.ids[i], ref_type(who), ref_id(who), &matches, e);
        if (r > 0 && !matches)
            r = err_set(e, EX_DATAERR,
                "%s: line %" PRIu64
                ", at $.annotations: the grant expands by an entitlement that is not on its principal",
                x->s->input, grant->line);
        else if (r > 0)
            r = graph_add(x->g, expandable.ids[i], ref_entitlement(on), expandable.shallow, expandable.types,
                expandable.n_types, grant->line, e);
        else if (r == 0 && (*x->skipped)++ == 0)
            log_warn("a grant expands by an entitlement that is not in the input; that has no effect",
                LOG_INT("line", (int64_t)grant->line));
    }
    free(list);
    return r;
}

static int load_edges(struct loading *x, struct err *e)
{
    struct grants *g = &x->s->grants;

    for (uint64_t i = 0; i < grants_expanding(g); i++) {
        struct grant grant;

        if (grants_expander(g, i, &grant, e) < 0 || (grant.line != 0 && add_edges(x, &grant, e) < 0))
            return -1;
    }
    return 0;
}

int expandable_load(struct graph *g, struct store *s, uint64_t *skipped, struct err *e)
{
    struct loading x = {g, s, skipped, NULL};
    int r = -1;

    *skipped = 0;
    x.entitlement = c1zdb_prepare(
        &s->db, "SELECT resource_type_id, resource_id FROM v1_entitlements WHERE external_id = ?1 AND sync_id = ?2", e);
    if (x.entitlement != NULL) {
        sqlite3_bind_text(x.entitlement, 2, s->sync_id, -1, SQLITE_STATIC);
        r = load_edges(&x, e);
    }
    sqlite3_finalize(x.entitlement);
    if (r == 0 && *skipped > 1)
        log_warn("expansions without effect", LOG_INT("count", (int64_t)*skipped));
    return r;
}
