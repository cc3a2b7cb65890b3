/*
 * store.h: the working database that becomes the file: earlier syncs kept, rows of the new one added.
 *
 * The row id of a record is ${base} plus the number of its line, so that whatever is found later, in SQL, can name the
 * line, and nothing is kept in memory for it.  Grants, which are most of what there is, stand beside the database
 * (grants.h) until all is known of them; those made by expansion have lines behind the last.  Most indexes are made when
 * all rows are in: that is faster than keeping them.
 */
#ifndef C1Z_PACK_STORE_H
#define C1Z_PACK_STORE_H

#include <stdint.h>

#include "c1zdb.h"
#include "grants.h"
#include "ksuid.h"
#include "load.h"
#include "shrink.h"
#include "stamp.h"
#include "wire.h"

/*
 * What grants refer to is noted once in the temporary tables grant_entitlement (id, entitlement_id, resource_type_id,
 * resource_id) and grant_principal (id, resource_type_id, resource_id); id is the row of the first grant that refers so.
 *
 * ${input} is what errors call the input; ${rows} counts the records of each kind that are stored, without grants that
 * expansion makes; ${last_line} is the greatest line met.  ${before} is what the sync before had.  Files without a name
 * go to ${dir}.
 */
struct store {
    struct c1zdb db;
    struct grants grants;
    const char *input, *dir;
    char sync_id[KSUID_LEN + 1];
    char started_at[STAMP_SIZE];
    int64_t base;
    uint64_t last_line;
    struct timespec when;
    bool fixed_time, partial;
    struct shrink before;
    uint64_t rows[KIND_COUNT];
    sqlite3_stmt *insert[KIND_COUNT];
    sqlite3_stmt *note_entitlement, *note_principal;
};

/*
 * What the working database is made for.
 *   dir, name    where it is made; what the file is called in errors
 *   old          the .c1z with the earlier syncs, open, which stays the caller's; or -1
 *   sync_id      NULL: a new one
 *   when         the time at which the sync starts; with fixed_time, at which it ends too
 *   partial      it is of type resources_only, not full
 *   old_readers  as for backfill_prepare
 */
struct store_setup {
    const char *dir, *name;
    int old;
    const char *sync_id;
    struct timespec when;
    bool fixed_time, partial, old_readers;
};

/**
 * store_open(s, setup, e):
 * Make the working database.  Return 0, or -1 with ${e}: EX_DATAERR if the old file cannot be read or has that sync
 * already.  store_close may always be called.
 */
int store_open(struct store *s, const struct store_setup *setup, struct err *e);
void store_close(struct store *s);

/* Begin to insert rows (after retention); insert those of one batch. */
int store_begin(struct store *s, struct err *e);
int store_add(struct store *s, const struct load_batch *batch, struct err *e);

/* Insert one that the input does not have, and which is no grant: its line is that of the record that it is for. */
int store_insert(struct store *s, const struct buf *bytes, const struct record *r, struct err *e);

/* Add ${data} as the asset ${id} of the sync. Return 0 or -1 with ${e}. */
int store_asset(struct store *s, const char *id, const char *content_type, const struct buf *data, struct err *e);

/**
 * store_finish(s, e):
 * Make the remaining indexes, see that all rows are there, and add the sync's own row, finished.  Close the database
 * file for SQL; ${s}->db.fd then is the finished database.  Return 0 or -1 with ${e} (EX_DATAERR: tables of the old file
 * that swallow rows).
 */
int store_finish(struct store *s, struct err *e);

/* The same without indexes, and without closing: for a file that is made of the rows. */
int store_complete(struct store *s, struct err *e);

/* The line of row ${id}. */
uint64_t store_line(const struct store *s, int64_t id);

/* Column ${i} of the current row, as bytes that are valid until the next step; bind bytes as text, not copied. */
struct wire_bytes store_column(sqlite3_stmt *s, int i);
void store_bind(sqlite3_stmt *s, int i, struct wire_bytes text);

#endif
