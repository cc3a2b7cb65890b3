#include "mass.h"

#include <inttypes.h>
#include <string.h>

#include "bytes.h"

/* A change of at least so many, and half of all there are, is one for many. */
#define MASS_MIN "5"

#define LINE_BYTES_MAX ((size_t)256 << 20)

/* The sentences in the making, and who takes them. */
struct mass {
    struct ledger *l;
    mass_each *each;
    void *arg;
    struct buf line;
};

static int put_line(struct mass *m, struct err *e)
{
    if (m->line.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return m->each(m->arg, (struct json_str){m->line.data, m->line.len}, e);
}

/* Append column ${n} of ${s}. */
static void put_column(struct mass *m, sqlite3_stmt *s, int n)
{
    const char *text = (const char *)sqlite3_column_text(s, n);

    if (text != NULL)
        buf_append(&m->line, text, (size_t)sqlite3_column_bytes(s, n));
}

/* Whether another type than ${id} is called ${name} too. */
static bool is_shared(const struct c1znames *names, struct json_str id, struct json_str name)
{
    for (size_t i = 0; i < names->n_types; i++) {
        const struct c1znames_type *other = &names->types[i];

        if (bytes_equal(other->name.s, other->name.len, name.s, name.len) &&
            !bytes_equal(other->id.s, other->id.len, id.s, id.len))
            return true;
    }
    return false;
}

/* Append the name of the type that column ${n} of ${s} has the id of, and the id where the name does not tell it. */
static void put_type(struct mass *m, sqlite3_stmt *s, int n)
{
    struct json_str id = {(const char *)sqlite3_column_text(s, n), (size_t)sqlite3_column_bytes(s, n)};
    struct json_str name = ledger_type_name(m->l, id);

    buf_append(&m->line, name.s, name.len);
    if (!is_shared(&m->l->new->names, id, name) && !is_shared(&m->l->old->names, id, name))
        return;
    buf_puts(&m->line, " (");
    buf_append(&m->line, id.s, id.len);
    buf_putc(&m->line, ')');
}

static bool is_added(sqlite3_stmt *s)
{
    return strcmp((const char *)sqlite3_column_text(s, 0), LEDGER_ADDED) == 0;
}

/* The names of the side that has what came, or had what went: column 0 is the sign. */
static const struct c1znames *names_of(const struct mass *m, sqlite3_stmt *s)
{
    return is_added(s) ? &m->l->new->names : &m->l->old->names;
}

/* Columns: sign, type, how many. */
static int put_thing(struct mass *m, sqlite3_stmt *s, struct err *e)
{
    size_t all = c1znames_of_type(names_of(m, s), json_str_of((const char *)sqlite3_column_text(s, 1)));
    int64_t n = sqlite3_column_int64(s, 2);

    if ((uint64_t)n * 2 < all)
        return 0;
    buf_printf(&m->line, "%" PRId64 " of %zu resources of type ", n, all);
    put_type(m, s, 1);
    buf_puts(&m->line, is_added(s) ? " are new" : " are gone");
    return put_line(m, e);
}

/* Columns: the new status, how many. */
static int put_status(struct mass *m, sqlite3_stmt *s, struct err *e)
{
    size_t users = c1znames_users(&m->l->new->names);
    int64_t n = sqlite3_column_int64(s, 1);

    if ((uint64_t)n * 2 < users)
        return 0;
    buf_printf(&m->line, "%" PRId64 " of %zu users are now ", n, users);
    if (strcmp((const char *)sqlite3_column_text(s, 0), LEDGER_NO_STATUS) == 0)
        buf_puts(&m->line, "without a status");
    else
        put_column(m, s, 0);
    return put_line(m, e);
}

/* Columns: sign, permission, people, resources, the name of one of these, the type. */
static int put_grant(struct mass *m, sqlite3_stmt *s, struct err *e)
{
    size_t users = c1znames_users(names_of(m, s));
    int64_t n = sqlite3_column_int64(s, 2), resources = sqlite3_column_int64(s, 3);

    if ((uint64_t)n * 2 < users)
        return 0;
    buf_printf(&m->line, "%" PRId64 " of %zu users %s ", n, users, is_added(s) ? "gained" : "lost");
    put_column(m, s, 1);
    buf_puts(&m->line, " on ");
    if (resources == 1) {
        put_column(m, s, 4);
    } else {
        buf_printf(&m->line, "%" PRId64 " resources of type ", resources);
        put_type(m, s, 5);
    }
    return put_line(m, e);
}

/* Run ${sql} and hand each row to ${put}. */
static int each_row(
    struct mass *m, const char *sql, int (*put)(struct mass *m, sqlite3_stmt *s, struct err *e), struct err *e)
{
    sqlite3_stmt *s = c1zdb_prepare(&m->l->db, sql, e);
    int more = s == NULL ? -1 : 1;

    while (more >= 0 && (more = c1zdb_step(&m->l->db, s, e)) > 0) {
        buf_clear(&m->line);
        more = put(m, s, e);
    }
    sqlite3_finalize(s);
    return more;
}

static int put_all(struct mass *m, struct err *e)
{
    if (each_row(m,
            "SELECT sign, type, count(*) AS n FROM things WHERE kind = 1 AND sign IN ('+', '-') GROUP BY sign, type"
            " HAVING n >= " MASS_MIN " ORDER BY sign DESC, type",
            put_thing, e) < 0)
        return -1;
    if (each_row(m,
            "SELECT status, count(*) AS n FROM things WHERE is_user AND status <> '' GROUP BY status"
            " HAVING n >= " MASS_MIN " ORDER BY n DESC, status",
            put_status, e) < 0)
        return -1;
    return each_row(m,
        "SELECT sign, permission, count(DISTINCT principal_type || ':' || principal_id) AS n, count(DISTINCT on_id),"
        " min(on_name), on_type FROM grants WHERE is_user AND sign IN ('+', '-') GROUP BY sign, on_type, permission"
        " HAVING n >= " MASS_MIN " ORDER BY n DESC, sign DESC, on_type, permission",
        put_grant, e);
}

int mass_changes(struct ledger *l, mass_each *each, void *arg, struct err *e)
{
    struct mass m = {.l = l, .each = each, .arg = arg};
    int r;

    buf_init(&m.line, LINE_BYTES_MAX);
    r = put_all(&m, e);
    buf_release(&m.line);
    return r;
}
