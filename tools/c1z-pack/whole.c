#include "whole.h"

/* Fields of Entitlement and of Resource. */
enum { ENTITLEMENT_RESOURCE = 1, RESOURCE_ID = 1 };

/* ${message} is made here; ${resource} gives the message of one. */
struct whole {
    struct store *s;
    sqlite3_stmt *resource, *update;
    struct buf message;
};

/* An entitlement with its resource is a line and a half at most. */
#define MESSAGE_MAX ((size_t)256 << 20)

/* Whether ${resource} has an id and no more. */
static bool is_bare(struct wire_bytes resource)
{
    struct wire w = wire_begin(resource);
    struct wire_field f;

    while (wire_next(&w, &f))
        if (f.number != RESOURCE_ID)
            return false;
    return !w.bad;
}

/* Make ${x}->message of ${entitlement} with ${resource} in it. */
static int join(struct whole *x, struct wire_bytes entitlement, struct wire_bytes resource, struct err *e)
{
    struct wire w = wire_begin(entitlement);
    struct wire_field f;

    buf_clear(&x->message);
    wire_put(&x->message, ENTITLEMENT_RESOURCE, resource);
    while (wire_next(&w, &f))
        if (f.number != ENTITLEMENT_RESOURCE)
            wire_put_raw(&x->message, f.whole);
    return x->message.failed ? err_set(e, EX_OSERR, "no memory for an entitlement") : 0;
}

/* Fill the entitlement in the current row of ${q}: id, type and id of its resource, message. */
static int fill(struct whole *x, sqlite3_stmt *q, struct err *e)
{
    struct wire_bytes entitlement = store_column(q, 3);
    int r;

    if (!is_bare(wire_find(entitlement, ENTITLEMENT_RESOURCE)))
        return 0;
    store_bind(x->resource, 1, store_column(q, 1));
    store_bind(x->resource, 2, store_column(q, 2));
    r = c1zdb_step(&x->s->db, x->resource, e);
    if (r > 0)
        r = join(x, entitlement, store_column(x->resource, 0), e);
    else if (r == 0)
        r = err_set(e, EX_SOFTWARE, "a resource is gone");
    sqlite3_reset(x->resource);
    if (r < 0)
        return -1;
    sqlite3_bind_int64(x->update, 1, sqlite3_column_int64(q, 0));
    sqlite3_bind_blob(x->update, 2, x->message.data, (int)x->message.len, SQLITE_STATIC);
    return c1zdb_run(&x->s->db, x->update, e);
}

static int fill_all(struct whole *x, sqlite3_stmt *q, struct err *e)
{
    int r;

    sqlite3_bind_int64(q, 1, x->s->base);
    sqlite3_bind_text(x->resource, 3, x->s->sync_id, -1, SQLITE_STATIC);
    while ((r = c1zdb_step(&x->s->db, q, e)) > 0)
        if (fill(x, q, e) < 0)
            return -1;
    return r;
}

int whole_apply(struct store *s, struct err *e)
{
    struct whole x = {.s = s};
    sqlite3_stmt *q = c1zdb_prepare(
        &s->db, "SELECT id, resource_type_id, resource_id, data FROM v1_entitlements WHERE id > ?1 ORDER BY id", e);
    int r = -1;

    buf_init(&x.message, MESSAGE_MAX);
    x.resource = c1zdb_prepare(&s->db,
        "SELECT data FROM v1_resources WHERE external_id = ?1 || ':' || ?2 AND resource_type_id = ?1 AND sync_id = ?3",
        e);
    x.update = c1zdb_prepare(&s->db, "UPDATE OR ABORT v1_entitlements SET data = ?2 WHERE id = ?1", e);
    if (q != NULL && x.resource != NULL && x.update != NULL)
        r = fill_all(&x, q, e);
    sqlite3_finalize(q);
    sqlite3_finalize(x.resource);
    sqlite3_finalize(x.update);
    buf_release(&x.message);
    return r;
}
