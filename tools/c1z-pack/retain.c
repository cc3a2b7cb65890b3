#include "retain.h"

#include <limits.h>
#include <stdio.h>

#include "log.h"
#include "setting.h"

#define KEEP_DEFAULT 2

/* The tables with rows of syncs; the runs themselves last, so that no rows are ever without their run. */
static const char *const tables[] = {"v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants", "v1_assets",
    "v1_connector_sessions", "v1_sync_runs"};

int retain_limit(int keep)
{
    struct err e = {0};
    int64_t n = KEEP_DEFAULT;

    if (keep != 0)
        return keep;
    if (setting_is_true("BATON_SKIP_CLEANUP"))
        return 0;
    /* The SDK takes its default then, too. */
    if (setting_number("BATON_KEEP_SYNC_COUNT", "syncs", 1, INT_MAX - 1, &n, &e) < 0)
        log_warn("BATON_KEEP_SYNC_COUNT is not a number of syncs; 2 are kept");
    return (int)n;
}

/*
 * The syncs to delete, in a table of their own.  ?1 is the number of finished full syncs with a resource that stay; those
 * without one all go, so that no empty sync pushes out one with rows.  Every type that is not one of the other four
 * counts as full.  The boundary for partial syncs is the newest full one that goes, which is what the SDK takes while a
 * sync is running.
 */
static const char choose[] =
    "INSERT INTO temp.gone WITH"
    " done AS (SELECT id, sync_id, started_at, ended_at, linked_sync_id AS partner, CASE"
    "   WHEN sync_type IN ('partial', 'resources_only') THEN 'part'"
    "   WHEN sync_type IN ('partial_upserts', 'partial_deletions') THEN 'diff' ELSE 'full' END AS sort"
    "   FROM v1_sync_runs WHERE ended_at IS NOT NULL),"
    " filled AS MATERIALIZED (SELECT DISTINCT sync_id FROM v1_resources),"
    " full AS (SELECT * FROM (SELECT * FROM done WHERE sort = 'full' AND sync_id IN filled"
    "     ORDER BY id DESC LIMIT -1 OFFSET ?1)"
    "   UNION ALL SELECT * FROM done WHERE sort = 'full' AND sync_id NOT IN filled),"
    " newest AS (SELECT started_at FROM full WHERE sync_id IN filled ORDER BY id DESC LIMIT 1),"
    " diff AS (SELECT * FROM done WHERE sort = 'diff'),"
    " last AS (SELECT sync_id, partner FROM diff ORDER BY id DESC LIMIT 1)"
    " SELECT sync_id FROM full"
    " UNION SELECT sync_id FROM done WHERE sort = 'part' AND ended_at < (SELECT started_at FROM newest)"
    " UNION SELECT sync_id FROM diff WHERE (SELECT count(*) FROM diff) > 2"
    "   AND sync_id NOT IN (SELECT sync_id FROM last UNION SELECT partner FROM last)";

static int choose_gone(struct c1zdb *d, int keep, struct err *e)
{
    sqlite3_stmt *s;
    int r;

    if (c1zdb_exec(d, "CREATE TEMP TABLE gone (sync_id TEXT PRIMARY KEY)", e) < 0)
        return -1;
    s = c1zdb_prepare(d, choose, e);
    if (s == NULL)
        return -1;
    sqlite3_bind_int(s, 1, keep);
    r = c1zdb_run(d, s, e);
    sqlite3_finalize(s);
    return r;
}

static int delete_gone(struct c1zdb *d, struct err *e)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        char sql[128];

        snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE sync_id IN (SELECT sync_id FROM temp.gone)", tables[i]);
        if (c1zdb_exec(d, sql, e) < 0)
            return -1;
    }
    return 0;
}

int retain_apply(struct c1zdb *d, int others, int64_t *deleted, struct err *e)
{
    *deleted = 0;
    if (choose_gone(d, others, e) < 0 || c1zdb_number(d, "SELECT count(*) FROM temp.gone", NULL, deleted, e) < 0)
        return -1;
    if (*deleted > 0 && delete_gone(d, e) < 0)
        return -1;
    if (c1zdb_exec(d, "DROP TABLE temp.gone", e) < 0)
        return -1;
    return *deleted > 0 ? c1zdb_exec(d, "VACUUM", e) : 0;
}
