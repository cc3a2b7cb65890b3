#include "narrow.h"

#include <string.h>

#include "words.h"

/* Delete by ${sql}, with the base for ?1, and count what goes. */
static int delete_rows(struct store *s, enum kind kind, const char *sql, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(&s->db, sql, e);
    int r;

    if (q == NULL)
        return -1;
    sqlite3_bind_int64(q, 1, s->base);
    r = c1zdb_run(&s->db, q, e);
    s->rows[kind] -= (uint64_t)sqlite3_changes64(s->db.db);
    sqlite3_finalize(q);
    return r;
}

/* Put one of the types that stay into their table, if the sync has it. */
static int add_type(struct store *s, sqlite3_stmt *insert, const char *type, size_t len, struct err *e)
{
    sqlite3_bind_text(insert, 1, type, (int)len, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 2, s->base);
    if (c1zdb_run(&s->db, insert, e) < 0)
        return -1;
    if (sqlite3_changes64(s->db.db) == 1)
        return 0;
    return err_set(e, EX_DATAERR, "%s: no resource type '%.*s' in it", s->input, (int)len, type);
}

static int list_types(struct store *s, const char *types, struct err *e)
{
    sqlite3_stmt *insert;
    const char *type;
    size_t len;
    int r = 0;

    if (c1zdb_exec(&s->db, "CREATE TEMP TABLE stays (type TEXT)", e) < 0)
        return -1;
    insert = c1zdb_prepare(&s->db,
        "INSERT INTO temp.stays SELECT external_id FROM v1_resource_types WHERE external_id = ?1 AND id > ?2", e);
    if (insert == NULL)
        return -1;
    while (r == 0 && words_next(&types, &type, &len))
        r = add_type(s, insert, type, len, e);
    sqlite3_finalize(insert);
    return r;
}

static bool stays(const char *types, struct ref ref)
{
    return types != NULL && words_have(types, (const char *)ref.p, ref.type);
}

/* Drop the grants that are not on and to resources of ${types} (NULL: all grants). */
static int drop_grants(struct store *s, const char *types, struct err *e)
{
    struct grants *g = &s->grants;

    for (uint64_t i = 0; i < g->n; i++) {
        struct grant grant;

        if (grants_head(g, i, &grant, e) < 0)
            return -1;
        if (grant.line == 0 || (stays(types, g->entitlements.list[grant.entitlement]) &&
                                   stays(types, g->principals.list[grant.principal])))
            continue;
        if (grants_drop(g, i, e) < 0)
            return -1;
    }
    s->rows[KIND_GRANT] = grants_count(g);
    return 0;
}

static int keep_types(struct store *s, const char *types, struct err *e)
{
    static const struct {
        enum kind kind;
        const char *sql;
    } steps[] = {
        {KIND_ENTITLEMENT, "DELETE FROM v1_entitlements WHERE id > ?1 AND resource_type_id NOT IN temp.stays"},
        {KIND_RESOURCE, "DELETE FROM v1_resources WHERE id > ?1 AND resource_type_id NOT IN temp.stays"},
        {KIND_RESOURCE_TYPE, "DELETE FROM v1_resource_types WHERE id > ?1 AND external_id NOT IN temp.stays"},
    };

    if (list_types(s, types, e) < 0 || drop_grants(s, types, e) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (delete_rows(s, steps[i].kind, steps[i].sql, e) < 0)
            return -1;
    return 0;
}

/* Say that records of ${kind}, of which there were ${before}, were left out, if any were. */
static int tell(struct gaplist *left_out, const struct store *s, enum kind kind, uint64_t before, struct err *e)
{
    const char *of = kind_names(kind)->plural;
    struct gap gap = {.note = true, .of = {of, strlen(of)}, .reason = {GAP_SKIPPED, sizeof(GAP_SKIPPED) - 1}};

    return s->rows[kind] < before ? gaplist_add(left_out, &gap, 0, e) : 0;
}

static int drop_all_grants(struct store *s, struct gaplist *left_out, struct err *e)
{
    uint64_t before = s->rows[KIND_GRANT];

    return drop_grants(s, NULL, e) < 0 ? -1 : tell(left_out, s, KIND_GRANT, before, e);
}

static int drop_entitlements(struct store *s, struct gaplist *left_out, struct err *e)
{
    uint64_t before = s->rows[KIND_ENTITLEMENT];

    if (delete_rows(s, KIND_ENTITLEMENT, "DELETE FROM v1_entitlements WHERE id > ?1", e) < 0)
        return -1;
    return tell(left_out, s, KIND_ENTITLEMENT, before, e);
}

static int drop_types(const char *types, struct store *s, struct gaplist *left_out, struct err *e)
{
    uint64_t before = s->rows[KIND_RESOURCE_TYPE];

    return keep_types(s, types, e) < 0 ? -1 : tell(left_out, s, KIND_RESOURCE_TYPE, before, e);
}

int narrow_apply(const struct narrow *n, struct store *s, struct gaplist *left_out, struct err *e)
{
    if (!n->grants && !n->entitlements && n->types == NULL)
        return 0;
    if (c1zdb_exec(&s->db, "PRAGMA secure_delete=ON", e) < 0)
        return -1;
    if ((n->grants || n->entitlements) && drop_all_grants(s, left_out, e) < 0)
        return -1;
    if (n->entitlements && drop_entitlements(s, left_out, e) < 0)
        return -1;
    if (n->types != NULL && drop_types(n->types, s, left_out, e) < 0)
        return -1;
    return c1zdb_exec(&s->db, "PRAGMA secure_delete=OFF", e);
}
