#include "expand.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "claims.h"
#include "expandable.h"
#include "grow.h"

/* The annotation of every grant that expansion makes: an Any with the type of an empty message. */
static const char immutable[] = "\x0a\x32type.googleapis.com/c1.connector.v2.GrantImmutable";

/* The most a grant may take, with all its sources. */
#define GRANT_BYTES_MAX ((size_t)512 << 20)

/* The unique index of grants is made anew if expansion makes at least one grant for this many that are there. */
#define REMAKE_RATIO 8

/* Statements by what they do. */
enum {
    Q_ENTITLEMENT, /* the resource and the message of an entitlement */
    Q_GRANT,       /* the message of a grant */
    Q_CREATE,
    Q_UPDATE,
    QUERIES,
};
static const char *const queries[QUERIES] = {
    "SELECT resource_type_id, resource_id, data FROM v1_entitlements WHERE external_id = ?1 AND sync_id = ?2",
    "SELECT data FROM v1_grants WHERE id = ?1",
    "INSERT OR ABORT INTO v1_grants (id, resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
    " principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, 0, ?8, ?9, ?10)",
    "UPDATE OR ABORT v1_grants SET data = ?2 WHERE id = ?1",
};

/* Rows from ${first} on were made because of ${line}, until those of the next run. */
struct run {
    int64_t first;
    uint64_t line;
};

/*
 * ${dest} is the entitlement that grants are made of at the moment, with its resource and message.  ${claims} are those
 * on it; ${fresh} the groups of them that get a grant; ${gained} what one group brings, ${held} what one grant has.
 */
struct expansion {
    struct store *s;
    struct graph graph;
    struct principals principals;
    struct holders holders;
    struct claims claims;
    struct expand_counts *counts;
    sqlite3_stmt *query[QUERIES];
    int64_t next_id;
    bool remake;
    struct wire_bytes dest;
    struct buf dest_type, dest_resource, dest_data;
    struct claim_group *fresh;
    struct run *runs;
    size_t n_fresh, fresh_cap, n_runs, runs_cap;
    struct buf id, data;
    struct sources gained, held;
};

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the expansion of grants");
}

static struct wire_bytes bytes_of(const struct buf *b)
{
    return (struct wire_bytes){(const uint8_t *)b->data, b->len};
}

/* A message that we stored ourselves, and that is none. */
static int bad_row(struct err *e)
{
    return err_set(e, EX_SOFTWARE, "a stored grant cannot be read back");
}

/* Grants that are there. */

/* Write the message ${grant} of row ${id} with ${x}->held for its sources. */
static int rewrite(struct expansion *x, int64_t id, struct wire_bytes grant, struct err *e)
{
    struct wire w = wire_begin(grant);
    struct wire_field f;

    buf_clear(&x->data);
    while (wire_next(&w, &f))
        if (f.number != GRANT_SOURCES)
            wire_put_raw(&x->data, f.whole);
    sources_put(&x->data, &x->held);
    if (w.bad || x->data.failed)
        return w.bad ? bad_row(e) : no_memory(e);
    sqlite3_bind_int64(x->query[Q_UPDATE], 1, id);
    sqlite3_bind_blob(x->query[Q_UPDATE], 2, x->data.data, (int)x->data.len, SQLITE_STATIC);
    x->counts->updated++;
    return c1zdb_run(&x->s->db, x->query[Q_UPDATE], e);
}

/* Add ${x}->gained to the message ${grant} of row ${id}, and what makes it a direct one if it had no sources. */
static int add_sources(struct expansion *x, int64_t id, struct wire_bytes grant, struct err *e)
{
    bool none, changed;

    x->held.len = 0;
    if (sources_read(&x->held, grant, e) < 0)
        return -1;
    none = x->held.len == 0;
    if (none && sources_append(&x->held, (struct source){x->dest, true}, e) < 0)
        return -1;
    sources_settle(&x->held);
    if (sources_unite(&x->held, &x->gained, &changed, e) < 0)
        return -1;
    return changed || none ? rewrite(x, id, grant, e) : 0;
}

static int update(struct expansion *x, int64_t id, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_GRANT];
    int r;

    sqlite3_bind_int64(q, 1, id);
    r = c1zdb_step(&x->s->db, q, e);
    if (r == 0)
        r = bad_row(e);
    if (r > 0)
        r = add_sources(x, id, store_column(q, 0), e);
    sqlite3_reset(q);
    return r;
}

/* Grants that are made. */

/* The id of a new grant: that of the entitlement and of the principal, joined (reference/baton-model.md section 3.3). */
static void make_id(struct expansion *x, struct principal who)
{
    buf_clear(&x->id);
    buf_append(&x->id, x->dest.p, x->dest.len);
    buf_putc(&x->id, ':');
    buf_append(&x->id, who.type.p, who.type.len);
    buf_putc(&x->id, ':');
    buf_append(&x->id, who.id.p, who.id.len);
}

/* Append the principal as the message of ${holder}'s row has it. */
static int put_principal(struct expansion *x, const struct holder *holder, struct principal who, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_GRANT];
    int r;

    if (holder->plain) {
        principals_put(&x->data, GRANT_PRINCIPAL, who);
        return 0;
    }
    sqlite3_bind_int64(q, 1, holder->row);
    r = c1zdb_step(&x->s->db, q, e);
    if (r > 0)
        wire_put(&x->data, GRANT_PRINCIPAL, wire_find(store_column(q, 0), GRANT_PRINCIPAL));
    sqlite3_reset(q);
    return r > 0 ? 0 : r < 0 ? -1 : bad_row(e);
}

/* Make the message of a grant to ${who}, as the first claim has him, with ${x}->gained. */
static int make_grant(struct expansion *x, const struct holder *first, struct principal who, struct err *e)
{
    struct wire_bytes annotation = {(const uint8_t *)immutable, sizeof(immutable) - 1};

    make_id(x, who);
    buf_clear(&x->data);
    wire_put(&x->data, GRANT_ENTITLEMENT, bytes_of(&x->dest_data));
    if (put_principal(x, first, who, e) < 0)
        return -1;
    wire_put(&x->data, GRANT_ID, bytes_of(&x->id));
    wire_put(&x->data, GRANT_ANNOTATIONS, annotation);
    sources_put(&x->data, &x->gained);
    return x->data.failed || x->id.failed ? no_memory(e) : 0;
}

static int refuse_id(const struct expansion *x, uint64_t line, struct err *e)
{
    return err_set(e, EX_DATAERR,
        "%s: line %" PRIu64 ": the grant expands into one whose id is that of a grant to someone else", x->s->input,
        line);
}

/* Note that rows from the next one on are because of ${line}. */
static int begin_run(struct expansion *x, uint64_t line, struct err *e)
{
    struct run *runs;

    if (x->n_runs > 0 && x->runs[x->n_runs - 1].line == line)
        return 0;
    runs = grow_array(x->runs, &x->runs_cap, x->n_runs + 1, UINT32_MAX, sizeof(*runs));
    if (runs == NULL)
        return no_memory(e);
    x->runs = runs;
    runs[x->n_runs++] = (struct run){x->next_id, line};
    return 0;
}

static int insert(struct expansion *x, struct principal who, uint64_t line, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_CREATE];
    int r;

    sqlite3_bind_int64(q, 1, x->next_id++);
    store_bind(q, 2, bytes_of(&x->dest_type));
    store_bind(q, 3, bytes_of(&x->dest_resource));
    store_bind(q, 4, x->dest);
    store_bind(q, 5, who.type);
    store_bind(q, 6, who.id);
    store_bind(q, 7, bytes_of(&x->id));
    sqlite3_bind_blob(q, 8, x->data.data, (int)x->data.len, SQLITE_STATIC);
    r = sqlite3_step(q);
    if (sqlite3_extended_errcode(x->s->db.db) == SQLITE_CONSTRAINT_UNIQUE)
        return refuse_id(x, line, e);
    if (r != SQLITE_DONE)
        return c1zdb_fail(&x->s->db, queries[Q_CREATE], e);
    sqlite3_reset(q);
    x->counts->created++;
    return 0;
}

/* Give the principal of ${group} a grant of the destination. */
static int create(struct expansion *x, const struct order_step *step, struct claim_group group, struct err *e)
{
    const struct claim *first = claims_at(&x->claims, group.at);
    struct holder holder = first->holder;
    struct principal who = principals_get(&x->principals, holder.principal);
    uint64_t line = claims_line(&x->claims, first);

    if (claims_sources(&x->claims, group, &x->gained, e) < 0 || make_grant(x, &holder, who, e) < 0)
        return -1;
    if (begin_run(x, line, e) < 0 || insert(x, who, line, e) < 0)
        return -1;
    holder.direct = false;
    return step->leads_on ? holders_add(&x->holders, step->to, &holder, e) : 0;
}

/* By the source that came first, then by principal: ${arg} is the expansion. */
static int by_first_source(const void *a, const void *b, void *arg)
{
    const struct expansion *x = arg;
    const struct claim_group *g = a, *h = b;
    uint32_t s = claims_at(&x->claims, g->at)->source, t = claims_at(&x->claims, h->at)->source;

    return s != t ? (s > t) - (s < t) : (g->at > h->at) - (g->at < h->at);
}

static int create_all(struct expansion *x, const struct order_step *step, struct err *e)
{
    if (step->n > 1 && x->n_fresh > 1) /* while nothing was ever fresh there is no array */
        qsort_r(x->fresh, x->n_fresh, sizeof(*x->fresh), by_first_source, x);
    for (size_t i = 0; i < x->n_fresh; i++)
        if (create(x, step, x->fresh[i], e) < 0)
            return -1;
    return 0;
}

/* One destination. */

static int add_fresh(struct expansion *x, struct claim_group group, struct err *e)
{
    struct claim_group *fresh = grow_array(x->fresh, &x->fresh_cap, x->n_fresh + 1, UINT32_MAX, sizeof(*fresh));

    if (fresh == NULL)
        return no_memory(e);
    x->fresh = fresh;
    fresh[x->n_fresh++] = group;
    return 0;
}

/* Match the groups with the grants that are there: these get the sources; who has none is left in ${x}->fresh. */
static int match(struct expansion *x, const struct holder_list *there, struct err *e)
{
    struct claim_group group;
    size_t k = 0;

    x->n_fresh = 0;
    for (uint32_t at = 0; at < x->claims.n; at += group.n) {
        uint32_t principal = claims_at(&x->claims, at)->holder.principal;

        group = claims_group(&x->claims, at);
        while (k < there->len && there->list[k].principal < principal)
            k++;
        if (k == there->len || there->list[k].principal != principal) {
            if (add_fresh(x, group, e) < 0)
                return -1;
            continue;
        }
        if (claims_sources(&x->claims, group, &x->gained, e) < 0)
            return -1;
        for (; k < there->len && there->list[k].principal == principal; k++)
            if (update(x, there->list[k].row, e) < 0)
                return -1;
    }
    return 0;
}

/* Read the destination's row. */
static int set_destination(struct expansion *x, struct wire_bytes to, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_ENTITLEMENT];
    struct buf *const bufs[] = {&x->dest_type, &x->dest_resource, &x->dest_data};
    int r;

    x->dest = to;
    store_bind(q, 1, to);
    r = c1zdb_step(&x->s->db, q, e);
    for (int i = 0; r > 0 && i < 3; i++) {
        struct wire_bytes text = store_column(q, i);

        buf_clear(bufs[i]);
        if (buf_append(bufs[i], text.p, text.len) < 0)
            r = no_memory(e);
    }
    sqlite3_reset(q);
    /* References were checked: the entitlement of every grant is there. */
    return r > 0 ? 0 : r < 0 ? -1 : err_set(e, EX_SOFTWARE, "an entitlement is gone");
}

/* Everybody who holds a source gets the destination. */
static int expand_step(void *arg, const struct order_step *step, struct err *e)
{
    struct expansion *x = arg;
    const struct holder_list *there;

    if (claims_gather(&x->claims, &x->holders, step, e) < 0)
        return -1;
    if (x->claims.n == 0)
        return 0;
    if (set_destination(x, x->graph.nodes.list[step->to], e) < 0 ||
        holders_of(&x->holders, step->to, false, &there, e) < 0 || match(x, there, e) < 0)
        return -1;
    return create_all(x, step, e);
}

/* The whole. */

static int prepare(struct expansion *x, struct err *e)
{
    for (int i = 0; i < QUERIES; i++) {
        x->query[i] = c1zdb_prepare(&x->s->db, queries[i], e);
        if (x->query[i] == NULL)
            return -1;
    }
    sqlite3_bind_text(x->query[Q_ENTITLEMENT], 2, x->s->sync_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(x->query[Q_CREATE], 9, x->s->sync_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(x->query[Q_CREATE], 10, x->s->started_at, -1, SQLITE_STATIC);
    return 0;
}

static void release(struct expansion *x)
{
    struct buf *const bufs[] = {&x->dest_type, &x->dest_resource, &x->dest_data, &x->id, &x->data};
    void *const arrays[] = {x->fresh, x->runs};

    for (int i = 0; i < QUERIES; i++)
        sqlite3_finalize(x->query[i]);
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        buf_release(bufs[i]);
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
    sources_release(&x->gained);
    sources_release(&x->held);
    claims_release(&x->claims);
    holders_release(&x->holders);
    principals_release(&x->principals);
    graph_release(&x->graph);
}

/*
 * The unique index failed: name the line because of which the first row was made whose id another one has.  Rows of the
 * input have different ids, that was checked.
 */
static int find_taken(struct expansion *x, struct err *e)
{
    int64_t id = 0;
    size_t i = 0;

    if (c1zdb_number(&x->s->db,
            "SELECT min(b.id) FROM (SELECT external_id, min(id) AS first FROM v1_grants WHERE sync_id = ?1"
            " GROUP BY external_id HAVING count(*) > 1) a JOIN v1_grants b"
            " ON b.external_id = a.external_id AND b.sync_id = ?1 AND b.id > a.first",
            x->s->sync_id, &id, e) < 0)
        return -1;
    if (id == 0 || x->n_runs == 0)
        return err_set(e, EX_SOFTWARE, "grants of one id that cannot be found");
    while (i + 1 < x->n_runs && x->runs[i + 1].first <= id)
        i++;
    return refuse_id(x, x->runs[i].line, e);
}

static int remake_index(struct expansion *x, struct err *e)
{
    struct err first = {0};

    if (!x->remake || check_make_unique(x->s, KIND_GRANT, &first) == 0)
        return 0;
    if (sqlite3_extended_errcode(x->s->db.db) == SQLITE_CONSTRAINT_UNIQUE)
        return find_taken(x, e);
    *e = first;
    return -1;
}

/* Find who holds what, and take the unique index away if so many rows are to come that making it anew is faster. */
static int load_holders(struct expansion *x, struct err *e)
{
    uint64_t total;

    if (principals_load(&x->principals, x->s, &x->graph, e) < 0 ||
        holders_open(&x->holders, x->s, &x->graph, &x->principals, &total, e) < 0)
        return -1;
    x->remake = total > x->s->rows[KIND_GRANT] / REMAKE_RATIO;
    return x->remake ? check_drop_unique(x->s, KIND_GRANT, e) : 0;
}

static int expand_graph(struct expansion *x, struct err *e)
{
    struct order_limits limits;

    if (order_limits_from_env(&limits, e) < 0 || prepare(x, e) < 0 ||
        expandable_load(&x->graph, x->s, &x->counts->skipped, e) < 0)
        return -1;
    x->counts->edges = x->graph.n_edges;
    if (x->graph.n_edges == 0)
        return 0;
    if (load_holders(x, e) < 0 || order_walk(&x->graph, &limits, expand_step, x, e) < 0)
        return -1;
    return remake_index(x, e);
}

int expand_run(struct store *s, struct expand_counts *counts, struct err *e)
{
    struct expansion x = {.s = s, .counts = counts, .next_id = s->base + (int64_t)s->last_line + 1};
    struct buf *const bufs[] = {&x.dest_type, &x.dest_resource, &x.dest_data, &x.id, &x.data};
    int r;

    *counts = (struct expand_counts){0};
    graph_init(&x.graph);
    claims_init(&x.claims, &x.graph, &x.principals);
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        buf_init(bufs[i], GRANT_BYTES_MAX);
    r = expand_graph(&x, e);
    s->made = counts->created;
    release(&x);
    return r;
}
