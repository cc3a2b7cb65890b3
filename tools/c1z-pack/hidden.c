#include "hidden.h"

#include <stdio.h>

#include "bytes.h"
#include "log.h"

/* Fields of ResourceId, Resource and Entitlement; behind the description stands what is the same on each resource. */
enum { ID_TYPE = 1, ID_RESOURCE = 2 };
enum { RESOURCE_ID = 1, RESOURCE_NAME = 3 };
enum { ENTITLEMENT_RESOURCE = 1, ENTITLEMENT_ID, ENTITLEMENT_NAME, ENTITLEMENT_DESCRIPTION, ENTITLEMENT_SLUG = 8 };

/* The texts of a row and its message: as long as a line may be, and some ids. */
#define ROW_MAX ((size_t)128 << 20)

/* The most of an id that a message quotes, in bytes. */
#define QUOTED_MAX 300

/*
 * What is to be added, found step by step; ?1 is the base of rows, ?2 the sync.  The row is that of the record that
 * named it first.  By the convention an entitlement's id is that of its resource and a ${slug} (NULL where it is not),
 * and those of one slug are alike on all resources of a type.
 */
static const char *const steps[] = {
    "CREATE TEMP TABLE hidden (id INTEGER, type TEXT, resource TEXT)",
    "INSERT INTO temp.hidden SELECT min(id), type, resource FROM (SELECT id, resource_type_id AS type,"
    " resource_id AS resource FROM v1_entitlements WHERE id > ?1 UNION ALL SELECT id, resource_type_id, resource_id"
    " FROM temp.grant_entitlement) x WHERE EXISTS (SELECT 1 FROM v1_resource_types t WHERE t.external_id = x.type AND"
    " t.sync_id = ?2) AND NOT EXISTS (SELECT 1 FROM v1_resources r WHERE r.external_id = x.type || ':' || x.resource"
    " AND r.sync_id = ?2) GROUP BY type || ':' || resource",
    /* A gap covers what would stand beneath it. */
    "WITH RECURSIVE above (type, top) AS (SELECT type, type FROM temp.hidden UNION SELECT a.type,"
    " r.parent_resource_type_id FROM above a JOIN v1_resources r ON r.resource_type_id = a.top WHERE r.id > ?1 AND"
    " r.parent_resource_type_id IS NOT NULL) DELETE FROM temp.hidden WHERE type NOT IN (SELECT type FROM above WHERE"
    " top IN (SELECT kind FROM temp.gap_kind))",
    "CREATE TEMP TABLE likeness (id INTEGER, type TEXT, slug TEXT, PRIMARY KEY (type, slug))",
    "INSERT INTO temp.likeness SELECT min(id), resource_type_id, substr(external_id, length(resource_type_id) +"
    " length(resource_id) + 3) FROM v1_entitlements WHERE id > ?1 AND resource_type_id IN (SELECT type FROM"
    " temp.hidden) AND instr(external_id, resource_type_id || ':' || resource_id || ':') = 1 GROUP BY 2, 3",
    "CREATE TEMP TABLE hidden_entitlement (id INTEGER, external_id TEXT, type TEXT, resource TEXT, slug TEXT)",
    "INSERT INTO temp.hidden_entitlement SELECT min(g.id), g.entitlement_id, h.type, h.resource,"
    " CASE WHEN instr(g.entitlement_id, h.type || ':' || h.resource || ':') = 1 THEN substr(g.entitlement_id,"
    " length(h.type) + length(h.resource) + 3) END FROM temp.grant_entitlement g JOIN temp.hidden h ON"
    " h.type = g.resource_type_id AND h.resource = g.resource_id WHERE NOT EXISTS (SELECT 1 FROM v1_entitlements t"
    " WHERE t.external_id = g.entitlement_id AND t.sync_id = ?2) GROUP BY g.entitlement_id",
};

/* One row in the making: its record, and the memory of the pieces of that. */
struct row {
    struct record r;
    struct buf bytes;
};

static void begin(struct row *row, const struct store *s, enum kind kind, sqlite3_stmt *q)
{
    buf_clear(&row->bytes);
    row->r = (struct record){.kind = kind, .line = store_line(s, sqlite3_column_int64(q, 0))};
}

static void put_text(struct row *row, int i, struct wire_bytes text)
{
    row->r.text[i] = (struct record_piece){.at = row->bytes.len, .len = text.len};
    buf_append(&row->bytes, text.p, text.len);
}

/* The message is all that was appended since ${at}. */
static int insert(struct row *row, struct store *s, size_t at, struct err *e)
{
    row->r.data = (struct record_piece){.at = at, .len = row->bytes.len - at};
    if (row->bytes.failed)
        return err_set(e, EX_OSERR, "no memory for what a gap hides");
    return store_insert(s, &row->bytes, &row->r, e);
}

static size_t id_size(struct wire_bytes type, struct wire_bytes id)
{
    return wire_size(type.len) + wire_size(id.len);
}

static void put_id(struct buf *out, struct wire_bytes type, struct wire_bytes id)
{
    wire_put_head(out, RESOURCE_ID, id_size(type, id));
    wire_put(out, ID_TYPE, type);
    wire_put(out, ID_RESOURCE, id);
}

/* Add the resource in the current row of ${q}: row, type, id. */
static int add_resource(struct row *row, struct store *s, sqlite3_stmt *q, struct err *e)
{
    struct wire_bytes type = store_column(q, 1), id = store_column(q, 2);
    size_t at;

    begin(row, s, KIND_RESOURCE, q);
    put_text(row, R_TYPE, type);
    put_text(row, R_EXTERNAL_ID, type);
    buf_putc(&row->bytes, ':');
    buf_append(&row->bytes, id.p, id.len);
    row->r.text[R_EXTERNAL_ID].len += 1 + id.len;
    row->r.text[R_PARENT_TYPE].null = row->r.text[R_PARENT_ID].null = true;
    at = row->bytes.len;
    put_id(&row->bytes, type, id);
    wire_put(&row->bytes, RESOURCE_NAME, id);
    return insert(row, s, at, e);
}

/* Append what ${like}, an entitlement of the same slug, says but for what it is on; or without one the slug alone. */
static void put_likeness(struct buf *out, struct wire_bytes like, struct wire_bytes slug)
{
    struct wire w = wire_begin(like);
    struct wire_field f;

    if (like.len == 0 && slug.len > 0)
        wire_put(out, ENTITLEMENT_SLUG, slug);
    while (wire_next(&w, &f))
        if (f.number > ENTITLEMENT_DESCRIPTION)
            wire_put_raw(out, f.whole);
}

/* Append the display name: that of the resource, which is its id, and the slug. */
static void put_name(struct buf *out, struct wire_bytes resource, struct wire_bytes slug, struct wire_bytes id)
{
    if (slug.len == 0) {
        wire_put(out, ENTITLEMENT_NAME, id);
        return;
    }
    wire_put_head(out, ENTITLEMENT_NAME, resource.len + 1 + slug.len);
    wire_put_raw(out, resource);
    buf_putc(out, ' ');
    wire_put_raw(out, slug);
}

/* Add the entitlement in the current row of ${q}: row, id, type and id of the resource, slug, one like it. */
static int add_entitlement(struct row *row, struct store *s, sqlite3_stmt *q, struct err *e)
{
    struct wire_bytes id = store_column(q, 1), type = store_column(q, 2), resource = store_column(q, 3);
    struct wire_bytes slug = store_column(q, 4);
    size_t at;

    begin(row, s, KIND_ENTITLEMENT, q);
    put_text(row, E_RESOURCE_TYPE, type);
    put_text(row, E_RESOURCE_ID, resource);
    put_text(row, E_EXTERNAL_ID, id);
    at = row->bytes.len;
    wire_put_head(&row->bytes, ENTITLEMENT_RESOURCE, wire_size(id_size(type, resource)));
    put_id(&row->bytes, type, resource);
    wire_put(&row->bytes, ENTITLEMENT_ID, id);
    put_name(&row->bytes, resource, slug, id);
    put_likeness(&row->bytes, store_column(q, 5), slug);
    return insert(row, s, at, e);
}

typedef int add_row(struct row *row, struct store *s, sqlite3_stmt *q, struct err *e);

/* Add what ${sql} gives, row by row. */
static int add_all(struct store *s, const char *sql, add_row *add, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(&s->db, sql, e);
    struct row row;
    int r = -1;

    buf_init(&row.bytes, ROW_MAX);
    while (q != NULL && (r = c1zdb_step(&s->db, q, e)) > 0)
        if (add(&row, s, q, e) < 0) {
            r = -1;
            break;
        }
    buf_release(&row.bytes);
    sqlite3_finalize(q);
    return r;
}

/* Where the kinds of gaps go. */
struct kinds {
    struct store *s;
    sqlite3_stmt *insert;
};

static int add_kind(void *arg, const struct gap *gap, struct err *e)
{
    struct kinds *k = arg;

    store_bind(k->insert, 1, (struct wire_bytes){(const uint8_t *)gap->of.s, gap->of.len});
    return c1zdb_run(&k->s->db, k->insert, e);
}

/* Put the kinds of ${gaps} into a table. */
static int list_kinds(struct store *s, const struct gaplist *gaps, struct err *e)
{
    struct kinds k = {.s = s};
    int r;

    if (c1zdb_exec(&s->db, "CREATE TEMP TABLE gap_kind (kind TEXT PRIMARY KEY)", e) < 0)
        return -1;
    k.insert = c1zdb_prepare(&s->db, "INSERT OR IGNORE INTO temp.gap_kind VALUES (?1)", e);
    if (k.insert == NULL)
        return -1;
    r = gaplist_gaps(gaps, add_kind, &k, e);
    sqlite3_finalize(k.insert);
    return r;
}

static int run_steps(struct store *s, struct err *e)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        sqlite3_stmt *q = c1zdb_prepare(&s->db, steps[i], e);
        int r;

        if (q == NULL)
            return -1;
        /* A statement without these parameters refuses them, which does no harm. */
        sqlite3_bind_int64(q, 1, s->base);
        sqlite3_bind_text(q, 2, s->sync_id, -1, SQLITE_STATIC);
        r = c1zdb_run(&s->db, q, e);
        sqlite3_finalize(q);
        if (r < 0)
            return -1;
    }
    return 0;
}

/* Say how many there are, and which was named first. */
static int warn(struct store *s, int64_t *n, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(&s->db, "SELECT min(id), type || ':' || resource, count(*) FROM temp.hidden", e);
    char first[QUOTED_MAX + 1];
    int r = q == NULL ? -1 : c1zdb_step(&s->db, q, e);

    if (r > 0 && (*n = sqlite3_column_int64(q, 2)) > 0) {
        struct wire_bytes id = store_column(q, 1);
        const char *text = (const char *)id.p;

        snprintf(first, sizeof(first), "%.*s", (int)bytes_cut(text, id.len, QUOTED_MAX), text);
        log_warn("a gap hides resources that grants name: these are there by their ids alone", LOG_INT("resources", *n),
            LOG_INT("line", (int64_t)store_line(s, sqlite3_column_int64(q, 0))), LOG_STR("first", first));
    }
    sqlite3_finalize(q);
    return r < 0 ? -1 : 0;
}

int64_t hidden_add(struct store *s, const struct gaplist *gaps, struct err *e)
{
    static const char resources[] = "SELECT id, type, resource FROM temp.hidden ORDER BY id";
    static const char entitlements[] =
        "SELECT h.id, h.external_id, h.type, h.resource, h.slug, (SELECT x.data FROM temp.likeness l JOIN"
        " v1_entitlements x ON x.id = l.id WHERE l.type = h.type AND l.slug = h.slug) FROM temp.hidden_entitlement h"
        " ORDER BY h.id";
    int64_t n = 0;

    if (list_kinds(s, gaps, e) < 0 || run_steps(s, e) < 0 || warn(s, &n, e) < 0)
        return -1;
    if (add_all(s, resources, add_resource, e) < 0 || add_all(s, entitlements, add_entitlement, e) < 0)
        return -1;
    return n;
}
