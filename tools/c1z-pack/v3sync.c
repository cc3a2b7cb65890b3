#include "v3sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1z3make.h"
#include "protofield.h"

#define STATS_MAX ((size_t)64 << 20)

/* Fields of the records. */
enum { RUN_ID = 1, RUN_TYPE = 2, RUN_STARTED_AT = 4, RUN_ENDED_AT = 5, RUN_SUPPORTS_DIFF = 7 };
enum { SUMMARY_ID = 1, SUMMARY_TYPE, SUMMARY_STARTED_AT, SUMMARY_ENDED_AT, SUMMARY_PARENT, SUMMARY_STATS };
enum { ASSET_SYNC = 1, ASSET_ID, ASSET_CONTENT_TYPE, ASSET_DATA, ASSET_DISCOVERED_AT };
enum { STATS_SYNC = 1, STATS_COUNTS = 2, STATS_ASSETS = 6, STATS_BY_TYPE = 7, STATS_WRITTEN_AT = 100 };

static struct span text_span(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

/* The time that the stamp ${text} of ours (stamp.h) says. */
static int parse_stamp(const char *text, struct timespec *when, struct err *e)
{
    struct tm tm = {0};
    long scale = 100000000;
    int n = 0;

    if (text == NULL || sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                            &tm.tm_min, &tm.tm_sec, &n) != 6)
        return err_set(e, EX_SOFTWARE, "the sync has no time");
    tm.tm_year -= 1900;
    tm.tm_mon--;
    *when = (struct timespec){timegm(&tm), 0};
    if (text[n] == '.')
        for (const char *p = text + n + 1; *p >= '0' && *p <= '9'; p++, scale /= 10)
            when->tv_nsec += (*p - '0') * scale;
    return 0;
}

/* The number of a type of syncs. */
static int type_number(const char *name)
{
    static const char *const names[] = {"", "full", "partial", "resources_only"};

    for (int i = 1; i < (int)(sizeof(names) / sizeof(names[0])); i++)
        if (name != NULL && strcmp(name, names[i]) == 0)
            return i;
    return 0;
}

static int read_run(struct v3sync *v, struct store *s, struct err *e)
{
    sqlite3_stmt *q =
        c1zdb_prepare(&s->db, "SELECT sync_type, started_at, ended_at FROM v1_sync_runs WHERE sync_id = ?1", e);
    int r;

    if (q == NULL)
        return -1;
    sqlite3_bind_text(q, 1, s->sync_id, -1, SQLITE_STATIC);
    r = c1zdb_step(&s->db, q, e);
    if (r > 0) {
        v->type = type_number((const char *)sqlite3_column_text(q, 0));
        r = parse_stamp((const char *)sqlite3_column_text(q, 1), &v->started_at, e);
        if (r == 0)
            r = parse_stamp((const char *)sqlite3_column_text(q, 2), &v->ended_at, e);
        v->discovered_at = v->started_at;
    } else if (r == 0) {
        r = err_set(e, EX_SOFTWARE, "the sync is not in its database");
    }
    sqlite3_finalize(q);
    return r;
}

static int put_count(struct store *s, const char *table, uint32_t field, struct buf *out, struct err *e)
{
    char sql[96];
    int64_t n;

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
    if (c1zdb_number(&s->db, sql, NULL, &n, e) < 0)
        return -1;
    protofield_put_number(out, field, (uint64_t)n);
    return 0;
}

/* Put that there are ${n} of ${type}, as an entry of a map. */
static void put_entry(struct wire_bytes type, uint64_t n, uint32_t field, struct buf *out)
{
    protofield_put_head(out, field, protofield_size(1, type.len) + protofield_number_size(2, n));
    protofield_put_bytes(out, 1, (struct span){type.p, type.len});
    protofield_put_number(out, 2, n);
}

/* Put how many rows there are of each resource type, sorted. */
static int put_by_type(struct store *s, const char *table, uint32_t field, struct buf *out, struct err *e)
{
    char sql[160];
    sqlite3_stmt *q;
    int r;

    snprintf(sql, sizeof(sql), "SELECT resource_type_id, count(*) FROM %s GROUP BY 1 ORDER BY 1", table);
    q = c1zdb_prepare(&s->db, sql, e);
    if (q == NULL)
        return -1;
    while ((r = c1zdb_step(&s->db, q, e)) > 0)
        put_entry(store_column(q, 0), (uint64_t)sqlite3_column_int64(q, 1), field, out);
    sqlite3_finalize(q);
    return r;
}

/* Count the grants at each place of ${ranks}. */
static int count_grants(struct grants *g, const struct ranks *ranks, uint64_t *counts, struct err *e)
{
    for (uint64_t i = 0; i < g->n; i++) {
        struct grant grant;

        if (grants_head(g, i, &grant, e) < 0)
            return -1;
        if (grant.line != 0)
            counts[ranks->of[grant.entitlement]]++;
    }
    return 0;
}

/* The same for grants, by the type of the resource that they are on. */
static int put_grants_by_type(struct grants *g, uint32_t field, struct buf *out, struct err *e)
{
    struct ranks ranks = {0};
    uint64_t *counts = calloc(g->entitlements.len + 1, sizeof(*counts));
    int r = counts == NULL ? err_set(e, EX_OSERR, "no memory") : 0;

    if (r == 0)
        r = refs_rank(&g->entitlements, refs_by_resource, &ranks, e);
    if (r == 0)
        r = count_grants(g, &ranks, counts, e);
    for (size_t i = 0, next; r == 0 && i < ranks.n; i = next) {
        struct wire_bytes type = ref_type(g->entitlements.list[ranks.at[i]]);
        uint64_t n = 0;

        for (next = i; next < ranks.n && wire_same(ref_type(g->entitlements.list[ranks.at[next]]), type); next++)
            n += counts[next];
        if (n > 0)
            put_entry(type, n, field, out);
    }
    ranks_release(&ranks);
    free(counts);
    return r;
}

static int count(struct v3sync *v, struct store *s, struct err *e)
{
    protofield_put_bytes(&v->stats, STATS_SYNC, text_span(v->id));
    for (enum kind kind = 0; kind < KIND_GRANT; kind++)
        if (put_count(s, c1zdb_table(kind), STATS_COUNTS + (uint32_t)kind, &v->stats, e) < 0)
            return -1;
    protofield_put_number(&v->stats, STATS_COUNTS + KIND_GRANT, grants_count(&s->grants));
    if (put_count(s, "v1_assets", STATS_ASSETS, &v->stats, e) < 0 ||
        put_by_type(s, c1zdb_table(KIND_RESOURCE), STATS_BY_TYPE, &v->stats, e) < 0 ||
        put_grants_by_type(&s->grants, STATS_BY_TYPE + 1, &v->stats, e) < 0 ||
        put_by_type(s, c1zdb_table(KIND_ENTITLEMENT), STATS_BY_TYPE + 2, &v->stats, e) < 0)
        return -1;
    c1z3make_time(&v->stats, STATS_WRITTEN_AT, v->ended_at);
    return v->stats.failed ? err_set(e, EX_OSERR, "no memory") : 0;
}

int v3sync_read(struct v3sync *v, struct store *s, struct err *e)
{
    *v = (struct v3sync){.id = s->sync_id};
    buf_init(&v->stats, STATS_MAX);
    return read_run(v, s, e) < 0 ? -1 : count(v, s, e);
}

void v3sync_release(struct v3sync *v)
{
    buf_release(&v->stats);
}

void v3sync_put_run(const struct v3sync *v, struct buf *out)
{
    protofield_put_bytes(out, RUN_ID, text_span(v->id));
    protofield_put_number(out, RUN_TYPE, (uint64_t)v->type);
    c1z3make_time(out, RUN_STARTED_AT, v->started_at);
    c1z3make_time(out, RUN_ENDED_AT, v->ended_at);
}

void v3sync_put_summary(const struct v3sync *v, struct buf *out)
{
    protofield_put_bytes(out, SUMMARY_ID, text_span(v->id));
    protofield_put_number(out, SUMMARY_TYPE, (uint64_t)v->type);
    c1z3make_time(out, SUMMARY_STARTED_AT, v->started_at);
    c1z3make_time(out, SUMMARY_ENDED_AT, v->ended_at);
    protofield_put_bytes(out, SUMMARY_STATS, (struct span){(const uint8_t *)v->stats.data, v->stats.len});
}

void v3sync_put_asset(
    const struct v3sync *v, struct span id, struct span content_type, struct span data, struct buf *out)
{
    protofield_put_bytes(out, ASSET_SYNC, text_span(v->id));
    protofield_put_bytes(out, ASSET_ID, id);
    protofield_put_bytes(out, ASSET_CONTENT_TYPE, content_type);
    protofield_put_bytes(out, ASSET_DATA, data);
    c1z3make_time(out, ASSET_DISCOVERED_AT, v->discovered_at);
}
