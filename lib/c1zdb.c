#include "c1zdb.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbfile.h"
#include "tempfile.h"

/* The tables of reference/c1z-format.md section 3.4. Declared types matter to readers (section 2.3). */
static const char tables[] = "CREATE TABLE IF NOT EXISTS v1_resource_types (id INTEGER PRIMARY KEY,"
                             " external_id TEXT NOT NULL, data BLOB NOT NULL, sync_id TEXT NOT NULL,"
                             " discovered_at DATETIME NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS v1_resources (id INTEGER PRIMARY KEY,"
                             " resource_type_id TEXT NOT NULL, external_id TEXT NOT NULL, parent_resource_type_id TEXT,"
                             " parent_resource_id TEXT, data BLOB NOT NULL, sync_id TEXT NOT NULL,"
                             " discovered_at DATETIME NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS v1_entitlements (id INTEGER PRIMARY KEY,"
                             " resource_type_id TEXT NOT NULL, resource_id TEXT NOT NULL, external_id TEXT NOT NULL,"
                             " data BLOB NOT NULL, sync_id TEXT NOT NULL, discovered_at DATETIME NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS v1_sync_runs (id INTEGER PRIMARY KEY, sync_id TEXT NOT NULL,"
                             " started_at DATETIME NOT NULL, ended_at DATETIME, sync_token TEXT NOT NULL,"
                             " sync_type TEXT NOT NULL DEFAULT 'full', parent_sync_id TEXT NOT NULL DEFAULT '',"
                             " linked_sync_id TEXT NOT NULL DEFAULT '', supports_diff INTEGER NOT NULL DEFAULT 0);"
                             "CREATE TABLE IF NOT EXISTS v1_grants (id INTEGER PRIMARY KEY,"
                             " resource_type_id TEXT NOT NULL, resource_id TEXT NOT NULL,"
                             " entitlement_id TEXT NOT NULL, principal_resource_type_id TEXT NOT NULL,"
                             " principal_resource_id TEXT NOT NULL, external_id TEXT NOT NULL, expansion BLOB,"
                             " needs_expansion INTEGER NOT NULL DEFAULT 0, data BLOB NOT NULL, sync_id TEXT NOT NULL,"
                             " discovered_at DATETIME NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS v1_assets (id INTEGER PRIMARY KEY, external_id TEXT NOT NULL,"
                             " content_type TEXT NOT NULL, data BLOB NOT NULL, sync_id TEXT NOT NULL,"
                             " discovered_at DATETIME NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS v1_connector_sessions (id INTEGER PRIMARY KEY,"
                             " sync_id TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL);";

/* The columns that files of older writers lack, as newer ones add them (section 3.3). */
static const struct {
    const char *table, *column, *declaration;
} later_columns[] = {
    {"v1_sync_runs", "sync_type", "sync_type TEXT NOT NULL DEFAULT 'full'"},
    {"v1_sync_runs", "parent_sync_id", "parent_sync_id TEXT NOT NULL DEFAULT ''"},
    {"v1_sync_runs", "linked_sync_id", "linked_sync_id TEXT NOT NULL DEFAULT ''"},
    {"v1_sync_runs", "supports_diff", "supports_diff INTEGER NOT NULL DEFAULT 0"},
    {"v1_grants", "expansion", "expansion BLOB"},
    {"v1_grants", "needs_expansion", "needs_expansion INTEGER NOT NULL DEFAULT 0"},
};

/* The indexes of section 3.4. Two names on v1_resources are swapped: readers expect them so (section 3.2). */
static const struct {
    const char *name, *table, *unique, *columns;
} indexes[] = {
    {"idx_resource_types_external_sync_v1", "v1_resource_types", "UNIQUE", "(external_id, sync_id)"},
    {"idx_resources_resource_type_id_v1", "v1_resources", "", "(resource_type_id)"},
    {"idx_resources_external_sync_v1", "v1_resources", "", "(parent_resource_type_id, parent_resource_id)"},
    {"idx_resources_parent_resource_id_v1", "v1_resources", "UNIQUE", "(external_id, sync_id)"},
    {"idx_entitlements_resource_id_v1", "v1_entitlements", "", "(resource_type_id, resource_id)"},
    {"idx_entitlements_external_sync_v1", "v1_entitlements", "UNIQUE", "(external_id, sync_id)"},
    {"idx_sync_runs_sync_id_v1", "v1_sync_runs", "UNIQUE", "(sync_id)"},
    {"idx_grants_resource_type_id_resource_id_v1", "v1_grants", "", "(resource_type_id, resource_id)"},
    {"idx_grants_principal_id_v1", "v1_grants", "", "(principal_resource_type_id, principal_resource_id)"},
    {"idx_grants_entitlement_id_principal_id_v1", "v1_grants", "",
        "(entitlement_id, principal_resource_type_id, principal_resource_id)"},
    {"idx_grants_external_sync_v1", "v1_grants", "UNIQUE", "(external_id, sync_id)"},
    {"idx_grants_sync_expansion_v1", "v1_grants", "", "(sync_id) WHERE expansion IS NOT NULL"},
    {"idx_grants_sync_needs_expansion_v1", "v1_grants", "", "(sync_id) WHERE needs_expansion = 1"},
    {"idx_grants_entitlement_sync_grant_v1", "v1_grants", "", "(entitlement_id, sync_id, id)"},
    {"idx_assets_external_sync_v1", "v1_assets", "UNIQUE", "(external_id, sync_id)"},
    {"idx_session_store_sync_key_v1", "v1_connector_sessions", "UNIQUE", "(sync_id, key)"},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *c1zdb_table(enum kind kind)
{
    static const char *const table[KIND_COUNT] = {
        [KIND_RESOURCE_TYPE] = "v1_resource_types",
        [KIND_RESOURCE] = "v1_resources",
        [KIND_ENTITLEMENT] = "v1_entitlements",
        [KIND_GRANT] = "v1_grants",
    };

    return table[kind];
}

/* Whether what SQLite takes for a damaged database is a disk that cannot be read: it calls EIO so. */
static bool is_disk(struct c1zdb *d)
{
    int cause = 0;

    return sqlite3_file_control(d->db, "main", SQLITE_FCNTL_LAST_ERRNO, &cause) == SQLITE_OK && cause == EIO;
}

int c1zdb_fail(struct c1zdb *d, const char *sql, struct err *e)
{
    const char *text = sqlite3_errmsg(d->db);

    switch (sqlite3_errcode(d->db)) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return err_set(e, EX_IOERR, "working database of '%s': %s", d->name, text);
    case SQLITE_NOMEM:
        return err_set(e, EX_OSERR, "working database of '%s': no memory", d->name);
    case SQLITE_CORRUPT:
        if (is_disk(d))
            return err_set(e, EX_IOERR, "working database of '%s': %s", d->name, strerror(EIO));
        return err_set(e, EX_DATAERR, "'%s': %s (%.200s)", d->name, text, sql);
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
        return err_set(e, EX_DATAERR, "'%s': %s (%.200s)", d->name, text, sql);
    default:
        return err_set(e, EX_SOFTWARE, "'%s': %s (%.200s)", d->name, text, sql);
    }
}

/* The file loses its name before a signal can end the process, so no signal handler need know it. */
static int open_nameless(struct c1zdb *d, const char *dir, struct err *e)
{
    char *path = NULL;
    sigset_t all, before;
    int r = -1;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    d->fd = tempfile_create(dir, &path, e);
    if (d->fd >= 0) {
        r = 0;
        if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, dbfile_vfs()) != SQLITE_OK)
            r = c1zdb_fail(d, "open", e);
        if (unlink(path) < 0)
            r = err_sys(e, EX_IOERR, "cannot remove '%s'", path);
        free(path);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

int c1zdb_create(struct c1zdb *d, const char *dir, const char *name, struct err *e)
{
    *d = (struct c1zdb){.fd = -1, .name = name};
    sqlite3_free(sqlite3_temp_directory);
    sqlite3_temp_directory = sqlite3_mprintf("%s", dir);
    if (sqlite3_temp_directory == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (open_nameless(d, dir, e) == 0)
        return 0;
    c1zdb_close(d);
    return -1;
}

int c1zdb_flush(struct c1zdb *d, struct err *e)
{
    if (dbfile_flush(d->db) == SQLITE_OK)
        return 0;
    return err_set(e, EX_IOERR, "working database of '%s': cannot be written", d->name);
}

void c1zdb_close(struct c1zdb *d)
{
    sqlite3_close(d->db);
    d->db = NULL;
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}

int c1zdb_tune(struct c1zdb *d, int cache_kib, int threads, struct err *e)
{
    char sql[512];

    sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    snprintf(sql, sizeof(sql),
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
        " PRAGMA secure_delete=OFF; PRAGMA mmap_size=0; PRAGMA foreign_keys=OFF; PRAGMA cell_size_check=ON;"
        " PRAGMA cache_size=-%d; PRAGMA threads=%d;",
        cache_kib, threads);
    return c1zdb_exec(d, sql, e);
}

int c1zdb_exec(struct c1zdb *d, const char *sql, struct err *e)
{
    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : c1zdb_fail(d, sql, e);
}

sqlite3_stmt *c1zdb_prepare(struct c1zdb *d, const char *sql, struct err *e)
{
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v3(d->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK)
        return s;
    c1zdb_fail(d, sql, e);
    return NULL;
}

int c1zdb_step(struct c1zdb *d, sqlite3_stmt *s, struct err *e)
{
    switch (sqlite3_step(s)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return c1zdb_fail(d, sqlite3_sql(s), e);
    }
}

int c1zdb_run(struct c1zdb *d, sqlite3_stmt *s, struct err *e)
{
    int r;

    do
        r = c1zdb_step(d, s, e);
    while (r > 0);
    sqlite3_reset(s);
    return r;
}

int c1zdb_number(struct c1zdb *d, const char *sql, const char *text, int64_t *n, struct err *e)
{
    sqlite3_stmt *s = c1zdb_prepare(d, sql, e);
    int r;

    *n = 0;
    if (s == NULL)
        return -1;
    if (text != NULL)
        sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
    r = c1zdb_step(d, s, e);
    if (r > 0)
        *n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return r < 0 ? -1 : 0;
}

int c1zdb_has(struct c1zdb *d, const char *table, const char *column, bool *has, struct err *e)
{
    sqlite3_stmt *s =
        c1zdb_prepare(d, "SELECT 1 FROM pragma_table_info(?1) WHERE ?2 IS NULL OR lower(name) = ?2 LIMIT 1", e);
    int r;

    if (s == NULL)
        return -1;
    sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
    if (column != NULL)
        sqlite3_bind_text(s, 2, column, -1, SQLITE_STATIC);
    r = c1zdb_step(d, s, e);
    *has = r > 0;
    sqlite3_finalize(s);
    return r < 0 ? -1 : 0;
}

int c1zdb_make_tables(struct c1zdb *d, struct err *e)
{
    if (c1zdb_exec(d, tables, e) < 0)
        return -1;
    for (size_t i = 0; i < COUNT(later_columns); i++) {
        char sql[256];
        bool has;

        if (c1zdb_has(d, later_columns[i].table, later_columns[i].column, &has, e) < 0)
            return -1;
        snprintf(
            sql, sizeof(sql), "ALTER TABLE %s ADD COLUMN %s", later_columns[i].table, later_columns[i].declaration);
        if (!has && c1zdb_exec(d, sql, e) < 0)
            return -1;
    }
    return 0;
}

int c1zdb_drop_indexes(struct c1zdb *d, struct err *e)
{
    for (size_t i = 0; i < COUNT(indexes); i++) {
        char sql[128];

        snprintf(sql, sizeof(sql), "DROP INDEX IF EXISTS %s", indexes[i].name);
        if (c1zdb_exec(d, sql, e) < 0)
            return -1;
    }
    return 0;
}

static int make_index(struct c1zdb *d, size_t i, struct err *e)
{
    char sql[256];

    snprintf(sql, sizeof(sql), "CREATE %s INDEX IF NOT EXISTS %s ON %s %s", indexes[i].unique, indexes[i].name,
        indexes[i].table, indexes[i].columns);
    return c1zdb_exec(d, sql, e);
}

int c1zdb_make_indexes(struct c1zdb *d, const char *table, struct err *e)
{
    for (size_t i = 0; i < COUNT(indexes); i++)
        if ((table == NULL || strcmp(indexes[i].table, table) == 0) && make_index(d, i, e) < 0)
            return -1;
    return 0;
}

int c1zdb_make_index(struct c1zdb *d, const char *name, struct err *e)
{
    for (size_t i = 0; i < COUNT(indexes); i++)
        if (strcmp(indexes[i].name, name) == 0)
            return make_index(d, i, e);
    return err_set(e, EX_SOFTWARE, "no index is called %s", name);
}
