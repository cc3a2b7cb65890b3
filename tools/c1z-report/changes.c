#include "changes.h"

#include <inttypes.h>

#include "c1zmanifest.h"
#include "cell.h"
#include "ledger.h"
#include "mass.h"

static const char things[] = "SELECT sign, kind, type, id, name, text FROM things ORDER BY kind, type, name, id, sign";
static const char grants[] =
    "SELECT id, sign, principal_type, principal_id, principal, is_user, on_type, on_id, on_name, permission, direct,"
    " through, text, coalesce(root, 0) FROM grants ORDER BY principal, principal_id, on_name, on_id, permission, sign";

static int put_line(struct out *out, struct cell *c, struct err *e)
{
    int r =
        c->line.failed ? err_set(e, EX_OSERR, "no memory for a change") : out_line(out, c->line.data, c->line.len, e);

    buf_clear(&c->line);
    return r;
}

/* The sentences on what changed for many, as elements of an array. */
struct sentences {
    struct out *out;
    struct cell *cell;
    bool first;
};

/* A function for mass_changes, ${to} are the sentences. */
static int put_sentence(void *to, struct json_str words, struct err *e)
{
    struct sentences *s = to;

    buf_puts(&s->cell->line, s->first ? "" : ",");
    s->first = false;
    cell_text(s->cell, words);
    return put_line(s->out, s->cell, e);
}

static int put_mass(struct out *out, struct cell *c, struct ledger *l, struct err *e)
{
    struct sentences s = {.out = out, .cell = c, .first = true};
    int r;

    buf_puts(&c->line, ",\"mass\":[");
    r = mass_changes(l, put_sentence, &s, e);
    buf_putc(&c->line, ']');
    return r;
}

/* Append the row that ${s} stands on: numbers as they are, all else as text. */
static void put_row(struct cell *c, sqlite3_stmt *s)
{
    for (int i = 0; i < sqlite3_column_count(s); i++) {
        buf_putc(&c->line, i == 0 ? '[' : ',');
        if (sqlite3_column_type(s, i) == SQLITE_INTEGER) {
            buf_printf(&c->line, "%" PRId64, (int64_t)sqlite3_column_int64(s, i));
        } else {
            const char *text = (const char *)sqlite3_column_text(s, i);

            cell_text(c, (struct json_str){text != NULL ? text : "", (size_t)sqlite3_column_bytes(s, i)});
        }
    }
    buf_putc(&c->line, ']');
}

/* Write the rows of ${sql} as an array. */
static int put_rows(struct out *out, struct cell *c, struct ledger *l, const char *sql, struct err *e)
{
    sqlite3_stmt *s = c1zdb_prepare(&l->db, sql, e);
    int more = s == NULL ? -1 : 1;

    buf_putc(&c->line, '[');
    for (bool first = true; more >= 0 && (more = c1zdb_step(&l->db, s, e)) > 0; first = false) {
        if (!first)
            buf_putc(&c->line, ',');
        put_row(c, s);
        more = put_line(out, c, e);
    }
    buf_putc(&c->line, ']');
    sqlite3_finalize(s);
    return more;
}

/* Begin the member: which sync is the old one, and how much it knows. */
static int put_old(struct cell *c, const struct side *old, struct err *e)
{
    struct c1zmanifest m;
    int r = c1zmanifest_read(&m, old->file, old->sync, e);

    buf_puts(&c->line, ",\"changes\":{\"file\":");
    cell_word(c, c1zread_name(old->file));
    buf_puts(&c->line, ",\"ended\":");
    cell_time(c, old->sync->ended_at);
    buf_printf(&c->line, ",\"whole\":%s,\"gaps\":%" PRIu64, c1zread_whole(old->sync) ? "true" : "false", m.gaps);
    c1zmanifest_release(&m);
    return r;
}

static int put_ledger(struct out *out, struct ledger *l, struct err *e)
{
    struct cell c;
    int r;

    cell_init(&c);
    r = put_old(&c, l->old, e);
    if (r == 0)
        r = put_mass(out, &c, l, e);
    buf_puts(&c.line, ",\"things\":");
    if (r == 0)
        r = put_rows(out, &c, l, things, e);
    buf_puts(&c.line, ",\"grants\":");
    if (r == 0)
        r = put_rows(out, &c, l, grants, e);
    buf_putc(&c.line, '}');
    if (r == 0)
        r = put_line(out, &c, e);
    cell_release(&c);
    return r;
}

int changes_put(struct out *out, struct side *old, struct side *new, struct err *e)
{
    struct ledger l;
    int r = ledger_open(&l, old, new, e);

    if (r == 0 && diff_walk(old, new, ledger_note, &l, e) < 0)
        r = -1;
    if (r == 0 && (ledger_fold(&l, e) < 0 || put_ledger(out, &l, e) < 0))
        r = -1;
    ledger_close(&l);
    return r;
}
