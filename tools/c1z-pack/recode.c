#include "recode.h"

#include <stdio.h>
#include <string.h>

/* What copying needs; ${sql} is what is run on either side, ${name} the table, quoted. */
struct copy {
    struct c1zdb *from, *to;
    char *name;
};

/* Copy the rows that ${read} gives by ${write}, whose parameters are its columns. Values change their encoding here. */
static int copy_rows(struct copy *x, sqlite3_stmt *read, sqlite3_stmt *write, struct err *e)
{
    int columns = sqlite3_column_count(read), r;

    while ((r = c1zdb_step(x->from, read, e)) > 0) {
        for (int i = 0; i < columns; i++)
            sqlite3_bind_value(write, i + 1, sqlite3_column_value(read, i));
        if (c1zdb_run(x->to, write, e) < 0)
            return -1;
    }
    return r;
}

/* Make the statement that inserts a row of ${n} columns into the table. The caller frees it. */
static char *insert_sql(const struct copy *x, int n)
{
    char *sql = sqlite3_mprintf("INSERT OR ABORT INTO %s VALUES (?1", x->name);

    for (int i = 2; sql != NULL && i <= n; i++) {
        char *more = sqlite3_mprintf("%s, ?%d", sql, i);

        sqlite3_free(sql);
        sql = more;
    }
    return sql == NULL ? NULL : sqlite3_mprintf("%z)", sql);
}

/* Copy the rows of the table in the order of its key. */
static int copy_table(struct copy *x, struct err *e)
{
    char *select = sqlite3_mprintf("SELECT * FROM %s", x->name), *insert = NULL;
    sqlite3_stmt *read = NULL, *write = NULL;
    int r = -1;

    if (select != NULL)
        read = c1zdb_prepare(x->from, select, e);
    if (read != NULL)
        insert = insert_sql(x, sqlite3_column_count(read));
    if (insert != NULL)
        write = c1zdb_prepare(x->to, insert, e);
    if (write != NULL)
        r = copy_rows(x, read, write, e);
    else if (e->status == 0)
        err_set(e, EX_OSERR, "no memory");
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    sqlite3_free(select);
    sqlite3_free(insert);
    return r;
}

/* Make what the current row of ${schema} describes, and if it is a table, fill it. */
static int copy_item(struct copy *x, sqlite3_stmt *schema, struct err *e)
{
    int r;

    if (c1zdb_exec(x->to, (const char *)sqlite3_column_text(schema, 2), e) < 0)
        return -1;
    if (strcmp((const char *)sqlite3_column_text(schema, 0), "table") != 0)
        return 0;
    x->name = sqlite3_mprintf("\"%w\"", sqlite3_column_text(schema, 1));
    r = x->name == NULL ? err_set(e, EX_OSERR, "no memory") : copy_table(x, e);
    sqlite3_free(x->name);
    return r;
}

/* Tables first, and nothing that runs or only shows other things: triggers, views. */
static int copy_all(struct copy *x, struct err *e)
{
    sqlite3_stmt *schema = c1zdb_prepare(x->from,
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index')"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC, rowid",
        e);
    int r = -1;

    if (schema == NULL)
        return -1;
    if (c1zdb_exec(x->to, "BEGIN", e) == 0)
        while ((r = c1zdb_step(x->from, schema, e)) > 0)
            if (copy_item(x, schema, e) < 0) {
                r = -1;
                break;
            }
    sqlite3_finalize(schema);
    return r == 0 ? c1zdb_exec(x->to, "COMMIT", e) : -1;
}

int recode_apply(struct c1zdb *d, const char *dir, int cache_kib, int threads, struct err *e)
{
    struct c1zdb to = {.fd = -1};
    struct copy x = {.from = d, .to = &to};
    int64_t utf8;

    if (c1zdb_number(d, "SELECT encoding = 'UTF-8' FROM pragma_encoding", NULL, &utf8, e) < 0)
        return -1;
    if (utf8)
        return 0;
    if (c1zdb_create(&to, dir, d->name, e) < 0 || c1zdb_tune(&to, cache_kib, threads, e) < 0 || copy_all(&x, e) < 0) {
        c1zdb_close(&to);
        return -1;
    }
    c1zdb_close(d);
    *d = to;
    return 0;
}
