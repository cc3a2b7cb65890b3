/*
 * libFuzzer target: rows are added to the table at page 2 of a file from anybody.  The first two bytes say how many,
 * and how long they are; the rest is the file.  What SQLite found in order before, it finds in order afterwards, with
 * the rows.
 */
#include "btree.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dbrecord.h"

enum { RECORD_MAX = 64 * 1024 };

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

/* A number that ${sql} gives, or -1. */
static int64_t number_of(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t v = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        v = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return v;
}

static bool intact(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    bool good = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;

    sqlite3_finalize(s);
    return good;
}

/*
 * How many rows table t has; -1 if it is not the only thing in the file, at page 2, or anything is wrong. SQLite
 * takes a file whose last page is cut off.
 */
static int64_t rows_of(int fd)
{
    struct stat st;
    sqlite3 *db;
    int64_t n = -1;
    uint8_t *p = fstat(fd, &st) == 0 ? malloc((size_t)st.st_size + 1) : NULL;

    check(p != NULL && pread(fd, p, (size_t)st.st_size, 0) == st.st_size, "the file is read");
    check(sqlite3_open(":memory:", &db) == SQLITE_OK, "SQLite opens");
    if (sqlite3_deserialize(db, "main", p, st.st_size, st.st_size, SQLITE_DESERIALIZE_READONLY) == SQLITE_OK &&
        number_of(db, "SELECT count(*) = 1 AND sum(sql = 'CREATE TABLE t(a)' AND rootpage = 2) FROM sqlite_schema") ==
            1 &&
        number_of(db, "PRAGMA page_count") * number_of(db, "PRAGMA page_size") <= st.st_size && intact(db))
        n = number_of(db, "SELECT count(*) FROM t");
    sqlite3_close(db);
    free(p);
    return n;
}

/* Add ${n} rows before those that are there, and ${n} behind them. */
static int add_rows(struct btree_table *t, unsigned n, size_t len, struct err *e)
{
    static const uint8_t zeros[RECORD_MAX];
    const uint64_t type = dbrecord_blob(len);
    struct buf b;
    int r = 0;

    buf_init(&b, RECORD_MAX);
    check(dbrecord_begin(&b, &type, 1) == 0 && buf_append(&b, zeros, len) == 0, "a record");
    for (unsigned i = 0; r == 0 && i < n; i++)
        r = btree_table_add(t, INT64_MAX - n + i, span_of_buf(&b), e);
    btree_table_part(t);
    for (unsigned i = 0; r == 0 && i < n; i++)
        r = btree_table_add(t, INT64_MIN + i, span_of_buf(&b), e);
    buf_release(&b);
    return r;
}

static int fill(int fd, unsigned n, size_t len, struct err *e)
{
    struct btree_file *f = btree_open(fd, "file", e);
    struct btree_table *t = f != NULL ? btree_table_begin(f, 2, e) : NULL;
    int r = t == NULL ? -1 : add_rows(t, n, len, e);

    if (t != NULL && btree_table_end(t, e) < 0)
        r = -1;
    if (r == 0)
        r = btree_finish(f, e);
    btree_free(f);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    int64_t before, after;
    int fd = memfd_create("file", MFD_CLOEXEC);

    if (size < 2)
        return close(fd);
    check(fd >= 0 && write(fd, data + 2, size - 2) == (ssize_t)(size - 2), "the file is written");
    before = rows_of(fd);
    if (fill(fd, data[0], (size_t)data[1] * data[1], &e) == 0) {
        after = before >= 0 ? rows_of(fd) : -1;
        check(before < 0 || after == before + 2 * data[0], "all rows are there");
    } else {
        check(e.status == EX_DATAERR || e.status == EX_SOFTWARE, "refused with a status");
        /* Of a table in order only rows that were there already can be in the way. */
        check(before < 0 || e.status == EX_SOFTWARE, "what is in order is taken");
    }
    close(fd);
    return 0;
}
