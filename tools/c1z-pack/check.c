#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "log.h"

/* The most of an id that a message quotes, in bytes. */
#define QUOTED_MAX 300

/* The unique index of each kind but grants. */
static const char *const unique[] = {
    "idx_resource_types_external_sync_v1",
    "idx_resources_parent_resource_id_v1",
    "idx_entitlements_external_sync_v1",
};

/* What the search for duplicates holds: statements, and the pair of rows that differ with the least later id. */
struct search {
    struct store *s;
    enum kind kind;
    sqlite3_stmt *same, *drop;
    int64_t first, second;
    uint64_t dropped;
};

/* Compare the rows ${a} and ${b} of one id, and note that ${b} goes or that they differ. */
static int compare(struct search *x, int64_t a, int64_t b, struct err *e)
{
    int r;

    sqlite3_bind_int64(x->same, 1, a);
    sqlite3_bind_int64(x->same, 2, b);
    r = c1zdb_step(&x->s->db, x->same, e);
    if (r > 0 && !sqlite3_column_int(x->same, 0) && (x->second == 0 || b < x->second)) {
        x->first = a;
        x->second = b;
    }
    sqlite3_reset(x->same);
    if (r < 0)
        return -1;
    x->dropped++;
    sqlite3_bind_int64(x->drop, 1, b);
    return c1zdb_run(&x->s->db, x->drop, e);
}

/* Walk all rows of this sync in the order of ids, and compare each with the first of its id. */
static int walk(struct search *x, sqlite3_stmt *rows, struct err *e)
{
    char first_id[2 * RECORD_ID_MAX + 2] = "";
    int first_len = -1, r;
    int64_t first = 0;

    sqlite3_bind_int64(rows, 1, x->s->base);
    while ((r = c1zdb_step(&x->s->db, rows, e)) > 0) {
        int64_t row = sqlite3_column_int64(rows, 0);
        const void *id = sqlite3_column_text(rows, 1);
        int len = sqlite3_column_bytes(rows, 1);

        if (len == first_len && memcmp(id, first_id, (size_t)len) == 0) {
            if (compare(x, first, row, e) < 0)
                return -1;
            continue;
        }
        first = row;
        first_len = len < (int)sizeof(first_id) ? len : -1;
        if (first_len > 0)
            memcpy(first_id, id, (size_t)len);
    }
    return r;
}

static int search_statements(struct search *x, sqlite3_stmt **rows, struct err *e)
{
    const char *table = c1zdb_table(x->kind);
    char sql[256];

    snprintf(sql, sizeof(sql),
        "SELECT id, external_id FROM %s INDEXED BY duplicates WHERE id > ?1"
        " ORDER BY external_id, id",
        table);
    *rows = c1zdb_prepare(&x->s->db, sql, e);
    snprintf(sql, sizeof(sql), "SELECT a.data = b.data FROM %s a, %s b WHERE a.id = ?1 AND b.id = ?2", table, table);
    x->same = c1zdb_prepare(&x->s->db, sql, e);
    x->drop = c1zdb_prepare(&x->s->db, "INSERT INTO temp.dropped VALUES (?1)", e);
    return *rows == NULL || x->same == NULL || x->drop == NULL ? -1 : 0;
}

/* Find the duplicates of ${x}->kind by an index of their own: only a sync that has some pays for it. */
static int find(struct search *x, struct err *e)
{
    const char *table = c1zdb_table(x->kind);
    sqlite3_stmt *rows = NULL;
    char sql[256];
    int r;

    snprintf(sql, sizeof(sql),
        "CREATE TEMP TABLE dropped (id INTEGER PRIMARY KEY); CREATE INDEX duplicates ON %s (external_id)", table);
    if (c1zdb_exec(&x->s->db, sql, e) < 0)
        return -1;
    r = search_statements(x, &rows, e);
    if (r == 0)
        r = walk(x, rows, e);
    sqlite3_finalize(rows);
    sqlite3_finalize(x->same);
    sqlite3_finalize(x->drop);
    if (r < 0)
        return -1;
    if (x->second != 0)
        return err_set(e, EX_DATAERR, "%s: line %" PRIu64 ": differs from the %s of the same id in line %" PRIu64,
            x->s->input, store_line(x->s, x->second), kind_names(x->kind)->noun, store_line(x->s, x->first));
    snprintf(sql, sizeof(sql),
        "DROP INDEX duplicates; DELETE FROM %s WHERE id IN (SELECT id FROM temp.dropped); DROP TABLE temp.dropped",
        table);
    return c1zdb_exec(&x->s->db, sql, e);
}

int check_duplicates(struct store *s, enum kind kind, struct err *e)
{
    struct search x = {.s = s, .kind = kind};
    struct err first = {0};

    if (c1zdb_make_index(&s->db, unique[kind], &first) == 0)
        return 0;
    if (sqlite3_extended_errcode(s->db.db) != SQLITE_CONSTRAINT_UNIQUE) {
        *e = first;
        return -1;
    }
    if (find(&x, e) < 0)
        return -1;
    s->rows[kind] -= x.dropped;
    return c1zdb_make_index(&s->db, unique[kind], e);
}

/*
 * Queries for the first row (above id ?1, of sync ?2) that refers to nothing, and what it refers to.  Resources are found
 * by their unique index, whose text does not tell "a:b" + "c" from "a" + "b:c"; so their type is compared too.
 */
#define RESOURCE_EXISTS(type, id)                                                                             \
    "EXISTS (SELECT 1 FROM v1_resources r WHERE r.external_id = " type " || ':' || " id " AND r.sync_id = ?2" \
    " AND r.resource_type_id = " type ")"

/*
 * ${tolerable}: readers show a placeholder for what is missing, and finished syncs of other writers do lack it.
 * ${passing}: what is missing may have been made while the records were fetched.
 */
static const struct {
    const char *sql, *path, *what;
    bool tolerable, passing;
} references[] = {
    {"SELECT min(id), resource_type_id FROM v1_resources x WHERE id > ?1 AND NOT EXISTS (SELECT 1 FROM"
     " v1_resource_types t WHERE t.external_id = x.resource_type_id AND t.sync_id = ?2)",
        "$.id.resourceType", "no such resource type in the input", false, false},
    {"SELECT min(id), parent_resource_type_id || ':' || parent_resource_id FROM v1_resources x WHERE id > ?1"
     " AND parent_resource_id IS NOT NULL AND NOT " RESOURCE_EXISTS(
         "x.parent_resource_type_id", "x.parent_resource_id"),
        "$.parentResourceId", "no such resource in the input", true, true},
    {"SELECT min(id), resource_type_id || ':' || resource_id FROM v1_entitlements x WHERE id > ?1"
     " AND NOT " RESOURCE_EXISTS("x.resource_type_id", "x.resource_id"),
        "$.resource.id", "no such resource in the input", false, true},
    {"SELECT min(id), entitlement_id FROM temp.grant_entitlement x WHERE id > ?1 AND NOT EXISTS (SELECT 1 FROM"
     " v1_entitlements t WHERE t.external_id = x.entitlement_id AND t.sync_id = ?2)",
        "$.entitlement.id", "no such entitlement in the input", false, true},
    {"SELECT min(id), resource_type_id || ':' || resource_id FROM temp.grant_entitlement x WHERE id > ?1"
     " AND NOT EXISTS (SELECT 1 FROM v1_entitlements t WHERE t.external_id = x.entitlement_id AND t.sync_id = ?2"
     " AND t.resource_type_id = x.resource_type_id AND t.resource_id = x.resource_id)",
        "$.entitlement.resource.id", "the entitlement is on another resource than", false, false},
    {"SELECT min(id), resource_type_id || ':' || resource_id FROM temp.grant_principal x WHERE id > ?1"
     " AND NOT " RESOURCE_EXISTS("x.resource_type_id", "x.resource_id"),
        "$.principal.id", "no such resource in the input", true, true},
};

/* Say what the row ${q} found refers to in vain: as a warning if it is to be tolerated, else as the error. */
static int dangling(const struct store *s, size_t i, sqlite3_stmt *q, bool tolerate, struct err *e)
{
    struct wire_bytes id = store_column(q, 1);
    struct err found = {0};

    err_set(&found, EX_DATAERR, "%s: line %" PRIu64 ", at %s: %s: '%.*s'%s", s->input,
        store_line(s, sqlite3_column_int64(q, 0)), references[i].path, references[i].what,
        (int)bytes_cut((const char *)id.p, id.len, QUOTED_MAX), (const char *)id.p,
        references[i].passing && !tolerate ? "; if it was made meanwhile, run again" : "");
    if (!tolerate)
        return err_set(e, found.status, "%s", found.msg);
    log_warn(found.msg);
    return 0;
}

/* Run query number ${i}. */
static int check_reference(struct store *s, size_t i, bool finished, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(&s->db, references[i].sql, e);
    int r;

    if (q == NULL)
        return -1;
    sqlite3_bind_int64(q, 1, s->base);
    sqlite3_bind_text(q, 2, s->sync_id, -1, SQLITE_STATIC);
    r = c1zdb_step(&s->db, q, e);
    /* Without a row that is min(), there is one with NULL in it. */
    if (r > 0)
        r = sqlite3_column_type(q, 0) == SQLITE_NULL ? 0 : dangling(s, i, q, finished && references[i].tolerable, e);
    sqlite3_finalize(q);
    return r;
}

int check_references(struct store *s, bool finished, struct err *e)
{
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
        if (check_reference(s, i, finished, e) < 0)
            return -1;
    return 0;
}
