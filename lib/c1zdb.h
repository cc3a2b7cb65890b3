/*
 * c1zdb.h: the SQLite database inside a .c1z file: opening it, running statements, its tables and indexes
 * (reference/c1z-format.md sections 2 to 5).
 *
 * The database lives in a private file that has no name any more when c1zdb_create returns, so that nothing is left
 * behind however the process ends.  Messages carry SQLite's text, and the SQL where that may be to blame, never a bound
 * value.
 */
#ifndef AB_C1ZDB_H
#define AB_C1ZDB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "kind.h"

/* The table of a kind of records. */
const char *c1zdb_table(enum kind kind);

/* An open database. ${fd} is its file, also open here; ${name} is what errors call it. */
struct c1zdb {
    sqlite3 *db;
    int fd;
    const char *name;
};

/**
 * c1zdb_create(d, dir, name, e):
 * Make a private empty database file in ${dir} and open it; SQLite's temporary files go to ${dir} too.  The file is
 * not read before the first statement, so the caller may fill ${d}->fd first.  ${name} is kept, not copied.  One thread
 * at a time may use it.  Return 0, or -1 with ${e}.  c1zdb_close closes both; it may be called on a struct of zeros with
 * fd -1.
 */
int c1zdb_create(struct c1zdb *d, const char *dir, const char *name, struct err *e);
void c1zdb_close(struct c1zdb *d);

/**
 * c1zdb_tune(d, cache_kib, threads, e):
 * Settle for a private file: no journal, no synchronisation, page cache (and sort memory) of ${cache_kib} KiB,
 * ${threads} helpers for sorting; nothing that the database's own schema says is trusted.  Call it before other SQL.
 */
int c1zdb_tune(struct c1zdb *d, int cache_kib, int threads, struct err *e);

/* See that all that was committed is in the file, for who reads ${d}->fd. Return 0, or -1 with ${e} (EX_IOERR). */
int c1zdb_flush(struct c1zdb *d, struct err *e);

/* Record SQLite's last failure on ${sql} in ${e}: 74 disk, 71 memory, 65 a damaged or odd database, else 70. */
int c1zdb_fail(struct c1zdb *d, const char *sql, struct err *e);

/* Run ${sql}, one or more statements without results. */
int c1zdb_exec(struct c1zdb *d, const char *sql, struct err *e);

/* Prepare one statement, or NULL with ${e}. The caller finalizes it. */
sqlite3_stmt *c1zdb_prepare(struct c1zdb *d, const char *sql, struct err *e);

/* Advance ${s}: 1 a row is there, 0 done, -1 failed with ${e}. */
int c1zdb_step(struct c1zdb *d, sqlite3_stmt *s, struct err *e);

/* Step to the end, reset, for statements without results. */
int c1zdb_run(struct c1zdb *d, sqlite3_stmt *s, struct err *e);

/* The integer that ${sql} gives in its only row and column (NULL and no row: 0), with ${text} bound to ?1 if not NULL. */
int c1zdb_number(struct c1zdb *d, const char *sql, const char *text, int64_t *n, struct err *e);

/* Whether ${table} has ${column} (a missing table has none); any table at all when ${column} is NULL. */
int c1zdb_has(struct c1zdb *d, const char *table, const char *column, bool *has, struct err *e);

/**
 * c1zdb_make_tables(d, e), c1zdb_drop_indexes(d, e), c1zdb_make_indexes(d, which, e):
 * Create what is missing of the tables of the compat profile (section 3.4) and of their columns; drop every index of
 * that profile; create those that are missing of table ${table}, or of all tables when it is NULL.
 */
int c1zdb_make_tables(struct c1zdb *d, struct err *e);
int c1zdb_drop_indexes(struct c1zdb *d, struct err *e);
int c1zdb_make_indexes(struct c1zdb *d, const char *table, struct err *e);

/* Create the one index ${name} of the profile if it is missing. */
int c1zdb_make_index(struct c1zdb *d, const char *name, struct err *e);

#endif
