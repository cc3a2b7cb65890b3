/*
 * The engine for files of format v1: a SQLite database (reference/c1z-format.md sections 3 to 5 and 9.2).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1z.h"
#include "c1zdb.h"
#include "c1zread_engine.h"
#include "c1zread_grant.h"
#include "pbwire.h"
#include "protofield.h"
#include "protojson.h"
#include "tempfile.h"

/* Page cache in KiB, and what one sort may take before it goes to disk. */
#define CACHE_KIB (4 * 1024)

/* The order of bytes in UTF-8, which is SQLite's own unless the database is in UTF-16. */
#define COLLATION "utf8_bytes"

struct c1zread_file {
    struct c1zdb db;
    bool utf8;
    bool has_expansion;
};

/*
 * ${row} is that of the current record; ${kind} says which columns there are.  ${lean} is room for what is wanted of a
 * message with C1ZREAD_LEAN.
 */
struct c1zread_cursor {
    struct c1zread_file *file;
    sqlite3_stmt *s;
    enum kind kind;
    enum c1zread_part part;
    const ProtobufCMessageDescriptor *type;
    struct c1zread_row row;
    struct buf lean;
};

static int compare_utf8(void *unused, int a_len, const void *a, int b_len, const void *b)
{
    int order = memcmp(a, b, (size_t)(a_len < b_len ? a_len : b_len));

    (void)unused;
    return order != 0 ? order : a_len - b_len;
}

/*
 * begins_with_resource(id, type, resource): c1zread_convention for SQL; what begins so comes behind what does not, as in
 * format v3.
 */
#define CONVENTION "begins_with_resource"

static void begins_with_resource(sqlite3_context *context, int n, sqlite3_value **args)
{
    struct json_str text[3];
    struct c1zread_ref on;

    for (int i = 0; i < n; i++) {
        bool is_text = sqlite3_value_type(args[i]) == SQLITE_TEXT;
        const char *s = (const char *)sqlite3_value_text(args[i]);

        if (s == NULL && is_text) {
            sqlite3_result_error_nomem(context);
            return;
        }
        text[i] = (struct json_str){s != NULL ? s : "", s != NULL ? (size_t)sqlite3_value_bytes(args[i]) : 0};
    }
    on = (struct c1zread_ref){text[1], text[2]};
    sqlite3_result_int(context, c1zread_convention(&on, text[0]) > 0);
}

/* Opening. */

static int look_at_schema(struct c1zread_file *f, struct err *e)
{
    int64_t utf8;

    if (c1zdb_number(&f->db, "SELECT encoding = 'UTF-8' FROM pragma_encoding", NULL, &utf8, e) < 0)
        return -1;
    f->utf8 = utf8 == 1;
    if (sqlite3_create_collation(f->db.db, COLLATION, SQLITE_UTF8, NULL, compare_utf8) != SQLITE_OK)
        return c1zdb_fail(&f->db, "collation", e);
    if (sqlite3_create_function(f->db.db, CONVENTION, 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, begins_with_resource,
            NULL, NULL) != SQLITE_OK)
        return c1zdb_fail(&f->db, "function", e);
    return c1zdb_has(&f->db, "v1_grants", "expansion", &f->has_expansion, e);
}

/* ${column} of the sync runs where the file has it, else ${otherwise}, as a piece of SQL in ${text}. */
static int column_or(struct c1zdb *d, const char *column, const char *otherwise, char *text, size_t size, struct err *e)
{
    bool has;

    if (c1zdb_has(d, "v1_sync_runs", column, &has, e) < 0)
        return -1;
    snprintf(text, size, "%s", has ? column : otherwise);
    return 0;
}

static sqlite3_stmt *select_syncs(struct c1zdb *d, struct err *e)
{
    char type[32], parent[32], sql[256];
    bool has;

    if (c1zdb_has(d, "v1_sync_runs", NULL, &has, e) < 0)
        return NULL;
    if (!has) {
        err_set(e, EX_DATAERR, "'%s' has no table of syncs", d->name);
        return NULL;
    }
    if (column_or(d, "sync_type", "'full'", type, sizeof(type), e) < 0 ||
        column_or(d, "parent_sync_id", "''", parent, sizeof(parent), e) < 0)
        return NULL;
    snprintf(
        sql, sizeof(sql), "SELECT sync_id, started_at, ended_at, %s, %s FROM v1_sync_runs ORDER BY id", type, parent);
    return c1zdb_prepare(d, sql, e);
}

/* The value of ${column} in UTF-8: NULL without one, and for a blob its bytes. */
static struct json_str value(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);

    return (struct json_str){text, text == NULL ? 0 : (size_t)sqlite3_column_bytes(s, column)};
}

static struct json_str value_or_empty(sqlite3_stmt *s, int column)
{
    struct json_str text = value(s, column);

    return text.s != NULL ? text : (struct json_str){"", 0};
}

static int add_sync(struct c1zdb *d, sqlite3_stmt *s, struct c1zread_list *list, struct err *e)
{
    bool text = sqlite3_column_type(s, 0) == SQLITE_TEXT;
    struct c1zread_found found = {
        value_or_empty(s, 0), value_or_empty(s, 1), value(s, 2), value_or_empty(s, 3), value_or_empty(s, 4)};

    if (!text)
        return err_set(e, EX_DATAERR, "'%s': the id of a sync is no text", d->name);
    return c1zread_add(list, d->name, &found, e);
}

static int list_syncs(struct c1zdb *d, struct c1zread_list *list, struct err *e)
{
    sqlite3_stmt *s = select_syncs(d, e);
    int r;

    if (s == NULL)
        return -1;
    while ((r = c1zdb_step(d, s, e)) > 0)
        if (add_sync(d, s, list, e) < 0) {
            r = -1;
            break;
        }
    sqlite3_finalize(s);
    return r;
}

static void v1_close(struct c1zread_file *f)
{
    c1zdb_close(&f->db);
    free(f);
}

static int fill(struct c1zread_file *f, int fd, const char *name, struct c1zread_list *list, struct err *e)
{
    uint64_t size;

    if (c1zdb_create(&f->db, tempfile_dir(), name, e) < 0 || c1z_decode_rest(fd, name, f->db.fd, &size, e) < 0)
        return -1;
    if (size == 0)
        return err_set(e, EX_DATAERR, "'%s' is empty", name);
    if (c1zdb_tune(&f->db, CACHE_KIB, 0, e) < 0 || look_at_schema(f, e) < 0)
        return -1;
    return list_syncs(&f->db, list, e);
}

static struct c1zread_file *v1_open(int fd, const char *name, struct c1zread_list *list, struct err *e)
{
    struct c1zread_file *f = malloc(sizeof(*f));

    if (f == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    *f = (struct c1zread_file){.db.fd = -1};
    if (fill(f, fd, name, list, e) == 0)
        return f;
    v1_close(f);
    return NULL;
}

/* Records: of every kind the row's id, the message and the expansion, then the columns with ids in this order. */

enum { COL_ROW, COL_DATA, COL_EXPANSION, COL_IDS };

static const struct {
    const char *columns, *order;
} queries[KIND_COUNT] = {
    [KIND_RESOURCE_TYPE] = {"external_id", "external_id %s"},
    [KIND_RESOURCE] = {"external_id, resource_type_id, parent_resource_type_id, parent_resource_id",
        "resource_type_id %s, external_id %s"},
    [KIND_ENTITLEMENT] = {"external_id, resource_type_id, resource_id",
        "resource_type_id %s, resource_id %s, " CONVENTION "(external_id, resource_type_id, resource_id),"
        " external_id %s"},
    [KIND_GRANT] = {"external_id, resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
                    " principal_resource_id",
        "resource_type_id %s, resource_id %s, " CONVENTION "(entitlement_id, resource_type_id, resource_id),"
        " entitlement_id %s,"
        " principal_resource_type_id %s, principal_resource_id %s, external_id %s"},
};

/* Append ${order} with the collation at each %s. */
static void put_order(struct buf *sql, const char *order, const char *collation)
{
    const char *mark;

    while ((mark = strstr(order, "%s")) != NULL) {
        buf_append(sql, order, (size_t)(mark - order));
        buf_puts(sql, collation);
        order = mark + 2;
    }
    buf_puts(sql, order);
}

static sqlite3_stmt *select_rows(struct c1zread_file *f, const struct c1zread_query *q, struct err *e)
{
    bool message = q->part != C1ZREAD_IDS;
    sqlite3_stmt *s = NULL;
    struct buf sql;

    buf_init(&sql, 4096);
    buf_printf(&sql, "SELECT id, %s, %s, %s FROM %s NOT INDEXED WHERE sync_id = ?1 ORDER BY ",
        message ? "data" : "NULL", message && q->kind == KIND_GRANT && f->has_expansion ? "expansion" : "NULL",
        queries[q->kind].columns, c1zdb_table(q->kind));
    if (q->order == C1ZREAD_SORTED) {
        put_order(&sql, queries[q->kind].order, f->utf8 ? "" : "COLLATE " COLLATION);
        buf_puts(&sql, ", ");
    }
    buf_puts(&sql, "id");
    if (buf_cstr(&sql) != NULL)
        s = c1zdb_prepare(&f->db, buf_cstr(&sql), e);
    else
        err_set(e, EX_OSERR, "no memory");
    buf_release(&sql);
    return s;
}

static struct c1zread_cursor *v1_rows(struct c1zread_file *f, const struct c1zread_query *q, struct err *e)
{
    const char *message = kind_names(q->kind)->message;
    struct c1zread_cursor *c = malloc(sizeof(*c));

    if (c == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    *c = (struct c1zread_cursor){.file = f,
        .kind = q->kind,
        .part = q->part,
        .type = protojson_type(message, strlen(message)),
        .s = select_rows(f, q, e)};
    buf_init(&c->lean, SIZE_MAX);
    if (c->s == NULL) {
        free(c);
        return NULL;
    }
    sqlite3_bind_text(c->s, 1, q->sync->id, -1, SQLITE_STATIC);
    return c;
}

static void v1_rows_close(struct c1zread_cursor *c)
{
    sqlite3_finalize(c->s);
    buf_release(&c->lean);
    free(c);
}

static int v1_place(struct c1zread_cursor *c, struct err *e)
{
    return err_context(e, "'%s': %s, row %lld", c->file->db.name, c1zdb_table(c->kind),
        (long long)sqlite3_column_int64(c->s, COL_ROW));
}

/* Take the text of ${column}, an id. */
static int take_id(struct c1zread_cursor *c, int column, struct json_str *id, struct err *e)
{
    /* Asked first: reading a number as text may change its type. */
    bool text = sqlite3_column_type(c->s, column) == SQLITE_TEXT;

    *id = value_or_empty(c->s, column);
    if (text && memchr(id->s, '\0', id->len) == NULL && json_utf8(id->s, id->len))
        return 0;
    err_set(e, EX_DATAERR, "%s is no text", sqlite3_column_name(c->s, column));
    return v1_place(c, e);
}

static int take_ref(struct c1zread_cursor *c, int column, struct c1zread_ref *ref, struct err *e)
{
    return take_id(c, column, &ref->type, e) < 0 || take_id(c, column + 1, &ref->id, e) < 0 ? -1 : 0;
}

/* A resource's own id: the column holds type and id with a colon between them. */
static int take_self(struct c1zread_cursor *c, struct c1zread_row *row, struct err *e)
{
    struct json_str both;
    size_t type_len;

    if (take_id(c, COL_IDS, &both, e) < 0 || take_id(c, COL_IDS + 1, &row->self.type, e) < 0)
        return -1;
    type_len = row->self.type.len;
    if (both.len <= type_len || memcmp(both.s, row->self.type.s, type_len) != 0 || both.s[type_len] != ':') {
        err_set(e, EX_DATAERR, "external_id does not begin with the resource type");
        return v1_place(c, e);
    }
    row->self.id = (struct json_str){both.s + type_len + 1, both.len - type_len - 1};
    if (sqlite3_column_type(c->s, COL_IDS + 2) == SQLITE_NULL || sqlite3_column_type(c->s, COL_IDS + 3) == SQLITE_NULL)
        return 0;
    return take_ref(c, COL_IDS + 2, &row->parent, e);
}

static int take_row(struct c1zread_cursor *c, struct c1zread_row *row, struct err *e)
{
    *row = (struct c1zread_row){0};
    if (c->kind == KIND_RESOURCE)
        return take_self(c, row, e);
    if (take_id(c, COL_IDS, &row->id, e) < 0)
        return -1;
    if (c->kind == KIND_RESOURCE_TYPE)
        return 0;
    if (take_ref(c, COL_IDS + 1, &row->on, e) < 0)
        return -1;
    if (c->kind == KIND_ENTITLEMENT)
        return 0;
    return take_id(c, COL_IDS + 3, &row->entitlement, e) < 0 ? -1 : take_ref(c, COL_IDS + 4, &row->principal, e);
}

static int v1_next(struct c1zread_cursor *c, struct c1zread_row *row, struct err *e)
{
    int r = c1zdb_step(&c->file->db, c->s, e);

    if (r > 0 && take_row(c, &c->row, e) < 0)
        r = -1;
    *row = c->row;
    return r;
}

static struct json_str blob(sqlite3_stmt *s, int column)
{
    const char *bytes = sqlite3_column_blob(s, column);

    return (struct json_str){bytes, bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(s, column)};
}

/* The Grant ${data} without its entitlement and principal; as it is where it cannot be taken apart. */
static struct json_str make_lean(struct c1zread_cursor *c, struct json_str data)
{
    enum { ENTITLEMENT = 1, PRINCIPAL = 2 };
    struct reader in = reader_of(data.s, data.len);
    const uint8_t *from = in.p;
    struct protofield f;

    buf_clear(&c->lean);
    for (; protofield_next(&in, &f); from = in.p)
        if (f.number != ENTITLEMENT && f.number != PRINCIPAL)
            buf_append(&c->lean, from, (size_t)(in.p - from));
    return in.bad || c->lean.failed ? data : (struct json_str){c->lean.data, c->lean.len};
}

static int v1_message(struct c1zread_cursor *c, struct arena *a, ProtobufCMessage **m, struct err *e)
{
    bool lean = c->part == C1ZREAD_LEAN && c->kind == KIND_GRANT;
    struct json_str data = blob(c->s, COL_DATA), expansion = blob(c->s, COL_EXPANSION);

    if (lean)
        data = make_lean(c, data);
    if (pbwire_unpack(c->type, data.s, data.len, a, m, e) < 0)
        return v1_place(c, e);
    if (c->kind == KIND_GRANT)
        c1zread_grant_fill(*m, lean ? NULL : &c->row, expansion, a);
    return a->failed ? err_set(e, EX_OSERR, "no memory") : 0;
}

static int v1_asset(
    struct c1zread_file *f, const struct c1zread_sync *sync, const char *id, struct buf *data, struct err *e)
{
    sqlite3_stmt *s;
    bool has;
    int r;

    if (c1zdb_has(&f->db, "v1_assets", NULL, &has, e) < 0)
        return -1;
    if (!has)
        return 0;
    s = c1zdb_prepare(&f->db, "SELECT data FROM v1_assets WHERE sync_id = ?1 AND external_id = ?2", e);
    if (s == NULL)
        return -1;
    sqlite3_bind_text(s, 1, sync->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, id, -1, SQLITE_STATIC);
    r = c1zdb_step(&f->db, s, e);
    if (r > 0 && buf_append(data, blob(s, 0).s, blob(s, 0).len) < 0)
        r = err_set(e, EX_DATAERR, "'%s': the asset '%s' is too large", f->db.name, id);
    sqlite3_finalize(s);
    return r;
}

const struct c1zread_engine c1zread_v1 = {
    .open = v1_open,
    .close = v1_close,
    .rows = v1_rows,
    .rows_close = v1_rows_close,
    .next = v1_next,
    .message = v1_message,
    .place = v1_place,
    .asset = v1_asset,
};
