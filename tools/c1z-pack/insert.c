#include "insert.h"

#include "grantrows.h"

static const char sql[] =
    "INSERT OR ABORT INTO v1_grants (id, resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
    " principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8 IS NOT NULL, ?9, ?10, ?11)";
enum {
    P_ID = 1,
    P_TYPE,
    P_RESOURCE,
    P_ENTITLEMENT,
    P_PRINCIPAL_TYPE,
    P_PRINCIPAL,
    P_EXTERNAL_ID,
    P_EXPANSION,
    P_DATA,
    P_SYNC,
    P_DISCOVERED
};

static void bind_blob(sqlite3_stmt *q, int p, struct wire_bytes bytes)
{
    if (bytes.len == 0)
        sqlite3_bind_zeroblob(q, p, 0);
    else
        sqlite3_bind_blob(q, p, bytes.p, (int)bytes.len, SQLITE_STATIC);
}

static int insert(struct store *s, sqlite3_stmt *q, const struct grantrow *row, struct err *e)
{
    struct ref on = s->grants.entitlements.list[row->entitlement], who = s->grants.principals.list[row->principal];

    sqlite3_bind_int64(q, P_ID, s->base + (int64_t)row->line);
    store_bind(q, P_TYPE, ref_type(on));
    store_bind(q, P_RESOURCE, ref_id(on));
    store_bind(q, P_ENTITLEMENT, ref_entitlement(on));
    store_bind(q, P_PRINCIPAL_TYPE, ref_type(who));
    store_bind(q, P_PRINCIPAL, ref_id(who));
    store_bind(q, P_EXTERNAL_ID, row->id);
    if (row->expands)
        bind_blob(q, P_EXPANSION, row->expansion);
    else
        sqlite3_bind_null(q, P_EXPANSION);
    bind_blob(q, P_DATA, row->message);
    return c1zdb_run(&s->db, q, e);
}

int insert_grants(struct store *s, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(&s->db, sql, e);
    struct grantrows rows = {0};
    struct grantrow row;
    int r = q == NULL ? -1 : grantrows_open(&rows, s, false, e);

    if (r == 0) {
        sqlite3_bind_text(q, P_SYNC, s->sync_id, -1, SQLITE_STATIC);
        sqlite3_bind_text(q, P_DISCOVERED, s->started_at, -1, SQLITE_STATIC);
    }
    for (uint64_t i = 0; r >= 0 && i < s->grants.n; i++) {
        r = grantrows_read(&rows, i, &row, e);
        if (r > 0)
            r = insert(s, q, &row, e);
    }
    grantrows_close(&rows);
    sqlite3_finalize(q);
    return r < 0 ? -1 : 0;
}
