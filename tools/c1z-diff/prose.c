#include "prose.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"

/* A change of at least so many, and half of all there are, is said first. */
#define MASS_MIN "5"

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

/* What changed for many at once. */

static size_t count_type(const struct c1znames *names, const char *type)
{
    size_t n = 0, len = strlen(type);

    for (size_t i = 0; i < names->n_resources; i++)
        n += names->resources[i].ref.type.len == len && memcmp(names->resources[i].ref.type.s, type, len) == 0;
    return n;
}

/* Append the name of the type that column ${n} of ${s} has the id of. */
static void put_type(struct report *r, sqlite3_stmt *s, int n)
{
    struct json_str id = {(const char *)sqlite3_column_text(s, n), (size_t)sqlite3_column_bytes(s, n)};
    struct json_str name = ledger_type_name(r->l, id);

    text_put_safe(&r->line, name.s, name.len);
}

/* Columns: sign, permission, people, resources, the name of one of these, the type. */
static int put_mass_grant(struct report *r, sqlite3_stmt *s, struct err *e)
{
    bool added = strcmp((const char *)sqlite3_column_text(s, 0), LEDGER_ADDED) == 0;
    size_t users = c1znames_users(added ? &r->l->new->names : &r->l->old->names);
    int64_t n = sqlite3_column_int64(s, 2), resources = sqlite3_column_int64(s, 3);

    if ((uint64_t)n * 2 < users)
        return 0;
    buf_printf(&r->line, "! %" PRId64 " of %zu users %s ", n, users, added ? "gained" : "lost");
    put_column(r, s, 1);
    buf_puts(&r->line, " on ");
    if (resources == 1) {
        put_column(r, s, 4);
    } else {
        buf_printf(&r->line, "%" PRId64 " resources of type ", resources);
        put_type(r, s, 5);
    }
    return put_line(r, e);
}

/* Columns: sign, type, how many. */
static int put_mass_thing(struct report *r, sqlite3_stmt *s, struct err *e)
{
    bool added = strcmp((const char *)sqlite3_column_text(s, 0), LEDGER_ADDED) == 0;
    const char *type = (const char *)sqlite3_column_text(s, 1);
    size_t all = count_type(added ? &r->l->new->names : &r->l->old->names, type);
    int64_t n = sqlite3_column_int64(s, 2);

    if ((uint64_t)n * 2 < all)
        return 0;
    buf_printf(&r->line, "! %" PRId64 " of %zu resources of type ", n, all);
    put_type(r, s, 1);
    buf_puts(&r->line, added ? " are new" : " are gone");
    return put_line(r, e);
}

/* Columns: the new status, how many. */
static int put_mass_status(struct report *r, sqlite3_stmt *s, struct err *e)
{
    size_t users = c1znames_users(&r->l->new->names);
    int64_t n = sqlite3_column_int64(s, 1);

    if ((uint64_t)n * 2 < users)
        return 0;
    buf_printf(&r->line, "! %" PRId64 " of %zu users are now ", n, users);
    if (strcmp((const char *)sqlite3_column_text(s, 0), LEDGER_NO_STATUS) == 0)
        buf_puts(&r->line, "without a status");
    else
        put_column(r, s, 0);
    return put_line(r, e);
}

static int put_mass(struct report *r, struct err *e)
{
    if (each_row(r,
            "SELECT sign, type, count(*) AS n FROM things WHERE kind = 1 AND sign IN ('+', '-') GROUP BY sign, type"
            " HAVING n >= " MASS_MIN " ORDER BY sign DESC, type",
            put_mass_thing, e) < 0)
        return -1;
    if (each_row(r,
            "SELECT status, count(*) AS n FROM things WHERE is_user AND status <> '' GROUP BY status"
            " HAVING n >= " MASS_MIN " ORDER BY n DESC, status",
            put_mass_status, e) < 0)
        return -1;
    return each_row(r,
        "SELECT sign, permission, count(DISTINCT principal_type || ':' || principal_id) AS n, count(DISTINCT on_id),"
        " min(on_name), on_type FROM grants WHERE is_user AND sign IN ('+', '-') GROUP BY sign, on_type, permission"
        " HAVING n >= " MASS_MIN " ORDER BY n DESC, sign DESC, on_type, permission",
        put_mass_grant, e);
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
    done = put_mass(&r, e) < 0 || put_things(&r, e) < 0 || put_grants(&r, e) < 0 ? -1 : 0;
    buf_release(&r.line);
    buf_release(&r.last);
    return done;
}
