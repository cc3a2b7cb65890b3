#include "v3.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "c1z3_write.h"
#include "c1z3key.h"
#include "c1z3make.h"
#include "extsort.h"
#include "pebble_write.h"
#include "v3grants.h"
#include "v3sync.h"

/* What is sorted at once of all but grants, and what one record may take. */
#define SORT_BYTES ((size_t)16 << 20)
#define RECORD_BYTES_MAX ((size_t)256 << 20)
/*
 * From here on helpers compress.  For less they are not worth it, and libzstd 1.5.4 dies when there is no memory to
 * make them.  The bytes of the file depend on whether there are any, not on how many.
 */
#define HELPED_BYTES ((uint64_t)8 << 20)

/* About what the records of one grant take. */
#define GRANT_BYTES 500

#define MESSAGE_BYTES_MAX ((size_t)1 << 30)

/* How keys are made, noted under these names. */
#define KEYSPACE_VERSION 2
#define ID_FORMAT_STRUCTURED 2

/*
 * ${key} and ${value} are those of the record being made; ${bytes} is how much all that were made take.  ${next_key} and
 * ${next_value} are the next sorted ones, while there are ${more}.
 */
struct v3_run {
    const struct v3 *how;
    struct v3sync sync;
    struct v3grants grants;
    struct extsort *sort;
    struct span next_key, next_value;
    bool more;
    struct arena arena;
    struct buf key, value;
    uint64_t bytes;
};

/* The rows of each kind but grants: their texts stand behind id and data. */
static const char *const queries[KIND_COUNT] = {
    [KIND_RESOURCE_TYPE] = "SELECT id, data, external_id FROM v1_resource_types NOT INDEXED ORDER BY id",
    [KIND_RESOURCE] = "SELECT id, data, resource_type_id, substr(external_id, length(resource_type_id) + 2),"
                      " parent_resource_type_id, parent_resource_id FROM v1_resources NOT INDEXED ORDER BY id",
    [KIND_ENTITLEMENT] = "SELECT id, data, resource_type_id, resource_id, external_id FROM v1_entitlements"
                         " NOT INDEXED ORDER BY id",
};
enum { COL_ID, COL_DATA, COL_TEXT };

static struct span column(sqlite3_stmt *s, int i)
{
    struct wire_bytes b = store_column(s, i);

    return (struct span){b.p, b.len};
}

static struct c1z3key_ref ref_column(sqlite3_stmt *s, int i)
{
    return (struct c1z3key_ref){column(s, i), column(s, i + 1)};
}

/* Hand the record on to be sorted, then begin another key. */
static int add(struct v3_run *r, struct span value, int64_t row, struct err *e)
{
    if (r->key.failed)
        return err_set(e, EX_OSERR, "no memory for a key");
    if (extsort_add(r->sort, span_of_buf(&r->key), value, (uint64_t)row, e) < 0)
        return -1;
    r->bytes += r->key.len + value.len;
    buf_clear(&r->key);
    return 0;
}

/*
 * Rows.
 */

/* A resource is found by its parent too. */
static int add_resource(struct v3_run *r, sqlite3_stmt *s, int64_t row, struct err *e)
{
    const struct c1z3key_ref self = ref_column(s, COL_TEXT), parent = ref_column(s, COL_TEXT + 2);

    c1z3key_resource(&r->key, &self);
    if (add(r, span_of_buf(&r->value), row, e) < 0 || parent.id.len == 0)
        return e->status != 0 ? -1 : 0;
    c1z3key_by_parent(&r->key, &parent, &self);
    return add(r, (struct span){NULL, 0}, row, e);
}

static int add_entitlement(struct v3_run *r, sqlite3_stmt *s, int64_t row, struct err *e)
{
    const struct c1z3key_ref on = ref_column(s, COL_TEXT);

    c1z3key_entitlement(&r->key, &on, column(s, COL_TEXT + 2));
    return add(r, span_of_buf(&r->value), row, e);
}

static int add_row(struct v3_run *r, enum kind kind, sqlite3_stmt *s, struct err *e)
{
    const int64_t row = sqlite3_column_int64(s, COL_ID);

    buf_clear(&r->value);
    arena_reset(&r->arena);
    if (c1z3make_record(kind, column(s, COL_DATA), r->sync.discovered_at, &r->arena, &r->value, e) < 0)
        return err_context(e, "%s: line %" PRIu64 ": %s", r->how->store->input, store_line(r->how->store, row),
            kind_names(kind)->noun);
    if (kind == KIND_RESOURCE)
        return add_resource(r, s, row, e);
    if (kind == KIND_ENTITLEMENT)
        return add_entitlement(r, s, row, e);
    c1z3key_one(&r->key, C1Z3KEY_RESOURCE_TYPE, column(s, COL_TEXT));
    return add(r, span_of_buf(&r->value), row, e);
}

static int add_kind(struct v3_run *r, enum kind kind, struct err *e)
{
    struct c1zdb *db = &r->how->store->db;
    sqlite3_stmt *s = c1zdb_prepare(db, queries[kind], e);
    int n;

    if (s == NULL)
        return -1;
    while ((n = c1zdb_step(db, s, e)) > 0)
        if (add_row(r, kind, s, e) < 0) {
            n = -1;
            break;
        }
    sqlite3_finalize(s);
    return n;
}

/* Grants that expand have an index of their own; what else there is of grants is not sorted here. */
static int add_expandable(struct v3_run *r, struct err *e)
{
    struct grants *g = &r->how->store->grants;

    for (uint64_t i = 0; i < grants_expanding(g); i++) {
        struct grant grant;

        if (grants_expander(g, i, &grant, e) < 0)
            return -1;
        if (grant.line == 0)
            continue;
        v3grants_put_expandable(g, &grant, &r->key);
        if (add(r, (struct span){NULL, 0}, 0, e) < 0)
            return -1;
    }
    return 0;
}

/*
 * What is there once.
 */

static int add_number(struct v3_run *r, const char *name, uint32_t number, struct err *e)
{
    const uint8_t value[4] = {
        (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

    c1z3key_meta(&r->key, name);
    return add(r, (struct span){value, sizeof(value)}, 0, e);
}

static int add_sync(struct v3_run *r, struct err *e)
{
    static const uint8_t key[] = {C1Z3KEY_FIRST, C1Z3KEY_SYNC};

    buf_append(&r->key, key, sizeof(key));
    buf_clear(&r->value);
    v3sync_put_run(&r->sync, &r->value);
    if (r->value.failed)
        return err_set(e, EX_OSERR, "no memory");
    return add(r, span_of_buf(&r->value), 0, e);
}

static int add_stats(struct v3_run *r, struct err *e)
{
    c1z3key_meta(&r->key, "stats");
    buf_putc(&r->key, '\0');
    return add(r, span_of_buf(&r->sync.stats), 0, e);
}

static int add_assets(struct v3_run *r, struct err *e)
{
    struct c1zdb *db = &r->how->store->db;
    sqlite3_stmt *s = c1zdb_prepare(db, "SELECT external_id, content_type, data FROM v1_assets ORDER BY id", e);
    int n;

    if (s == NULL)
        return -1;
    while ((n = c1zdb_step(db, s, e)) > 0) {
        buf_clear(&r->value);
        v3sync_put_asset(&r->sync, column(s, 0), column(s, 1), column(s, 2), &r->value);
        c1z3key_one(&r->key, C1Z3KEY_ASSET, column(s, 0));
        if (r->value.failed)
            n = err_set(e, EX_OSERR, "no memory for an asset");
        if (n < 0 || add(r, span_of_buf(&r->value), 0, e) < 0) {
            n = -1;
            break;
        }
    }
    sqlite3_finalize(s);
    return n;
}

static int add_all(struct v3_run *r, struct err *e)
{
    for (enum kind kind = 0; kind < KIND_GRANT; kind++)
        if (add_kind(r, kind, e) < 0)
            return -1;
    if (add_expandable(r, e) < 0)
        return -1;
    if (add_assets(r, e) < 0 || add_sync(r, e) < 0 || add_stats(r, e) < 0)
        return -1;
    if (add_number(r, "keyspace_version", KEYSPACE_VERSION, e) < 0)
        return -1;
    return add_number(r, "grant_entitlement_id_format", ID_FORMAT_STRUCTURED, e);
}

/*
 * Writing.
 */

/* Bring the next of what is sorted. */
static int next(struct v3_run *r, struct err *e)
{
    uint64_t row;
    int n = extsort_next(r->sort, &r->next_key, &r->next_value, &row, e);

    r->more = n > 0;
    return n < 0 ? -1 : 0;
}

/* Write what is sorted and comes before ${limit} (NULL: all). */
static int write_before(struct v3_run *r, struct pebble_write *w, const struct buf *limit, struct err *e)
{
    while (r->more && (limit == NULL || span_compare(r->next_key, span_of_buf(limit)) < 0))
        if (pebble_write_add(w, r->next_key, r->next_value, e) < 0 || next(r, e) < 0)
            return -1;
    return 0;
}

/* Write everything in the order of keys. */
static int write_sorted(struct v3_run *r, struct pebble_write *w, struct err *e)
{
    buf_clear(&r->key);
    c1z3key_grants(&r->key);
    if (next(r, e) < 0 || write_before(r, w, &r->key, e) < 0 || v3grants_write(&r->grants, w, e) < 0)
        return -1;
    buf_clear(&r->key);
    c1z3key_by_principals(&r->key);
    if (write_before(r, w, &r->key, e) < 0 || v3grants_write_index(&r->grants, w, e) < 0)
        return -1;
    return write_before(r, w, NULL, e);
}

static int write_file(struct v3_run *r, int out, const char *name, struct err *e)
{
    struct c1z3_write *file = NULL;
    struct pebble_write *w = NULL;
    struct buf summary;
    uint64_t bytes = r->bytes + r->how->store->grants.n * GRANT_BYTES;
    int threads = bytes < HELPED_BYTES ? 0 : r->how->threads, n = -1;

    buf_init(&summary, RECORD_BYTES_MAX);
    v3sync_put_summary(&r->sync, &summary);
    if (summary.failed)
        err_set(e, EX_OSERR, "no memory");
    else
        file = c1z3_write_new(out, name, span_of_buf(&summary), r->how->level, threads, e);
    if (file != NULL && (w = pebble_write_new(c1z3_write_file, file, e)) != NULL)
        n = write_sorted(r, w, e);
    if (n == 0)
        n = pebble_write_finish(w, e);
    if (n == 0)
        n = c1z3_write_finish(file, e);
    pebble_write_free(w);
    c1z3_write_free(file);
    buf_release(&summary);
    return n;
}

int v3_encode(void *arg, int database, int out, const char *name, struct err *e)
{
    struct v3_run r = {.how = arg};
    int n = -1;

    (void)database;
    arena_init(&r.arena, MESSAGE_BYTES_MAX);
    buf_init(&r.key, RECORD_BYTES_MAX);
    buf_init(&r.value, RECORD_BYTES_MAX);
    r.sort = extsort_new(r.how->dir, SORT_BYTES, e);
    if (r.sort != NULL && v3sync_read(&r.sync, r.how->store, e) == 0 && add_all(&r, e) == 0 &&
        v3grants_open(&r.grants, r.how->store, r.sync.discovered_at, e) == 0)
        n = write_file(&r, out, name, e);
    v3grants_close(&r.grants);
    extsort_free(r.sort);
    v3sync_release(&r.sync);
    arena_release(&r.arena);
    buf_release(&r.key);
    buf_release(&r.value);
    return n;
}
