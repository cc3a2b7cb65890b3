/*
 * bare-insert FILE.c1z OUT: the least that making a file of these rows takes: take the rows of FILE into memory, then,
 * on the clock, insert them into the same tables, make the same indexes, and compress the database to OUT the same way.
 * Nothing is parsed, checked, expanded or published.  Prints the seconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "c1z.h"
#include "c1zdb.h"
#include "tempfile.h"

#define CACHE_KIB (16 * 1024)

static const char *const tables[] = {
    "v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants", "v1_sync_runs", NULL};

/* The rows of one table: ${n} values in rows of ${columns}. */
struct rows {
    sqlite3_value **values;
    size_t n, cap;
    int columns;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int take_row(struct rows *rows, sqlite3_stmt *s, struct err *e)
{
    for (int i = 0; i < rows->columns; i++) {
        if (rows->n == rows->cap) {
            size_t cap = rows->cap == 0 ? 1024 : 2 * rows->cap;
            sqlite3_value **grown = realloc(rows->values, cap * sizeof(sqlite3_value *));

            if (grown == NULL)
                return err_set(e, EX_OSERR, "no memory");
            rows->values = grown;
            rows->cap = cap;
        }
        rows->values[rows->n++] = sqlite3_value_dup(sqlite3_column_value(s, i));
    }
    return 0;
}

static int take_table(struct c1zdb *from, const char *table, struct rows *rows, struct err *e)
{
    char sql[128];
    sqlite3_stmt *s;
    int r;

    snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY id", table);
    s = c1zdb_prepare(from, sql, e);
    if (s == NULL)
        return -1;
    rows->columns = sqlite3_column_count(s);
    while ((r = c1zdb_step(from, s, e)) > 0)
        if (take_row(rows, s, e) < 0)
            break;
    sqlite3_finalize(s);
    return r != 0 ? -1 : 0;
}

static int put_table(struct c1zdb *to, const char *table, const struct rows *rows, struct err *e)
{
    char sql[256];
    sqlite3_stmt *s;
    int r = 0;

    snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", table);
    for (int i = 1; i < rows->columns; i++)
        strncat(sql, ",?", sizeof(sql) - strlen(sql) - 1);
    strncat(sql, ")", sizeof(sql) - strlen(sql) - 1);
    s = c1zdb_prepare(to, sql, e);
    if (s == NULL)
        return -1;
    for (size_t at = 0; r == 0 && at < rows->n; at += (size_t)rows->columns) {
        for (int i = 0; i < rows->columns; i++)
            sqlite3_bind_value(s, i + 1, rows->values[at + (size_t)i]);
        r = c1zdb_run(to, s, e);
    }
    sqlite3_finalize(s);
    return r;
}

static int take_all(const char *file, struct rows *rows, struct err *e)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC), r;
    struct c1zdb from;
    uint64_t size;

    if (fd < 0)
        return err_sys(e, EX_NOINPUT, "cannot open '%s'", file);
    r = c1zdb_create(&from, tempfile_dir(), file, e);
    if (r == 0)
        r = c1z_decode(fd, file, from.fd, &size, e);
    if (r == 0)
        r = c1zdb_tune(&from, CACHE_KIB, 0, e);
    for (int i = 0; r == 0 && tables[i] != NULL; i++)
        r = take_table(&from, tables[i], &rows[i], e);
    close(fd);
    c1zdb_close(&from);
    return r;
}

static int make(struct c1zdb *to, const struct rows *rows, struct err *e)
{
    static const char begin[] =
        "ALTER TABLE v1_sync_runs ADD COLUMN grants_backfilled INTEGER NOT NULL DEFAULT 0; BEGIN";

    if (c1zdb_tune(to, CACHE_KIB, 0, e) < 0 || c1zdb_make_tables(to, e) < 0 || c1zdb_exec(to, begin, e) < 0)
        return -1;
    for (int i = 0; tables[i] != NULL; i++)
        if (put_table(to, tables[i], &rows[i], e) < 0)
            return -1;
    if (c1zdb_make_indexes(to, NULL, e) < 0 || c1zdb_exec(to, "COMMIT", e) < 0)
        return -1;
    return 0;
}

int main(int argc, char **argv)
{
    struct rows rows[sizeof(tables) / sizeof(tables[0])] = {0};
    struct c1zdb to = {.fd = -1};
    struct err e = {0};
    double start;
    int out, r;

    if (argc != 3) {
        fputs("usage: bare-insert FILE.c1z OUT\n", stderr);
        return EX_USAGE;
    }
    out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    r = out < 0 ? err_sys(&e, EX_CANTCREAT, "cannot create '%s'", argv[2]) : take_all(argv[1], rows, &e);
    start = now();
    if (r == 0)
        r = c1zdb_create(&to, tempfile_dir(), "bare database", &e);
    if (r == 0)
        r = make(&to, rows, &e);
    if (r == 0)
        r = c1z_encode(to.fd, out, argv[2], C1Z_LEVEL_DEFAULT, C1Z_THREADS_DEFAULT, &e);
    if (r == 0 && fsync(out) < 0)
        r = err_sys(&e, EX_IOERR, "cannot write '%s'", argv[2]);
    if (r < 0) {
        fprintf(stderr, "bare-insert: %s\n", e.msg);
        return e.status;
    }
    printf("%.2f\n", now() - start);
    c1zdb_close(&to);
    return fclose(stdout) == 0 && close(out) == 0 ? 0 : EX_IOERR;
}
