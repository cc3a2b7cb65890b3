#include "expand.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "log.h"
#include "wire.h"

/* Fields of Grant, GrantSources (and of every entry of a map), GrantSource, GrantExpandable. */
enum { GRANT_ENTITLEMENT = 1, GRANT_PRINCIPAL = 2, GRANT_ID = 3, GRANT_ANNOTATIONS = 4, GRANT_SOURCES = 5 };
enum { SOURCES_SOURCES = 1, ENTRY_KEY = 1, ENTRY_VALUE = 2, SOURCE_IS_DIRECT = 1 };
enum { EXPANDABLE_IDS = 1, EXPANDABLE_SHALLOW = 2, EXPANDABLE_TYPES = 3 };

/* The annotation of every grant that expansion makes: an Any with the type of an empty message. */
static const char immutable[] = "\x0a\x32type.googleapis.com/c1.connector.v2.GrantImmutable";

/* The most a grant may take, with all its sources. */
#define GRANT_BYTES_MAX ((size_t)512 << 20)

/* One entry of a grant's sources. */
struct source {
    struct wire_bytes key;
    bool direct;
};

struct sources {
    struct source *list;
    size_t len, cap;
};

/* Statements by what they do. */
enum {
    Q_ENTITLEMENT, /* the resource and the message of an entitlement */
    Q_SOURCES,     /* the grants of an entitlement, by principal */
    Q_HELD,        /* the grants of an entitlement to one principal */
    Q_CREATE,
    Q_UPDATE,
    QUERIES,
};
static const char *const queries[QUERIES] = {
    "SELECT resource_type_id, resource_id, data FROM v1_entitlements WHERE external_id = ?1 AND sync_id = ?2",
    "SELECT principal_resource_type_id, principal_resource_id, data FROM v1_grants"
    " INDEXED BY idx_grants_entitlement_id_principal_id_v1 WHERE entitlement_id = ?1 AND id > ?2"
    " ORDER BY principal_resource_type_id, principal_resource_id, id",
    "SELECT id, data FROM v1_grants INDEXED BY idx_grants_entitlement_id_principal_id_v1"
    " WHERE entitlement_id = ?1 AND principal_resource_type_id = ?2 AND principal_resource_id = ?3 AND id > ?4"
    " ORDER BY id",
    "INSERT INTO v1_grants (id, resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
    " principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, 0, ?8, ?9, ?10)",
    "UPDATE v1_grants SET data = ?2 WHERE id = ?1",
};

/* ${dest} is the entitlement that grants are made of at the moment, with its resource and message. */
struct expansion {
    struct store *s;
    struct graph graph;
    struct expand_counts *counts;
    sqlite3_stmt *query[QUERIES];
    int64_t next_id;
    struct wire_bytes dest;
    struct buf dest_type, dest_resource, dest_data;
    struct buf id, data;
    struct sources held;
};

static struct wire_bytes column(sqlite3_stmt *s, int i)
{
    /* The pointer first: asking for the length must not convert what it points at. */
    const void *p = sqlite3_column_blob(s, i);

    return (struct wire_bytes){p, (size_t)sqlite3_column_bytes(s, i)};
}

static bool equal(struct wire_bytes a, struct wire_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static void bind_text(sqlite3_stmt *s, int i, struct wire_bytes text)
{
    sqlite3_bind_text(s, i, text.len == 0 ? "" : (const char *)text.p, (int)text.len, SQLITE_STATIC);
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

/* Loading the graph. */

/* Whether the entitlement ${id} is there (1 or 0), and on the resource ${type}, ${resource}; -1 on failure. */
static int check_source(struct expansion *x, struct wire_bytes id, struct wire_bytes type, struct wire_bytes resource,
    bool *matches, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_ENTITLEMENT];
    int r;

    bind_text(q, 1, id);
    r = c1zdb_step(&x->s->db, q, e);
    if (r > 0)
        *matches = equal(column(q, 0), type) && equal(column(q, 1), resource);
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
    return w.bad ? bad_row(e) : 0;
}

/* Add the edges of the expandable grant in the current row of ${q}. */
static int add_edges(struct expansion *x, sqlite3_stmt *q, struct err *e)
{
    uint64_t line = store_line(x->s, sqlite3_column_int64(q, 0));
    struct wire_bytes message = column(q, 4), *list = calloc(message.len / 2 + 1, sizeof(*list));
    struct expandable expandable = {0};
    int r = list == NULL ? err_set(e, EX_OSERR, "no memory") : read_expandable(message, list, &expandable, e);

    for (size_t i = 0; r == 0 && i < expandable.n_ids; i++) {
        bool matches = false;

        r = check_source(x, expandable.ids[i], column(q, 2), column(q, 3), &matches, e);
        if (r > 0 && !matches)
            r = err_set(e, EX_DATAERR,
                "%s: line %" PRIu64
                ", at $.annotations: the grant expands by an entitlement that is not on its principal",
                x->s->input, line);
        else if (r > 0)
            r = graph_add(&x->graph, expandable.ids[i], column(q, 1), expandable.shallow, expandable.types,
                expandable.n_types, line, e);
        else if (r == 0 && x->counts->skipped++ == 0)
            log_warn("a grant expands by an entitlement that is not in the input; that has no effect",
                LOG_INT("line", (int64_t)line));
    }
    free(list);
    return r;
}

static int load_graph(struct expansion *x, struct err *e)
{
    static const char sql[] =
        "SELECT id, entitlement_id, principal_resource_type_id, principal_resource_id, expansion FROM v1_grants"
        " WHERE sync_id = ?1 AND expansion IS NOT NULL AND id > ?2 ORDER BY id";
    sqlite3_stmt *q = c1zdb_prepare(&x->s->db, sql, e);
    int r;

    if (q == NULL)
        return -1;
    sqlite3_bind_text(q, 1, x->s->sync_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, x->s->base);
    while ((r = c1zdb_step(&x->s->db, q, e)) > 0)
        if (add_edges(x, q, e) < 0) {
            r = -1;
            break;
        }
    sqlite3_finalize(q);
    x->counts->edges = x->graph.n_edges;
    if (r == 0 && x->counts->skipped > 1)
        log_warn("expansions without effect", LOG_INT("count", (int64_t)x->counts->skipped));
    return r;
}

/* Sources. */

static int compare_keys(struct wire_bytes a, struct wire_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int r = len == 0 ? 0 : memcmp(a.p, b.p, len);

    return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

/* The field ${number} of ${message}, the last one if it is there more than once; an empty body when it is not there. */
static struct wire_bytes find_field(struct wire_bytes message, uint64_t number)
{
    struct wire w = wire_begin(message);
    struct wire_field f;
    struct wire_bytes body = {NULL, 0};

    while (wire_next(&w, &f))
        if (f.number == number && f.body.p != NULL)
            body = f.body;
    return body;
}

static struct source read_entry(struct wire_bytes entry)
{
    struct wire value = wire_begin(find_field(entry, ENTRY_VALUE));
    struct source source = {.key = find_field(entry, ENTRY_KEY)};
    struct wire_field f;

    while (wire_next(&value, &f))
        if (f.number == SOURCE_IS_DIRECT)
            source.direct = f.varint != 0;
    return source;
}

/* Put ${source} into the sorted list, or make the entry of its key direct if it is. Return whether that changed it. */
static int sources_add(struct sources *list, struct source source, struct err *e)
{
    size_t at = 0;

    while (at < list->len && compare_keys(list->list[at].key, source.key) < 0)
        at++;
    if (at < list->len && equal(list->list[at].key, source.key)) {
        if (list->list[at].direct || !source.direct)
            return 0;
        list->list[at].direct = true;
        return 1;
    }
    if (list->len == list->cap) {
        size_t cap = list->cap == 0 ? 16 : list->cap * 2;
        struct source *grown = realloc(list->list, cap * sizeof(*grown));

        if (grown == NULL)
            return err_set(e, EX_OSERR, "no memory for the sources of a grant");
        list->list = grown;
        list->cap = cap;
    }
    memmove(list->list + at + 1, list->list + at, (list->len - at) * sizeof(*list->list));
    list->list[at] = source;
    list->len++;
    return 1;
}

static int sources_read(struct sources *list, struct wire_bytes grant, struct err *e)
{
    struct wire w = wire_begin(find_field(grant, GRANT_SOURCES));
    struct wire_field f;

    list->len = 0;
    while (wire_next(&w, &f))
        if (f.number == SOURCES_SOURCES && sources_add(list, read_entry(f.body), e) < 0)
            return -1;
    return w.bad ? bad_row(e) : 0;
}

/* The bytes of one source's entry: key and value, the value empty unless it is direct. */
static size_t entry_size(const struct source *s)
{
    return wire_size(s->key.len) + wire_size(s->direct ? 2 : 0);
}

/* Append the field of sources, as the deterministic marshaller writes it. */
static void put_sources(struct buf *out, const struct source *list, size_t len)
{
    static const uint8_t is_direct[] = {SOURCE_IS_DIRECT << 3, 1};
    size_t size = 0;

    for (size_t i = 0; i < len; i++)
        size += wire_size(entry_size(&list[i]));
    wire_put_head(out, GRANT_SOURCES, size);
    for (size_t i = 0; i < len; i++) {
        wire_put_head(out, SOURCES_SOURCES, entry_size(&list[i]));
        wire_put(out, ENTRY_KEY, list[i].key);
        wire_put(out, ENTRY_VALUE, (struct wire_bytes){is_direct, list[i].direct ? sizeof(is_direct) : 0});
    }
}

/*
 * Whether the grant of ${entitlement} with these bytes is held directly: it has no sources, or its own entitlement is
 * among them.
 */
static bool is_direct(struct wire_bytes grant, struct wire_bytes entitlement)
{
    struct wire w = wire_begin(find_field(grant, GRANT_SOURCES));
    struct wire_field f;
    bool any = false;

    while (wire_next(&w, &f)) {
        if (f.number != SOURCES_SOURCES)
            continue;
        any = true;
        if (equal(find_field(f.body, ENTRY_KEY), entitlement))
            return true;
    }
    return !any;
}

/* Expanding. */

/* One principal who holds a source, while the step is carried out. */
struct holder {
    struct wire_bytes type, resource, grant;
    struct source source;
};

/* The id of a new grant: that of the entitlement and of the principal, joined (reference/baton-model.md section 3.3). */
static void make_id(struct expansion *x, const struct holder *h)
{
    buf_clear(&x->id);
    buf_append(&x->id, x->dest.p, x->dest.len);
    buf_putc(&x->id, ':');
    buf_append(&x->id, h->type.p, h->type.len);
    buf_putc(&x->id, ':');
    buf_append(&x->id, h->resource.p, h->resource.len);
}

static void bind_data(struct expansion *x, sqlite3_stmt *q, int i)
{
    sqlite3_bind_blob(q, i, x->data.data, (int)x->data.len, SQLITE_STATIC);
}

/* Give the holder a grant of the destination. */
static int create(struct expansion *x, const struct holder *h, uint64_t line, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_CREATE];
    struct wire_bytes annotation = {(const uint8_t *)immutable, sizeof(immutable) - 1};
    int r;

    make_id(x, h);
    buf_clear(&x->data);
    wire_put(&x->data, GRANT_ENTITLEMENT, bytes_of(&x->dest_data));
    wire_put(&x->data, GRANT_PRINCIPAL, find_field(h->grant, GRANT_PRINCIPAL));
    wire_put(&x->data, GRANT_ID, bytes_of(&x->id));
    wire_put(&x->data, GRANT_ANNOTATIONS, annotation);
    put_sources(&x->data, &h->source, 1);
    if (x->data.failed || x->id.failed)
        return err_set(e, EX_OSERR, "no memory for a grant");
    sqlite3_bind_int64(q, 1, x->next_id++);
    bind_text(q, 2, bytes_of(&x->dest_type));
    bind_text(q, 3, bytes_of(&x->dest_resource));
    bind_text(q, 4, x->dest);
    bind_text(q, 5, h->type);
    bind_text(q, 6, h->resource);
    bind_text(q, 7, bytes_of(&x->id));
    bind_data(x, q, 8);
    r = sqlite3_step(q);
    if (sqlite3_extended_errcode(x->s->db.db) == SQLITE_CONSTRAINT_UNIQUE)
        return err_set(e, EX_DATAERR,
            "%s: line %" PRIu64 ": the grant expands into one whose id is that of a grant to someone else", x->s->input,
            line);
    if (r != SQLITE_DONE)
        return c1zdb_fail(&x->s->db, queries[Q_CREATE], e);
    sqlite3_reset(q);
    x->counts->created++;
    return 0;
}

/* Add the source to the grant in the current row of ${q}, and what makes it a direct one if it had none. */
static int update(struct expansion *x, sqlite3_stmt *q, const struct holder *h, struct err *e)
{
    struct wire_bytes grant = column(q, 1);
    struct wire w = wire_begin(grant);
    struct wire_field f;
    int changed = 0;

    if (sources_read(&x->held, grant, e) < 0)
        return -1;
    if (x->held.len == 0)
        changed = sources_add(&x->held, (struct source){x->dest, true}, e);
    if (changed >= 0) {
        int r = sources_add(&x->held, h->source, e);

        changed = r < 0 ? r : changed | r;
    }
    if (changed <= 0)
        return changed;
    buf_clear(&x->data);
    while (wire_next(&w, &f))
        if (f.number != GRANT_SOURCES)
            wire_put_raw(&x->data, f.whole);
    put_sources(&x->data, x->held.list, x->held.len);
    if (w.bad || x->data.failed)
        return w.bad ? bad_row(e) : err_set(e, EX_OSERR, "no memory for a grant");
    sqlite3_bind_int64(x->query[Q_UPDATE], 1, sqlite3_column_int64(q, 0));
    bind_data(x, x->query[Q_UPDATE], 2);
    x->counts->updated++;
    return c1zdb_run(&x->s->db, x->query[Q_UPDATE], e);
}

/* See that the holder has the destination, with the source named. */
static int apply(struct expansion *x, const struct holder *h, uint64_t line, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_HELD];
    bool found = false;
    int r;

    bind_text(q, 1, x->dest);
    bind_text(q, 2, h->type);
    bind_text(q, 3, h->resource);
    while ((r = c1zdb_step(&x->s->db, q, e)) > 0) {
        found = true;
        if (update(x, q, h, e) < 0) {
            r = -1;
            break;
        }
    }
    sqlite3_reset(q);
    if (r < 0)
        return -1;
    return found ? 0 : create(x, h, line, e);
}

/* Read the destination's row, unless it is still the one of the step before. */
static int set_destination(struct expansion *x, struct wire_bytes to, struct err *e)
{
    sqlite3_stmt *q = x->query[Q_ENTITLEMENT];
    struct buf *const bufs[] = {&x->dest_type, &x->dest_resource, &x->dest_data};
    int r;

    if (x->dest.p == to.p)
        return 0;
    x->dest = to;
    bind_text(q, 1, to);
    r = c1zdb_step(&x->s->db, q, e);
    for (int i = 0; r > 0 && i < 3; i++) {
        struct wire_bytes text = column(q, i);

        buf_clear(bufs[i]);
        if (buf_append(bufs[i], text.p, text.len) < 0)
            r = err_set(e, EX_OSERR, "no memory for an entitlement");
    }
    sqlite3_reset(q);
    /* References were checked: the entitlement of every grant is there. */
    return r > 0 ? 0 : r < 0 ? -1 : err_set(e, EX_SOFTWARE, "an entitlement is gone");
}

/* Everybody who holds the source gets the destination. */
static int step(void *arg, const struct graph_step *step, struct err *e)
{
    struct expansion *x = arg;
    sqlite3_stmt *q = x->query[Q_SOURCES];
    int r;

    if (set_destination(x, step->to, e) < 0)
        return -1;
    bind_text(q, 1, step->from);
    while ((r = c1zdb_step(&x->s->db, q, e)) > 0) {
        struct holder h = {.type = column(q, 0), .resource = column(q, 1), .grant = column(q, 2)};

        h.source = (struct source){step->from, is_direct(h.grant, step->from)};
        if (!graph_admits(&x->graph, step->edge, h.type) || (step->edge->shallow && !h.source.direct))
            continue;
        if (apply(x, &h, step->edge->line, e) < 0) {
            r = -1;
            break;
        }
    }
    sqlite3_reset(q);
    return r;
}

static int prepare(struct expansion *x, struct err *e)
{
    for (int i = 0; i < QUERIES; i++) {
        x->query[i] = c1zdb_prepare(&x->s->db, queries[i], e);
        if (x->query[i] == NULL)
            return -1;
    }
    sqlite3_bind_text(x->query[Q_ENTITLEMENT], 2, x->s->sync_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(x->query[Q_SOURCES], 2, x->s->base);
    sqlite3_bind_int64(x->query[Q_HELD], 4, x->s->base);
    sqlite3_bind_text(x->query[Q_CREATE], 9, x->s->sync_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(x->query[Q_CREATE], 10, x->s->started_at, -1, SQLITE_STATIC);
    return 0;
}

static void release(struct expansion *x)
{
    struct buf *const bufs[] = {&x->dest_type, &x->dest_resource, &x->dest_data, &x->id, &x->data};

    for (int i = 0; i < QUERIES; i++)
        sqlite3_finalize(x->query[i]);
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        buf_release(bufs[i]);
    free(x->held.list);
    graph_release(&x->graph);
}

/* The indexes that expansion searches. They are wanted in the end anyway. */
static int make_indexes(struct store *s, struct err *e)
{
    if (c1zdb_make_index(&s->db, "idx_grants_sync_expansion_v1", e) < 0)
        return -1;
    return c1zdb_make_index(&s->db, "idx_grants_entitlement_id_principal_id_v1", e);
}

int expand_run(struct store *s, struct expand_counts *counts, struct err *e)
{
    struct expansion x = {.s = s, .counts = counts, .next_id = s->base + (int64_t)s->last_line + 1};
    struct buf *const bufs[] = {&x.dest_type, &x.dest_resource, &x.dest_data, &x.id, &x.data};
    struct graph_limits limits;
    int r;

    *counts = (struct expand_counts){0};
    if (graph_limits_from_env(&limits, e) < 0)
        return -1;
    graph_init(&x.graph);
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        buf_init(bufs[i], GRANT_BYTES_MAX);
    r = make_indexes(s, e);
    if (r == 0)
        r = prepare(&x, e);
    if (r == 0)
        r = load_graph(&x, e);
    if (r == 0)
        r = graph_walk(&x.graph, &limits, step, &x, e);
    release(&x);
    return r;
}
