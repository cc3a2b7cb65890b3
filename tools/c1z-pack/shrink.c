#include "shrink.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

/* Fewer rows than these may come and go. */
#define TYPE_MIN 10
#define PERCENT_MIN 20

/* The id of the newest finished full sync, as readers choose it (reference/c1z-format.md section 9.2 point 5). */
#define NEWEST                                                                            \
    "(SELECT sync_id FROM v1_sync_runs WHERE ended_at IS NOT NULL AND sync_type = 'full'" \
    " ORDER BY ended_at DESC, sync_id DESC LIMIT 1)"

int shrink_note(struct shrink *b, struct c1zdb *d, struct err *e)
{
    int64_t syncs;

    *b = (struct shrink){0};
    if (c1zdb_exec(d,
            "CREATE TEMP TABLE before_types AS SELECT resource_type_id AS type, count(*) AS n FROM v1_resources"
            " WHERE sync_id = " NEWEST " GROUP BY 1",
            e) < 0)
        return -1;
    if (c1zdb_number(d, "SELECT count(*) FROM v1_sync_runs WHERE sync_id = " NEWEST, NULL, &syncs, e) < 0 ||
        c1zdb_number(d, "SELECT sum(n) FROM temp.before_types", NULL, &b->resources, e) < 0 ||
        c1zdb_number(d, "SELECT count(*) FROM v1_entitlements WHERE sync_id = " NEWEST, NULL, &b->entitlements, e) <
            0 ||
        c1zdb_number(d, "SELECT count(*) FROM v1_grants WHERE sync_id = " NEWEST, NULL, &b->grants, e) < 0)
        return -1;
    b->known = syncs > 0;
    return 0;
}

static int refuse(const struct c1zdb *d, const char *what, int64_t before, int64_t now, struct err *e)
{
    return err_set(e, AB_EX_SHRUNK,
        "'%s': from %" PRId64 " %s in the sync before to %" PRId64 "; --allow-shrink if that is how it is", d->name,
        before, what, now);
}

/* How many rows of ${table} are new. */
static int count(struct c1zdb *d, const char *table, int64_t base, int64_t *n, struct err *e)
{
    char sql[96];

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE id > %" PRId64, table, base);
    return c1zdb_number(d, sql, NULL, n, e);
}

/* Compare one number; ${percent} 100 asks only that it is not zero. */
static int judge(const struct c1zdb *d, const char *what, int64_t before, int64_t now, int percent, struct err *e)
{
    if (before == 0)
        return 0;
    if (now == 0 || (before >= PERCENT_MIN && (before - now) * 100 > before * percent))
        return refuse(d, what, before, now, e);
    return 0;
}

/* Find a type of which there were resources, and are none. */
static int judge_types(const struct shrink_rules *rules, struct c1zdb *d, int64_t base, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(d,
        "SELECT type, n FROM temp.before_types WHERE n >= ?1 AND type NOT IN"
        " (SELECT resource_type_id FROM v1_resources WHERE id > ?2) ORDER BY type",
        e);
    int r;

    if (q == NULL)
        return -1;
    sqlite3_bind_int(q, 1, TYPE_MIN);
    sqlite3_bind_int64(q, 2, base);
    while ((r = c1zdb_step(d, q, e)) > 0) {
        const char *type = (const char *)sqlite3_column_text(q, 0);
        char what[160];

        if (rules->types != NULL && !words_have(rules->types, type, strlen(type)))
            continue;
        snprintf(what, sizeof(what), "resources of type '%.128s'", type);
        r = refuse(d, what, sqlite3_column_int64(q, 1), 0, e);
        break;
    }
    sqlite3_finalize(q);
    return r;
}

/* Compare the sums. */
static int judge_sums(const struct shrink *b, const struct shrink_rules *rules, struct c1zdb *d, int64_t base,
    uint64_t grants, struct err *e)
{
    int64_t resources, entitlements;

    if (count(d, "v1_resources", base, &resources, e) < 0 || count(d, "v1_entitlements", base, &entitlements, e) < 0)
        return -1;
    if (judge(d, "resources", b->resources, resources, rules->percent, e) < 0)
        return -1;
    if (!rules->skip_entitlements && judge(d, "entitlements", b->entitlements, entitlements, 100, e) < 0)
        return -1;
    if (!rules->skip_entitlements && !rules->skip_grants)
        return judge(d, "grants", b->grants, (int64_t)grants, rules->percent, e);
    return 0;
}

int shrink_judge(const struct shrink *b, const struct shrink_rules *rules, struct c1zdb *d, int64_t base,
    uint64_t grants, struct err *e)
{
    if (!b->known)
        return 0;
    if (judge_types(rules, d, base, e) < 0)
        return -1;
    /* With fewer types than before, the sums say nothing. */
    return rules->types != NULL ? 0 : judge_sums(b, rules, d, base, grants, e);
}
