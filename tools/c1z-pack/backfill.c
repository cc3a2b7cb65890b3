#include "backfill.h"

#include <string.h>

#include "log.h"
#include "sources.h"
#include "store.h"

static const char expandable[] = "c1.connector.v2.GrantExpandable";

/* Field of Any. */
enum { ANY_TYPE_URL = 1 };

/* Whether the text ends in "/" and the name of the message. */
static bool is_expandable(struct wire_bytes url)
{
    size_t len = sizeof(expandable) - 1;

    return url.len > len && url.p[url.len - len - 1] == '/' && memcmp(url.p + url.len - len, expandable, len) == 0;
}

/* Whether the message ${grant} has the annotation, or cannot be read: then it is left to others, too. */
static bool needs_backfill(struct wire_bytes grant)
{
    struct wire w = wire_begin(grant);
    struct wire_field f;

    while (wire_next(&w, &f))
        if (f.number == GRANT_ANNOTATIONS && is_expandable(wire_find(f.body, ANY_TYPE_URL)))
            return true;
    return w.bad;
}

/* List in temp.unfilled the syncs with a grant that needs it. */
static int look_at_grants(struct c1zdb *d, sqlite3_stmt *grants, sqlite3_stmt *note, struct err *e)
{
    int r;

    while ((r = c1zdb_step(d, grants, e)) > 0) {
        if (!needs_backfill(store_column(grants, 1)))
            continue;
        store_bind(note, 1, store_column(grants, 0));
        if (c1zdb_run(d, note, e) < 0)
            return -1;
    }
    return r;
}

static int mark_others(struct c1zdb *d, struct err *e)
{
    sqlite3_stmt *grants = NULL, *note = NULL;
    int r = c1zdb_exec(d, "CREATE TEMP TABLE unfilled (sync_id TEXT PRIMARY KEY)", e);

    if (r == 0) {
        grants = c1zdb_prepare(d, "SELECT sync_id, data FROM v1_grants WHERE expansion IS NULL", e);
        note = c1zdb_prepare(d, "INSERT OR IGNORE INTO temp.unfilled VALUES (?1)", e);
        r = grants == NULL || note == NULL ? -1 : look_at_grants(d, grants, note, e);
    }
    sqlite3_finalize(grants);
    sqlite3_finalize(note);
    if (r < 0)
        return -1;
    return c1zdb_exec(d,
        "UPDATE OR ABORT v1_sync_runs SET grants_backfilled = 1 WHERE ended_at IS NOT NULL"
        " AND sync_id NOT IN (SELECT sync_id FROM temp.unfilled); DROP TABLE temp.unfilled",
        e);
}

int backfill_prepare(struct c1zdb *d, bool old_readers, struct err *e)
{
    bool has;

    if (c1zdb_has(d, "v1_sync_runs", "grants_backfilled", &has, e) < 0)
        return -1;
    if (has && old_readers)
        log_warn("the file has a column already that SDK 0.7 cannot export; make a new file for it");
    if (has || old_readers)
        return 0;
    if (c1zdb_exec(d, "ALTER TABLE v1_sync_runs ADD COLUMN grants_backfilled INTEGER NOT NULL DEFAULT 0", e) < 0)
        return -1;
    return mark_others(d, e);
}
