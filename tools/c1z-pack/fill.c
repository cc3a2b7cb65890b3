#include "fill.h"

#include <string.h>

#include "btree.h"
#include "dbrecord.h"
#include "fillindexes.h"
#include "grantrows.h"

/* The longest row. */
#define RECORD_MAX ((size_t)1 << 30)

/* ${record} is the row that is made; ${sync} and ${discovered} are the same in all. */
struct fill {
    struct store *s;
    const struct grantstable *t;
    struct btree_file *f;
    struct buf record;
    struct wire_bytes sync, discovered;
};

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for a row");
}

/* A column of a row: its type, and the bytes, if they are not in the type. */
struct column {
    uint64_t type;
    struct wire_bytes bytes;
};

static struct column text(struct wire_bytes bytes)
{
    return (struct column){dbrecord_text(bytes.len), bytes};
}

static struct column blob(struct wire_bytes bytes)
{
    return (struct column){dbrecord_blob(bytes.len), bytes};
}

/* All columns of ${row}, by their own numbers. The row's id stands elsewhere, and in its place NULL. */
static void fill_columns(const struct fill *x, const struct grantrow *row, struct column *columns)
{
    struct ref on = x->s->grants.entitlements.list[row->entitlement];
    struct ref who = x->s->grants.principals.list[row->principal];
    const struct wire_bytes nothing = {NULL, 0};

    columns[GRANTS_ID] = (struct column){DBRECORD_NULL, nothing};
    columns[GRANTS_RESOURCE_TYPE] = text(ref_type(on));
    columns[GRANTS_RESOURCE] = text(ref_id(on));
    columns[GRANTS_ENTITLEMENT] = text(ref_entitlement(on));
    columns[GRANTS_PRINCIPAL_TYPE] = text(ref_type(who));
    columns[GRANTS_PRINCIPAL] = text(ref_id(who));
    columns[GRANTS_EXTERNAL_ID] = text(row->id);
    columns[GRANTS_EXPANSION] = row->expands ? blob(row->expansion) : (struct column){DBRECORD_NULL, nothing};
    columns[GRANTS_NEEDS_EXPANSION] = (struct column){dbrecord_int(row->expands), nothing};
    columns[GRANTS_DATA] = blob(row->message);
    columns[GRANTS_SYNC] = text(x->sync);
    columns[GRANTS_DISCOVERED] = text(x->discovered);
}

/* Make the record of ${row}, its columns in the order of the table. */
static int make_row(struct fill *x, const struct grantrow *row, struct err *e)
{
    struct column columns[GRANTS_COLUMNS];
    uint64_t types[GRANTS_COLUMNS];

    fill_columns(x, row, columns);
    for (size_t i = 0; i < GRANTS_COLUMNS; i++)
        types[i] = columns[x->t->columns[i]].type;
    dbrecord_begin(&x->record, types, GRANTS_COLUMNS);
    for (size_t i = 0; i < GRANTS_COLUMNS; i++)
        buf_append(&x->record, columns[x->t->columns[i]].bytes.p, columns[x->t->columns[i]].bytes.len);
    return x->record.failed ? no_memory(e) : 0;
}

static int add_rows(struct fill *x, struct btree_table *table, struct err *e)
{
    struct grantrows rows = {0};
    struct grantrow row;
    int r = grantrows_open(&rows, x->s, false, e);

    for (uint64_t i = 0; r >= 0 && i < x->s->grants.n; i++) {
        r = grantrows_read(&rows, i, &row, e);
        if (r > 0 && (make_row(x, &row, e) < 0 ||
                         btree_table_add(table, x->s->base + (int64_t)row.line, span_of_buf(&x->record), e) < 0))
            r = -1;
    }
    grantrows_close(&rows);
    return r < 0 ? -1 : 0;
}

static int fill_table(struct fill *x, struct err *e)
{
    struct btree_table *table = btree_table_begin(x->f, x->t->root, e);
    struct err late = {0};
    int r;

    if (table == NULL)
        return -1;
    btree_table_part(table);
    r = add_rows(x, table, e);
    if (btree_table_end(table, r < 0 ? &late : e) < 0)
        r = -1;
    return r;
}

static int fill_file(struct fill *x, struct err *e)
{
    if (fill_table(x, e) < 0)
        return -1;
    if (x->t->empty && fillindexes(x->s, x->t, x->f, e) < 0)
        return -1;
    return btree_finish(x->f, e);
}

int fill_grants(struct store *s, const struct grantstable *t, struct err *e)
{
    struct fill x = {.s = s,
        .t = t,
        .sync = {(const uint8_t *)s->sync_id, strlen(s->sync_id)},
        .discovered = {(const uint8_t *)s->started_at, strlen(s->started_at)}};
    int r = -1;

    buf_init(&x.record, RECORD_MAX);
    x.f = btree_open(s->db.fd, s->db.name, e);
    if (x.f != NULL)
        r = fill_file(&x, e);
    btree_free(x.f);
    buf_release(&x.record);
    return r;
}
