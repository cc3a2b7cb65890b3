#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "backfill.h"
#include "c1z.h"
#include "fill.h"
#include "insert.h"
#include "recode.h"
#include "setting.h"

/* Page cache in KiB. SQLite sorts in pieces of the same size, so this bounds memory in every phase. */
#define CACHE_KIB (16 * 1024)

/* Helpers for sorting: one beside the main thread, as the reader's thread has ended when indexes are made. */
#define SORT_THREADS 1

/* Row ids stay under this, so that adding line numbers cannot pass the end. */
#define BASE_MAX ((int64_t)1 << 62)

/* One statement a kind, but for grants; the texts of a record in their order, then the rest. */
static const char *const inserts[KIND_COUNT] = {
    [KIND_RESOURCE_TYPE] = "INSERT OR ABORT INTO v1_resource_types (id, external_id, data, sync_id, discovered_at)"
                           " VALUES (?1, ?5, ?2, ?3, ?4)",
    [KIND_RESOURCE] = "INSERT OR ABORT INTO v1_resources (id, resource_type_id, external_id, parent_resource_type_id,"
                      " parent_resource_id, data, sync_id, discovered_at) VALUES (?1, ?5, ?6, ?7, ?8, ?2, ?3, ?4)",
    [KIND_ENTITLEMENT] =
        "INSERT OR ABORT INTO v1_entitlements (id, resource_type_id, resource_id, external_id, data, sync_id,"
        " discovered_at) VALUES (?1, ?5, ?6, ?7, ?2, ?3, ?4)",
};
static const int texts[KIND_COUNT] = {[KIND_RESOURCE_TYPE] = 1, [KIND_RESOURCE] = 4, [KIND_ENTITLEMENT] = 3};
enum { P_ID = 1, P_DATA, P_SYNC, P_DISCOVERED, P_TEXT };

static int make_sync_id(struct store *s, const char *sync_id, time_t when, struct err *e)
{
    uint8_t chance[KSUID_RANDOM_LEN];
    ssize_t n;

    if (sync_id != NULL) {
        snprintf(s->sync_id, sizeof(s->sync_id), "%s", sync_id);
        return 0;
    }
    do
        n = getrandom(chance, sizeof(chance), 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(chance))
        return err_sys(e, EX_OSERR, "no random bytes");
    ksuid_format(s->sync_id, when, chance);
    return 0;
}

/* Where the ids of this sync's rows begin: behind those of all tables. */
static int find_base(struct store *s, struct err *e)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        char sql[64];
        int64_t last;

        snprintf(sql, sizeof(sql), "SELECT max(id) FROM %s", c1zdb_table(kind));
        if (c1zdb_number(&s->db, sql, NULL, &last, e) < 0)
            return -1;
        if (last > s->base)
            s->base = last;
    }
    if (s->base > BASE_MAX)
        return err_set(e, EX_DATAERR, "'%s' has row ids too great to add to", s->db.name);
    return 0;
}

static int refuse_known_sync(struct store *s, struct err *e)
{
    int64_t n;

    if (c1zdb_number(&s->db, "SELECT count(*) FROM v1_sync_runs WHERE sync_id = ?1", s->sync_id, &n, e) < 0)
        return -1;
    return n == 0 ? 0 : err_set(e, EX_DATAERR, "'%s' has a sync '%s' already", s->db.name, s->sync_id);
}

/* Fill the working database with the old file. */
static int open_old(struct store *s, const struct store_setup *setup, struct err *e)
{
    uint64_t size = 0;

    if (setup->old >= 0 && c1z_decode(setup->old, setup->name, s->db.fd, &size, e) < 0)
        return -1;
    if (c1zdb_tune(&s->db, CACHE_KIB, SORT_THREADS, e) < 0)
        return -1;
    /* All SQL here takes text for UTF-8 as it stands in the file. */
    return recode_apply(&s->db, setup->dir, CACHE_KIB, SORT_THREADS, e);
}

int store_open(struct store *s, const struct store_setup *setup, struct err *e)
{
    *s = (struct store){.db.fd = -1,
        .dir = setup->dir,
        .when = setup->when,
        .fixed_time = setup->fixed_time,
        .partial = setup->partial};
    grants_open(&s->grants, setup->dir);
    stamp_format(s->started_at, setup->when);
    if (make_sync_id(s, setup->sync_id, setup->when.tv_sec, e) < 0 ||
        c1zdb_create(&s->db, setup->dir, setup->name, e) < 0 || open_old(s, setup, e) < 0)
        return -1;
    if (c1zdb_make_tables(&s->db, e) < 0 || backfill_prepare(&s->db, setup->old_readers, e) < 0 ||
        shrink_note(&s->before, &s->db, e) < 0 || c1zdb_drop_indexes(&s->db, e) < 0)
        return -1;
    return refuse_known_sync(s, e);
}

static void finalize(struct store *s)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        sqlite3_finalize(s->insert[kind]);
        s->insert[kind] = NULL;
    }
    sqlite3_finalize(s->note_entitlement);
    sqlite3_finalize(s->note_principal);
    s->note_entitlement = s->note_principal = NULL;
}

void store_close(struct store *s)
{
    finalize(s);
    grants_close(&s->grants);
    c1zdb_close(&s->db);
}

/* Make ready to note what grants refer to. */
static int begin_notes(struct store *s, struct err *e)
{
    if (c1zdb_exec(&s->db,
            "CREATE TEMP TABLE grant_entitlement (id INTEGER PRIMARY KEY, entitlement_id TEXT, resource_type_id TEXT,"
            " resource_id TEXT);"
            "CREATE TEMP TABLE grant_principal (id INTEGER PRIMARY KEY, resource_type_id TEXT, resource_id TEXT)",
            e) < 0)
        return -1;
    s->note_entitlement = c1zdb_prepare(&s->db, "INSERT INTO temp.grant_entitlement VALUES (?1, ?4, ?2, ?3)", e);
    s->note_principal = c1zdb_prepare(&s->db, "INSERT INTO temp.grant_principal VALUES (?1, ?2, ?3)", e);
    return s->note_entitlement == NULL || s->note_principal == NULL ? -1 : 0;
}

int store_begin(struct store *s, struct err *e)
{
    /*
     * A unique index that fails must leave no trace, and only a journal undoes that.  In memory it is small: it holds
     * the pages that were there before the transaction, and hardly one of these is changed from here on.
     */
    if (find_base(s, e) < 0 || c1zdb_exec(&s->db, "PRAGMA journal_mode=MEMORY; BEGIN", e) < 0)
        return -1;
    if (begin_notes(s, e) < 0)
        return -1;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (inserts[kind] == NULL)
            continue;
        s->insert[kind] = c1zdb_prepare(&s->db, inserts[kind], e);
        if (s->insert[kind] == NULL)
            return -1;
        sqlite3_bind_text(s->insert[kind], P_SYNC, s->sync_id, -1, SQLITE_STATIC);
        sqlite3_bind_text(s->insert[kind], P_DISCOVERED, s->started_at, -1, SQLITE_STATIC);
    }
    return 0;
}

/* Bind a piece of ${bytes}; the statement is run before they change. */
static void bind_text(sqlite3_stmt *insert, int p, const struct buf *bytes, const struct record_piece *piece)
{
    if (piece->null)
        sqlite3_bind_null(insert, p);
    else
        sqlite3_bind_text(insert, p, bytes->data + piece->at, (int)piece->len, SQLITE_STATIC);
}

static void bind_blob(sqlite3_stmt *insert, int p, const struct buf *bytes, const struct record_piece *piece)
{
    if (piece->null)
        sqlite3_bind_null(insert, p);
    else if (piece->len == 0)
        sqlite3_bind_zeroblob(insert, p, 0);
    else
        sqlite3_bind_blob(insert, p, bytes->data + piece->at, (int)piece->len, SQLITE_STATIC);
}

/* Note with ${note} that the grant is the first that refers to what is in its texts from ${first} on, ${n} of them. */
static int note_reference(struct store *s, sqlite3_stmt *note, const struct buf *bytes, const struct record *r,
    int first, int n, struct err *e)
{
    sqlite3_bind_int64(note, 1, s->base + (int64_t)r->line);
    for (int i = 0; i < n; i++)
        bind_text(note, 2 + i, bytes, &r->text[first + i]);
    return c1zdb_run(&s->db, note, e);
}

static int add_grant(struct store *s, const struct buf *bytes, const struct record *r, struct err *e)
{
    bool entitlement, principal;

    if (grants_add(&s->grants, r, bytes, &entitlement, &principal, e) < 0)
        return -1;
    if (entitlement && note_reference(s, s->note_entitlement, bytes, r, G_RESOURCE_TYPE, 3, e) < 0)
        return -1;
    return principal ? note_reference(s, s->note_principal, bytes, r, G_PRINCIPAL_TYPE, 2, e) : 0;
}

static int add_row(struct store *s, const struct buf *bytes, const struct record *r, struct err *e)
{
    sqlite3_stmt *insert = s->insert[r->kind];

    sqlite3_bind_int64(insert, P_ID, s->base + (int64_t)r->line);
    bind_blob(insert, P_DATA, bytes, &r->data);
    for (int i = 0; i < texts[r->kind]; i++)
        bind_text(insert, P_TEXT + i, bytes, &r->text[i]);
    return c1zdb_run(&s->db, insert, e);
}

static int add_record(struct store *s, const struct buf *bytes, const struct record *r, struct err *e)
{
    s->rows[r->kind]++;
    s->last_line = r->line;
    return r->kind == KIND_GRANT ? add_grant(s, bytes, r, e) : add_row(s, bytes, r, e);
}

int store_add(struct store *s, const struct load_batch *batch, struct err *e)
{
    for (size_t i = 0; i < batch->len; i++)
        if (add_record(s, &batch->bytes, &batch->records[i], e) < 0)
            return -1;
    return 0;
}

int store_insert(struct store *s, const struct buf *bytes, const struct record *r, struct err *e)
{
    s->rows[r->kind]++;
    return add_row(s, bytes, r, e);
}

/* The time at which the sync ended: now, and after every other in the file. */
static int end_time(struct store *s, char ended_at[STAMP_SIZE], struct err *e)
{
    sqlite3_stmt *latest = c1zdb_prepare(&s->db, "SELECT max(ended_at) FROM v1_sync_runs", e);
    struct timespec when = s->when;
    int r = latest == NULL || (!s->fixed_time && setting_time(&when, e) < 0) ? -1 : c1zdb_step(&s->db, latest, e);

    if (r >= 0) {
        const char *text = r > 0 ? (const char *)sqlite3_column_text(latest, 0) : NULL;

        stamp_format(ended_at, when);
        /* The clock may have been set back meanwhile. */
        if (strcmp(ended_at, s->started_at) < 0)
            memcpy(ended_at, s->started_at, STAMP_SIZE);
        r = text == NULL ? 0 : stamp_after(ended_at, text, e);
    }
    sqlite3_finalize(latest);
    return r;
}

static int add_sync(struct store *s, struct err *e)
{
    static const char with[] =
        "INSERT OR ABORT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type, supports_diff,"
        " grants_backfilled) VALUES (?1, ?2, ?3, '', ?4, ?4 = 'full', 1)";
    static const char without[] =
        "INSERT OR ABORT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type, supports_diff)"
        " VALUES (?1, ?2, ?3, '', ?4, ?4 = 'full')";
    char ended_at[STAMP_SIZE];
    sqlite3_stmt *insert;
    bool has;
    int r;

    if (end_time(s, ended_at, e) < 0 || c1zdb_has(&s->db, "v1_sync_runs", "grants_backfilled", &has, e) < 0)
        return -1;
    insert = c1zdb_prepare(&s->db, has ? with : without, e);
    if (insert == NULL)
        return -1;
    sqlite3_bind_text(insert, 1, s->sync_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, s->started_at, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, ended_at, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 4, s->partial ? "resources_only" : "full", -1, SQLITE_STATIC);
    r = c1zdb_run(&s->db, insert, e);
    sqlite3_finalize(insert);
    return r;
}

int store_asset(struct store *s, const char *id, const char *content_type, const struct buf *data, struct err *e)
{
    sqlite3_stmt *insert = c1zdb_prepare(&s->db,
        "INSERT OR ABORT INTO v1_assets (external_id, content_type, data, sync_id, discovered_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5)",
        e);
    int r;

    if (insert == NULL)
        return -1;
    sqlite3_bind_text(insert, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, content_type, -1, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 3, data->data, (int)data->len, SQLITE_STATIC);
    sqlite3_bind_text(insert, 4, s->sync_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 5, s->started_at, -1, SQLITE_STATIC);
    r = c1zdb_run(&s->db, insert, e);
    sqlite3_finalize(insert);
    return r;
}

/* See that what is of kinds before ${last} is there: the tables of an old file may have rules of their own. */
static int check_counts(struct store *s, enum kind last, struct err *e)
{
    for (enum kind kind = 0; kind < last; kind++) {
        uint64_t want = kind == KIND_GRANT ? grants_count(&s->grants) : s->rows[kind];
        char sql[96];
        int64_t n;

        snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE sync_id = ?1", c1zdb_table(kind));
        if (c1zdb_number(&s->db, sql, s->sync_id, &n, e) < 0)
            return -1;
        if ((uint64_t)n != want)
            return err_set(e, EX_DATAERR, "'%s': %s has %" PRId64 " rows of the new sync in place of %" PRIu64,
                s->db.name, c1zdb_table(kind), n, want);
    }
    return 0;
}

int store_complete(struct store *s, struct err *e)
{
    return check_counts(s, KIND_GRANT, e) < 0 ? -1 : add_sync(s, e);
}

/* Put the grants into their table: as pages, or by SQL if it is not one that we know. Begin another transaction. */
static int place_grants(struct store *s, struct err *e)
{
    struct grantstable table;

    if (c1zdb_exec(&s->db, "COMMIT; PRAGMA locking_mode=NORMAL", e) < 0 || c1zdb_flush(&s->db, e) < 0 ||
        grantstable_look(&table, &s->db, e) < 0)
        return -1;
    /* What was read ahead since the file was flushed is not so any more. */
    if (table.known && (fill_grants(s, &table, e) < 0 || c1zdb_flush(&s->db, e) < 0))
        return -1;
    if (c1zdb_exec(&s->db, "BEGIN", e) < 0)
        return -1;
    return table.known ? 0 : insert_grants(s, e);
}

/* An index of grants is made with the others while there are none, and filled with them; else from all that there are. */
static int place_all(struct store *s, struct err *e)
{
    bool empty;

    if (grantstable_empty(&s->db, &empty, e) < 0 || (empty && c1zdb_make_indexes(&s->db, NULL, e) < 0) ||
        place_grants(s, e) < 0)
        return -1;
    return empty ? 0 : c1zdb_make_indexes(&s->db, NULL, e);
}

int store_finish(struct store *s, struct err *e)
{
    if (place_all(s, e) < 0 || check_counts(s, KIND_COUNT, e) < 0 || add_sync(s, e) < 0 ||
        c1zdb_exec(&s->db, "COMMIT", e) < 0 || c1zdb_flush(&s->db, e) < 0)
        return -1;
    finalize(s);
    if (sqlite3_close(s->db.db) != SQLITE_OK)
        return c1zdb_fail(&s->db, "close", e);
    s->db.db = NULL;
    return 0;
}

uint64_t store_line(const struct store *s, int64_t id)
{
    return (uint64_t)(id - s->base);
}

struct wire_bytes store_column(sqlite3_stmt *s, int i)
{
    /* The pointer first: asking for the length must not convert what it points at. */
    const void *p = sqlite3_column_blob(s, i);

    return (struct wire_bytes){p, (size_t)sqlite3_column_bytes(s, i)};
}

void store_bind(sqlite3_stmt *s, int i, struct wire_bytes text)
{
    sqlite3_bind_text(s, i, text.len == 0 ? "" : (const char *)text.p, (int)text.len, SQLITE_STATIC);
}
