#include "prose.h"

#include <string.h>

#include "mass.h"
#include "text.h"

#define LINE_BYTES_MAX ((size_t)256 << 20)

/* Printing one report. ${last} is the heading that was printed last. */
struct report {
    struct ledger *l;
    const struct prose_options *options;
    struct out *out;
    struct buf line, last;
};

static int put_line(struct report *r, struct err *e)
{
    if (r->line.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return out_line(r->out, r->line.data, r->line.len, e);
}

/* Append column ${n} of ${s}, safe for a terminal. */
static void put_column(struct report *r, sqlite3_stmt *s, int n)
{
    const char *text = (const char *)sqlite3_column_text(s, n);

    if (text != NULL)
        text_put_safe(&r->line, text, (size_t)sqlite3_column_bytes(s, n));
}

static bool is_empty(sqlite3_stmt *s, int n)
{
    return sqlite3_column_bytes(s, n) == 0;
}

/* Run ${sql} and hand each row to ${put}. */
static int each_row(
    struct report *r, const char *sql, int (*put)(struct report *r, sqlite3_stmt *s, struct err *e), struct err *e)
{
    sqlite3_stmt *s = c1zdb_prepare(&r->l->db, sql, e);
    int more = s == NULL ? -1 : 1;

    while (more >= 0 && (more = c1zdb_step(&r->l->db, s, e)) > 0) {
        buf_clear(&r->line);
        more = put(r, s, e);
    }
    sqlite3_finalize(s);
    return more;
}

/* A change for many: a function for mass_changes, ${to} is the report. */
static int put_mass(void *to, struct json_str words, struct err *e)
{
    struct report *r = to;

    buf_clear(&r->line);
    buf_puts(&r->line, "! ");
    text_put_safe(&r->line, words.s, words.len);
    return put_line(r, e);
}

/* Types, resources, entitlements. */

/* Columns: kind, sign, name, on_name, type, id, text, how many entitlements come or go with it. */
static int put_thing(struct report *r, sqlite3_stmt *s, struct err *e)
{
    int kind = sqlite3_column_int(s, 0);

    put_column(r, s, 1);
    buf_printf(&r->line, " %s ", kind_names((enum kind)kind)->noun);
    put_column(r, s, 2);
    if (kind == KIND_ENTITLEMENT) {
        buf_puts(&r->line, " on ");
        put_column(r, s, 3);
    }
    buf_puts(&r->line, " (");
    put_column(r, s, 4);
    if (kind != KIND_RESOURCE_TYPE) {
        buf_putc(&r->line, ':');
        put_column(r, s, 5);
    }
    buf_putc(&r->line, ')');
    if (sqlite3_column_int64(s, 7) > 0)
        buf_printf(&r->line, ", with %lld entitlements", (long long)sqlite3_column_int64(s, 7));
    if (!is_empty(s, 6)) {
        buf_puts(&r->line, ": ");
        put_column(r, s, 6);
    }
    return put_line(r, e);
}

/* An entitlement that comes or goes with its resource is only counted there. */
static int put_things(struct report *r, struct err *e)
{
    return each_row(r,
        "SELECT kind, sign, name, on_name, type, id, text, CASE WHEN kind = 1 AND sign <> '~' THEN (SELECT count(*) "
        "FROM things "
        "AS"
        " u WHERE u.kind = 2 AND u.type = things.type AND u.id = things.id AND u.sign = things.sign) END FROM things"
        " WHERE NOT (kind = 2 AND EXISTS (SELECT 1 FROM things AS u WHERE u.kind = 1 AND u.type = things.type AND u.id "
        "="
        " things.id AND u.sign = things.sign AND u.sign <> '~')) ORDER BY kind, type, id, name, sign",
        put_thing, e);
}

/* Grants. Columns: see grant_columns. */

#define GRANT_COLUMNS                                                                                             \
    "sign, principal, principal_type, principal_id, permission, on_name, on_type, on_id, direct, through, text, " \
    "follow"
enum {
    SIGN,
    PRINCIPAL,
    PRINCIPAL_TYPE,
    PRINCIPAL_ID,
    PERMISSION,
    ON_NAME,
    ON_TYPE,
    ON_ID,
    DIRECT,
    THROUGH,
    TEXT,
    FOLLOW
};

/* "Ann (user:u1)" */
static void put_named(struct report *r, sqlite3_stmt *s, int name, int type)
{
    put_column(r, s, name);
    buf_puts(&r->line, " (");
    put_column(r, s, type);
    buf_putc(&r->line, ':');
    put_column(r, s, type + 1);
    buf_putc(&r->line, ')');
}

/* Print the heading of what is grouped, unless the last one was the same. */
static int put_heading(struct report *r, sqlite3_stmt *s, struct err *e)
{
    buf_clear(&r->line);
    if (r->options->by_resource)
        put_named(r, s, ON_NAME, ON_TYPE);
    else
        put_named(r, s, PRINCIPAL, PRINCIPAL_TYPE);
    if (r->last.len == r->line.len && memcmp(r->last.data, r->line.data, r->line.len) == 0)
        return 0;
    buf_clear(&r->last);
    buf_append(&r->last, r->line.data, r->line.len);
    return put_line(r, e);
}

static int put_grant(struct report *r, sqlite3_stmt *s, struct err *e)
{
    if (put_heading(r, s, e) < 0)
        return -1;
    buf_clear(&r->line);
    buf_puts(&r->line, "  ");
    put_column(r, s, SIGN);
    buf_putc(&r->line, ' ');
    put_column(r, s, PERMISSION);
    buf_puts(&r->line, r->options->by_resource ? ": " : " on ");
    if (r->options->by_resource)
        put_named(r, s, PRINCIPAL, PRINCIPAL_TYPE);
    else
        put_named(r, s, ON_NAME, ON_TYPE);
    if (!is_empty(s, TEXT)) {
        buf_puts(&r->line, ": ");
        put_column(r, s, TEXT);
    } else if (sqlite3_column_int(s, DIRECT) == 0) {
        buf_puts(&r->line, ", inherited from ");
        put_column(r, s, THROUGH);
    }
    if (!r->options->all && sqlite3_column_int64(s, FOLLOW) > 0)
        buf_printf(&r->line, ", and %lld more by it", (long long)sqlite3_column_int64(s, FOLLOW));
    return put_line(r, e);
}

static int put_grants(struct report *r, struct err *e)
{
    static const char *const queries[2][2] = {
        {"SELECT " GRANT_COLUMNS
         " FROM grants WHERE root IS NULL ORDER BY principal_type, principal_id, on_type, on_id,"
         " entitlement, sign",
            "SELECT " GRANT_COLUMNS " FROM grants ORDER BY principal_type, principal_id, on_type, on_id, entitlement,"
            " sign"},
        {"SELECT " GRANT_COLUMNS " FROM grants WHERE root IS NULL ORDER BY on_type, on_id, entitlement, principal_type,"
         " principal_id, sign",
            "SELECT " GRANT_COLUMNS " FROM grants ORDER BY on_type, on_id, entitlement, principal_type, principal_id,"
            " sign"},
    };

    return each_row(r, queries[r->options->by_resource][r->options->all], put_grant, e);
}

int prose_print(struct ledger *l, const struct prose_options *o, struct out *out, struct err *e)
{
    struct report r = {.l = l, .options = o, .out = out};
    int done;

    buf_init(&r.line, LINE_BYTES_MAX);
    buf_init(&r.last, LINE_BYTES_MAX);
    done = mass_changes(l, put_mass, &r, e) < 0 || put_things(&r, e) < 0 || put_grants(&r, e) < 0 ? -1 : 0;
    buf_release(&r.line);
    buf_release(&r.last);
    return done;
}
