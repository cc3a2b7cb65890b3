#include "grantstable.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Where the header of a database has its schema format, and the one in which 0 and 1 take no byte. */
#define SCHEMA_FORMAT_AT 44
#define SCHEMA_FORMAT 4

static const struct {
    const char *name, *type;
} columns[GRANTS_COLUMNS] = {
    [GRANTS_ID] = {"id", "INTEGER"},
    [GRANTS_RESOURCE_TYPE] = {"resource_type_id", "TEXT"},
    [GRANTS_RESOURCE] = {"resource_id", "TEXT"},
    [GRANTS_ENTITLEMENT] = {"entitlement_id", "TEXT"},
    [GRANTS_PRINCIPAL_TYPE] = {"principal_resource_type_id", "TEXT"},
    [GRANTS_PRINCIPAL] = {"principal_resource_id", "TEXT"},
    [GRANTS_EXTERNAL_ID] = {"external_id", "TEXT"},
    [GRANTS_EXPANSION] = {"expansion", "BLOB"},
    [GRANTS_NEEDS_EXPANSION] = {"needs_expansion", "INTEGER"},
    [GRANTS_DATA] = {"data", "BLOB"},
    [GRANTS_SYNC] = {"sync_id", "TEXT"},
    [GRANTS_DISCOVERED] = {"discovered_at", "DATETIME"},
};

static const char *const indexes[GRANTS_INDEXES] = {
    [GRANTS_BY_RESOURCE] = "idx_grants_resource_type_id_resource_id_v1",
    [GRANTS_BY_PRINCIPAL] = "idx_grants_principal_id_v1",
    [GRANTS_BY_ENTITLEMENT_PRINCIPAL] = "idx_grants_entitlement_id_principal_id_v1",
    [GRANTS_BY_EXTERNAL_ID] = "idx_grants_external_sync_v1",
    [GRANTS_EXPANDING] = "idx_grants_sync_expansion_v1",
    [GRANTS_NEEDING_EXPANSION] = "idx_grants_sync_needs_expansion_v1",
    [GRANTS_BY_ENTITLEMENT] = "idx_grants_entitlement_sync_grant_v1",
};

/* The number of the column called ${name}, or -1. */
static int find_column(const char *name)
{
    for (int i = 0; i < GRANTS_COLUMNS; i++)
        if (strcasecmp(name, columns[i].name) == 0)
            return i;
    return -1;
}

/*
 * Whether what a row has there is what SQL would make of it, and indexes compare it by its bytes: no number is noted in
 * another table, no other collation is declared, and NULL is taken where we put it.
 */
static bool is_ordinary(struct c1zdb *d, int column)
{
    const char *collation = NULL;
    int not_null = 0, counted = 0;

    if (sqlite3_table_column_metadata(
            d->db, "main", "v1_grants", columns[column].name, NULL, &collation, &not_null, NULL, &counted) != SQLITE_OK)
        return false;
    return strcasecmp(collation, "BINARY") == 0 && counted == 0 && (column != GRANTS_EXPANSION || not_null == 0);
}

/* Take the column in the current row of ${q} as number ${n}, if it is one of ours as ours are. */
static bool take_column(struct grantstable *t, struct c1zdb *d, sqlite3_stmt *q, size_t n)
{
    const char *name = (const char *)sqlite3_column_text(q, 0), *type = (const char *)sqlite3_column_text(q, 1);
    int column = name == NULL ? -1 : find_column(name);

    if (column < 0 || n == GRANTS_COLUMNS || type == NULL || strcasecmp(type, columns[column].type) != 0)
        return false;
    /* The row id's is the only key; nothing is computed. */
    if (sqlite3_column_int(q, 2) != (column == GRANTS_ID) || sqlite3_column_int(q, 3) != 0 || !is_ordinary(d, column))
        return false;
    t->columns[n] = (enum grants_column)column;
    return true;
}

static int look_at_columns(struct grantstable *t, struct c1zdb *d, struct err *e)
{
    sqlite3_stmt *q =
        c1zdb_prepare(d, "SELECT name, type, pk, hidden FROM pragma_table_xinfo('v1_grants') ORDER BY cid", e);
    bool known = true;
    size_t n = 0;
    int r;

    if (q == NULL)
        return -1;
    while ((r = c1zdb_step(d, q, e)) > 0)
        known = known && take_column(t, d, q, n++);
    sqlite3_finalize(q);
    /* No table has two columns of one name. */
    t->known = known && n == GRANTS_COLUMNS;
    return r;
}

/* Take the root page in the current row of ${q}: of the table itself, or of one of its indexes. */
static void take_root(struct grantstable *t, sqlite3_stmt *q)
{
    const char *name = (const char *)sqlite3_column_text(q, 0);
    uint32_t root = (uint32_t)sqlite3_column_int64(q, 1);

    if (name != NULL && strcasecmp(name, "v1_grants") == 0) {
        t->root = root;
        t->known = t->known && sqlite3_column_int(q, 2) != 0;
        return;
    }
    for (int i = 0; i < GRANTS_INDEXES; i++)
        if (name != NULL && strcmp(name, indexes[i]) == 0) {
            t->index[i] = root;
            return;
        }
    t->known = false; /* an index that we do not make */
}

static int look_at_schema(struct grantstable *t, struct c1zdb *d, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(d,
        "SELECT name, rootpage, type = 'table' AND upper(sql) NOT LIKE '%CHECK%' AND upper(sql) NOT LIKE '%WITHOUT%'"
        " AND upper(sql) NOT LIKE '%VIRTUAL%' FROM sqlite_master"
        " WHERE lower(tbl_name) = 'v1_grants' AND type IN ('table', 'index')",
        e);
    int r;

    if (q == NULL)
        return -1;
    while ((r = c1zdb_step(d, q, e)) > 0)
        take_root(t, q);
    sqlite3_finalize(q);
    return r;
}

/* Whether the file is of the usual form. */
static int look_at_file(struct grantstable *t, struct c1zdb *d, struct err *e)
{
    uint8_t header[SCHEMA_FORMAT_AT + 4];
    int64_t vacuum;

    if (c1zdb_number(d, "SELECT auto_vacuum FROM pragma_auto_vacuum", NULL, &vacuum, e) < 0)
        return -1;
    if (pread(d->fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
        return err_sys(e, EX_IOERR, "cannot read the working database of '%s'", d->name);
    t->known = t->known && vacuum == 0 && header[SCHEMA_FORMAT_AT + 3] == SCHEMA_FORMAT;
    return 0;
}

int grantstable_empty(struct c1zdb *d, bool *empty, struct err *e)
{
    int64_t any;

    if (c1zdb_number(d, "SELECT EXISTS (SELECT 1 FROM v1_grants)", NULL, &any, e) < 0)
        return -1;
    *empty = any == 0;
    return 0;
}

int grantstable_look(struct grantstable *t, struct c1zdb *d, struct err *e)
{
    *t = (struct grantstable){0};
    if (look_at_columns(t, d, e) < 0 || look_at_schema(t, d, e) < 0 || look_at_file(t, d, e) < 0)
        return -1;
    return grantstable_empty(d, &t->empty, e);
}
