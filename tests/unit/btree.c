/*
 * btree, dbrecord: files that SQLite made are filled, and SQLite finds in them what was put in, in order and by index.
 */
#include "btree.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btree_page.h"
#include "dbrecord.h"
#include "tap.h"
#include "tempfile.h"

/* A database in a file of ours, its connection, and the roots of table and index. */
struct db {
    char *path;
    int fd;
    sqlite3 *sql;
    uint32_t table, index;
};

/*
 * What a file is made of: rows 0 to n - 1, of which SQLite has put in those from ${old} to ${old_end}.  The others come
 * in ${parts} parts, the last one first with ${backwards}.  Row i has a text of up to ${text_max} bytes, of i bytes for
 * 0; every ${long_every}th row has a blob of ${long_len} bytes.  SQLite leaves ${reserved} bytes of each page alone.
 */
struct make {
    const char *what;
    int page_size, n, old, old_end, parts;
    bool backwards;
    int text_max, long_every, long_len, reserved;
};

#define RECORD_MAX ((size_t)64 << 20)

/* Rows are put into old; then the two tables change places, so that the index of the one with rows is empty. */
#define COLUMNS " (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c INTEGER);"
#define SCHEMA "CREATE TABLE t" COLUMNS "CREATE TABLE old" COLUMNS "CREATE INDEX i ON t (a, c);"
#define CHANGE_PLACES                                                                                               \
    "PRAGMA writable_schema=ON;"                                                                                    \
    "UPDATE sqlite_schema SET rootpage = (SELECT sum(rootpage) FROM sqlite_schema WHERE type = 'table') - rootpage" \
    " WHERE type = 'table'; PRAGMA writable_schema=RESET"

static bool run(struct db *db, const char *sql)
{
    char *why = NULL;
    bool good = sqlite3_exec(db->sql, sql, NULL, NULL, &why) == SQLITE_OK;

    if (!good)
        printf("# %s: %s\n", sql, why);
    sqlite3_free(why);
    return good;
}

/* The first column of the first row of ${sql} as a number, or -1. */
static int64_t number_of(struct db *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t v = -1;

    if (sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        v = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return v;
}

/* Whether SQLite finds nothing wrong. */
static bool intact(struct db *db)
{
    sqlite3_stmt *s = NULL;
    bool good = sqlite3_prepare_v2(db->sql, "PRAGMA integrity_check(5)", -1, &s, NULL) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;

    if (!good)
        do
            printf("# integrity: %s\n", (const char *)sqlite3_column_text(s, 0));
        while (sqlite3_step(s) == SQLITE_ROW);
    sqlite3_finalize(s);
    return good;
}

static bool open_db(struct db *db, int page_size, int reserved)
{
    struct err e = {0};
    char pragmas[128];

    *db = (struct db){.fd = -1};
    db->fd = tempfile_create(tempfile_dir(), &db->path, &e);
    snprintf(pragmas, sizeof(pragmas),
        "PRAGMA page_size=%d; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        "PRAGMA cache_size=-65536",
        page_size);
    return db->fd >= 0 && sqlite3_open(db->path, &db->sql) == SQLITE_OK && run(db, pragmas) &&
           sqlite3_file_control(db->sql, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved) == SQLITE_OK && run(db, SCHEMA);
}

static void close_db(struct db *db)
{
    sqlite3_close(db->sql);
    if (db->path != NULL)
        unlink(db->path);
    free(db->path);
    close(db->fd);
}

/* Row ${i}: its id, and what is in its columns; texts of equal beginnings are rare. */
static int64_t id_of(int i)
{
    return (int64_t)i * 3 - 5000;
}

static size_t text_of(const struct make *m, int i, char *to)
{
    uint32_t h = (uint32_t)i * 2654435761U;
    size_t len = (size_t)(m->text_max > 0 ? m->text_max : i);

    if (m->text_max > 8)
        len = 8 + h / 7 % (uint32_t)(m->text_max - 7);

    memset(to, 'a' + i % 26, len);
    for (size_t k = 0; k < 8 && k < len; k++)
        to[k] = "0123456789abcdef"[h >> (28 - 4 * k) & 15];
    return len;
}

static size_t blob_len(const struct make *m, int i)
{
    return m->long_every > 0 && i % m->long_every == 0 ? (size_t)m->long_len : (size_t)(i % 5);
}

static int64_t number(int i)
{
    return (int64_t)((uint64_t)i * 0x9e3779b97f4a7c15U) >> (i % 61);
}

/* The row as a record; the first column stands for the id, and is NULL then. */
static bool put_row(struct buf *b, const struct make *m, int i)
{
    static char text[1 << 20];
    size_t text_len = text_of(m, i, text), len = blob_len(m, i);
    uint64_t types[] = {DBRECORD_NULL, dbrecord_text(text_len), dbrecord_blob(len), dbrecord_int(number(i))};
    uint8_t v[8];

    if (dbrecord_begin(b, types, 4) < 0)
        return false;
    buf_append(b, text, text_len);
    for (size_t k = 0; k < len; k++)
        b->data[b->len++] = (char)(k * 7 + (size_t)i);
    return buf_append(b, v, dbrecord_put_int(v, number(i))) == 0;
}

static bool put_key(struct buf *b, const struct make *m, int i)
{
    static char text[1 << 20];
    size_t text_len = text_of(m, i, text);
    uint64_t types[] = {dbrecord_text(text_len), dbrecord_int(number(i)), dbrecord_int(id_of(i))};
    uint8_t v[16];
    size_t n = dbrecord_put_int(v, number(i));

    if (dbrecord_begin(b, types, 3) < 0)
        return false;
    n += dbrecord_put_int(v + n, id_of(i));
    return buf_append(b, text, text_len) == 0 && buf_append(b, v, n) == 0;
}

/* Put in the old rows by SQL, from the middle outwards, so that their pages are not in order. */
static bool insert_old(struct db *db, const struct make *m)
{
    sqlite3_stmt *s = NULL;
    int n = m->old_end - m->old;
    bool good = run(db, "BEGIN") &&
                sqlite3_prepare_v2(db->sql, "INSERT INTO old VALUES (?1, ?2, ?3, ?4)", -1, &s, NULL) == SQLITE_OK;
    static char text[1 << 20];
    uint8_t *blob = malloc(RECORD_MAX);

    for (int k = 0; good && k < n; k++) {
        int i = m->old + (n / 2 + (k % 2 == 0 ? k / 2 : n - 1 - k / 2)) % n;
        size_t len = blob_len(m, i);

        for (size_t at = 0; at < len; at++)
            blob[at] = (uint8_t)(at * 7 + (size_t)i);
        sqlite3_bind_int64(s, 1, id_of(i));
        sqlite3_bind_text(s, 2, text, (int)text_of(m, i, text), SQLITE_STATIC);
        sqlite3_bind_blob(s, 3, blob, (int)len, SQLITE_STATIC);
        sqlite3_bind_int64(s, 4, number(i));
        good = sqlite3_step(s) == SQLITE_DONE && sqlite3_reset(s) == SQLITE_OK;
    }
    free(blob);
    sqlite3_finalize(s);
    return run(db, "COMMIT") && good;
}

/* Make the file as SQLite leaves it: old rows, and an index without any. */
static bool prepare(struct db *db, const struct make *m)
{
    if (!open_db(db, m->page_size, m->reserved) || (m->old < m->old_end && !insert_old(db, m)) ||
        !run(db, CHANGE_PLACES))
        return false;
    db->table = (uint32_t)number_of(db, "SELECT rootpage FROM sqlite_schema WHERE name = 't'");
    db->index = (uint32_t)number_of(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'i'");
    return number_of(db, "SELECT count(*) FROM t NOT INDEXED") == m->old_end - m->old;
}

/* Add the rows from ${from} to before ${to} that are not old. */
static int add_rows(struct btree_table *t, const struct make *m, int from, int to, struct buf *b, struct err *e)
{
    int r = 0;

    for (int i = from; r == 0 && i < to; i++) {
        if (i >= m->old && i < m->old_end) {
            btree_table_part(t);
            continue;
        }
        r = put_row(b, m, i) ? btree_table_add(t, id_of(i), span_of_buf(b), e) : -1;
    }
    return r;
}

static int fill_table(struct btree_file *f, const struct db *db, const struct make *m, struct buf *b, struct err *e)
{
    struct btree_table *t = btree_table_begin(f, db->table, e);
    int r = 0;

    if (t == NULL)
        return -1;
    for (int k = 0; r == 0 && k < m->parts; k++) {
        int part = m->backwards ? m->parts - 1 - k : k;

        btree_table_part(t);
        r = add_rows(t, m, (int)((int64_t)m->n * part / m->parts), (int)((int64_t)m->n * (part + 1) / m->parts), b, e);
    }
    return btree_table_end(t, e) < 0 ? -1 : r;
}

static const struct make *sorting;

static int compare_keys(const void *x, const void *y)
{
    static char a[1 << 20], b[1 << 20];
    int i = *(const int *)x, k = *(const int *)y;
    struct span p = {(uint8_t *)a, text_of(sorting, i, a)}, q = {(uint8_t *)b, text_of(sorting, k, b)};
    int order = span_compare(p, q);

    if (order == 0)
        order = (number(i) > number(k)) - (number(i) < number(k));
    return order != 0 ? order : i - k;
}

static int fill_index(struct btree_file *f, const struct db *db, const struct make *m, struct buf *b, struct err *e)
{
    struct btree_index *t = btree_index_begin(f, db->index, e);
    int *order = malloc(((size_t)m->n + 1) * sizeof(*order)), r = 0;

    for (int i = 0; i < m->n; i++)
        order[i] = i;
    sorting = m;
    qsort(order, (size_t)m->n, sizeof(*order), compare_keys);
    for (int i = 0; t != NULL && r == 0 && i < m->n; i++)
        r = put_key(b, m, order[i]) ? btree_index_add(t, span_of_buf(b), e) : -1;
    free(order);
    return t == NULL || btree_index_end(t, e) < 0 ? -1 : r;
}

/* Fill both trees. Return the status of the failure, 0 for none. */
static int fill(const struct db *db, const struct make *m)
{
    struct err e = {0};
    struct buf b;
    struct btree_file *f = btree_open(db->fd, "file", &e);
    int r = f == NULL ? -1 : 0;

    buf_init(&b, RECORD_MAX);
    if (r == 0)
        r = fill_table(f, db, m, &b, &e);
    if (r == 0)
        r = fill_index(f, db, m, &b, &e);
    if (r == 0)
        r = btree_finish(f, &e);
    btree_free(f);
    buf_release(&b);
    if ((r == 0) != (e.status == 0))
        printf("# %d with status %d\n", r, e.status);
    if (r != 0)
        printf("# %s\n", e.msg);
    return e.status;
}

/* Whether all rows are there, in order, and nothing else. */
static bool has_rows(struct db *db, const struct make *m)
{
    static char text[1 << 20];
    sqlite3_stmt *s = NULL;
    int i = 0;
    bool good = sqlite3_prepare_v2(db->sql, "SELECT id, a, b, c FROM t ORDER BY id", -1, &s, NULL) == SQLITE_OK;

    for (; good && sqlite3_step(s) == SQLITE_ROW; i++) {
        size_t text_len = text_of(m, i, text), len = blob_len(m, i);
        const uint8_t *blob = sqlite3_column_blob(s, 2);

        good = i < m->n && sqlite3_column_int64(s, 0) == id_of(i) && sqlite3_column_int64(s, 3) == number(i) &&
               (size_t)sqlite3_column_bytes(s, 1) == text_len && (size_t)sqlite3_column_bytes(s, 2) == len &&
               memcmp(sqlite3_column_text(s, 1), text, text_len) == 0;
        for (size_t k = 0; good && k < len; k++)
            good = blob[k] == (uint8_t)(k * 7 + (size_t)i);
    }
    sqlite3_finalize(s);
    return good && i == m->n;
}

/* Whether the index, read alone, has a key for each row in the order of texts. */
static bool has_keys(struct db *db, const struct make *m)
{
    static char text[1 << 20], before[1 << 20];
    size_t before_len = 0;
    sqlite3_stmt *s = NULL;
    int n = 0;
    bool good = sqlite3_prepare_v2(db->sql, "SELECT a, id FROM t INDEXED BY i ORDER BY a", -1, &s, NULL) == SQLITE_OK;

    for (; good && sqlite3_step(s) == SQLITE_ROW; n++) {
        size_t len = text_of(m, (int)((sqlite3_column_int64(s, 1) + 5000) / 3), text);

        good = (size_t)sqlite3_column_bytes(s, 0) == len && memcmp(sqlite3_column_text(s, 0), text, len) == 0 &&
               span_compare((struct span){(uint8_t *)before, before_len}, (struct span){(uint8_t *)text, len}) <= 0;
        memcpy(before, text, len);
        before_len = len;
    }
    sqlite3_finalize(s);
    return good && n == m->n;
}

/* Whether SQLite goes on with the file: rows in, rows out. */
static bool goes_on(struct db *db)
{
    return run(db, "BEGIN; INSERT INTO t SELECT id + 1, a || 'x', b, c FROM t; DELETE FROM t WHERE id % 5 < 2;"
                   "UPDATE t SET a = substr(a, 3) WHERE id % 7 = 0; COMMIT") &&
           intact(db);
}

/* Make, fill and look, with one connection that was there before. */
static bool comes_back(const struct make *m)
{
    struct db db;
    bool good =
        prepare(&db, m) && fill(&db, m) == 0 && intact(&db) && has_rows(&db, m) && has_keys(&db, m) && goes_on(&db);

    if (!good)
        printf("# %s: pages of %d, %d rows\n", sqlite3_errmsg(db.sql), m->page_size, m->n);
    close_db(&db);
    return good;
}

static const struct make makes[] = {
    {"no rows", 4096, 0, 0, 0, 1, false, 100, 0, 0, 0},
    {"one row", 4096, 1, 0, 0, 1, false, 100, 0, 0, 0},
    {"a few rows", 4096, 5, 0, 0, 1, false, 100, 0, 0, 0},
    {"100,000 rows", 4096, 100000, 0, 0, 1, false, 40, 0, 0, 0},
    {"pages of 512 bytes", 512, 10000, 0, 0, 1, false, 150, 0, 0, 0},
    {"pages of 1024 bytes", 1024, 10000, 0, 0, 3, true, 400, 100, 3000, 0},
    {"pages of 65536 bytes", 65536, 5000, 0, 0, 2, false, 3000, 500, 200000, 0},
    {"pages of 65536 bytes, long keys", 65536, 300, 0, 0, 2, true, 60000, 0, 0, 0},
    {"long rows", 4096, 3000, 0, 0, 2, true, 100, 1000, 5 << 20, 0},
    {"long keys", 4096, 3000, 0, 0, 1, false, 9000, 0, 0, 0},
    {"keys that are long for pages of 512 bytes", 512, 3000, 0, 0, 1, false, 1500, 0, 0, 0},
    {"texts of one byte", 512, 3000, 0, 0, 1, false, 1, 0, 0, 0},
    {"each length of row and key to 2,000", 512, 2000, 0, 0, 1, false, 0, 0, 0, 0},
    {"each length, with reserved bytes", 1024, 2500, 1000, 1200, 3, true, 0, 0, 0, 17},
    {"each length to 6,000", 4096, 6000, 0, 0, 1, false, 0, 0, 0, 0},
    {"many parts, the last one first", 1024, 10000, 0, 0, 1000, true, 100, 0, 0, 0},
    {"behind one old row", 4096, 1000, 0, 1, 1, false, 100, 0, 0, 0},
    {"before one old row", 4096, 1000, 999, 1000, 1, false, 100, 0, 0, 0},
    {"old rows alone", 4096, 5000, 0, 5000, 1, false, 100, 0, 0, 0},
    {"one old row alone", 4096, 1, 0, 1, 1, false, 100, 0, 0, 0},
    {"one row behind many old ones", 512, 5001, 0, 5000, 1, false, 100, 0, 0, 0},
    {"behind 100,000 old rows", 4096, 101000, 0, 100000, 2, true, 20, 0, 0, 0},
    {"behind a deep old tree", 512, 15000, 0, 10000, 1, false, 100, 500, 5000, 0},
    {"on both sides of a deep old tree", 512, 15000, 2000, 12000, 4, true, 100, 500, 5000, 0},
    {"pages with reserved bytes", 1024, 5000, 2000, 3000, 2, true, 300, 100, 3000, 40},
    {"the least that SQLite uses of a page", 512, 5000, 2000, 3000, 2, true, 300, 100, 3000, 32},
    {"on both sides of an old leaf", 1024, 3000, 1500, 1505, 2, false, 100, 0, 0, 0},
};

/* Each number of rows to ${max}: every way in which the last pages of levels can come out. */
static bool every_number(struct make m, int max)
{
    bool good = true;

    for (int n = 0; good && n <= max; n++) {
        struct db db;

        m.n = n;
        good = prepare(&db, &m) && fill(&db, &m) == 0 && intact(&db) && has_keys(&db, &m) && has_rows(&db, &m);
        if (!good)
            printf("# %d rows\n", n);
        close_db(&db);
    }
    return good;
}

static void put32_at(const struct db *db, off_t at, uint32_t v)
{
    uint8_t bytes[4];

    btree_put32(bytes, v);
    if (pwrite(db->fd, bytes, sizeof(bytes), at) != sizeof(bytes))
        perror("# pwrite");
}

static uint32_t get32_at(const struct db *db, off_t at)
{
    uint8_t bytes[4] = {0};

    if (pread(db->fd, bytes, sizeof(bytes), at) != sizeof(bytes))
        perror("# pread");
    return btree_get32(bytes);
}

/*
 * A file that ends two pages before the lock-byte page: all but a few pages are free, and nothing on the disk.  SQLite
 * finds every page used or free afterwards but this one.
 */
static bool steps_over_lock_page(const struct make *m)
{
    enum { SIZE = 65536, LOCK = (1 << 30) / SIZE + 1, PAGES = LOCK - 3 };
    struct db db;
    bool good = prepare(&db, m);
    uint32_t used = (uint32_t)number_of(&db, "PRAGMA page_count"), changes = get32_at(&db, 24) + 1;
    off_t trunk = (off_t)used * SIZE;
    uint8_t page[SIZE];

    good = good && used < 10 && ftruncate(db.fd, (off_t)PAGES * SIZE) == 0;
    put32_at(&db, trunk + 4, PAGES - used - 1);
    for (uint32_t i = 0; i < PAGES - used - 1; i++)
        put32_at(&db, trunk + 8 + 4 * i, used + 2 + i);
    put32_at(&db, 24, changes);
    put32_at(&db, 28, PAGES);
    put32_at(&db, 32, used + 1);
    put32_at(&db, 36, PAGES - used);
    put32_at(&db, 92, changes);
    good = good && intact(&db) && fill(&db, m) == 0 && intact(&db) && has_rows(&db, m) && has_keys(&db, m) &&
           number_of(&db, "PRAGMA page_count") > LOCK && pread(db.fd, page, SIZE, (off_t)(LOCK - 1) * SIZE) == SIZE;
    for (size_t i = 0; good && i < SIZE; i++)
        good = page[i] == 0;
    close_db(&db);
    return good;
}

/* The inner pages that an old tree needs no more are free: in a list of several pages, for SQLite to use. */
static bool frees_pages(void)
{
    const struct make m = {NULL, 512, 30001, 0, 30000, 1, false, 300, 0, 0, 0};
    struct db db;
    bool good = prepare(&db, &m) && number_of(&db, "PRAGMA freelist_count") == 0 && fill(&db, &m) == 0 &&
                number_of(&db, "PRAGMA freelist_count") > 512 / 4 && intact(&db);

    close_db(&db);
    return good;
}

/* The whole file, which the caller frees. */
static uint8_t *contents(const struct db *db, size_t *len)
{
    struct stat st;
    uint8_t *p;

    *len = fstat(db->fd, &st) == 0 ? (size_t)st.st_size : 0;
    p = malloc(*len + 1);
    return p != NULL && pread(db->fd, p, *len, 0) == (ssize_t)*len ? p : NULL;
}

static bool same_bytes(const struct make *m)
{
    struct db a, b;
    bool good = prepare(&a, m) && prepare(&b, m) && fill(&a, m) == 0 && fill(&b, m) == 0;
    size_t a_len, b_len;
    uint8_t *x = contents(&a, &a_len), *y = contents(&b, &b_len);

    good = good && x != NULL && y != NULL && a_len == b_len && memcmp(x, y, a_len) == 0;
    free(x);
    free(y);
    close_db(&a);
    close_db(&b);
    return good;
}

/*
 * Refusals.
 */

/* Begin and end the table, or the index, without a row. Return the status. */
static int begin_at(const struct db *db, uint32_t table, uint32_t index)
{
    struct err e = {0};
    struct btree_file *f = btree_open(db->fd, "file", &e);
    struct btree_table *t = f != NULL && table != UINT32_MAX ? btree_table_begin(f, table, &e) : NULL;
    struct btree_index *i = f != NULL && index != UINT32_MAX ? btree_index_begin(f, index, &e) : NULL;

    if (t != NULL)
        btree_table_end(t, &e);
    if (i != NULL)
        btree_index_end(i, &e);
    btree_free(f);
    return e.status;
}

static bool refuses_roots(void)
{
    const struct make m = {NULL, 1024, 1000, 0, 0, 1, false, 100, 0, 0, 0};
    struct db db;
    bool good = prepare(&db, &m) && fill(&db, &m) == 0 && begin_at(&db, db.table, UINT32_MAX) == 0;
    static const uint32_t none[] = {0, 1, 1 << 20, UINT32_MAX - 1};

    for (size_t i = 0; good && i < sizeof(none) / sizeof(none[0]); i++)
        good = begin_at(&db, none[i], UINT32_MAX) == EX_DATAERR && begin_at(&db, UINT32_MAX, none[i]) == EX_DATAERR;
    good = good && begin_at(&db, db.index, UINT32_MAX) == EX_DATAERR &&
           begin_at(&db, UINT32_MAX, db.table) == EX_DATAERR && begin_at(&db, UINT32_MAX, db.index) == EX_DATAERR;
    close_db(&db);
    return good;
}

/* Put ${len} bytes of ${bytes} at ${at}, and see that the file is refused; then as it was. */
static bool refuses_with(const struct db *db, off_t at, const char *bytes, size_t len)
{
    char before[16];
    bool good = pread(db->fd, before, len, at) == (ssize_t)len && pwrite(db->fd, bytes, len, at) == (ssize_t)len &&
                begin_at(db, db->table, UINT32_MAX) == EX_DATAERR;

    if (!good)
        printf("# %zu bytes at %lld\n", len, (long long)at);
    return pwrite(db->fd, before, len, at) == (ssize_t)len && begin_at(db, db->table, UINT32_MAX) == 0 && good;
}

static bool refuses_headers(void)
{
    const struct make m = {NULL, 1024, 10, 0, 10, 1, false, 100, 0, 0, 0};
    struct db db;
    bool good = prepare(&db, &m) && begin_at(&db, db.table, UINT32_MAX) == 0;

    good = refuses_with(&db, 13, " 4", 2) && good;
    good = refuses_with(&db, 16, "\0\0", 2) && good;
    good = refuses_with(&db, 16, "\6\0", 2) && good;
    good = refuses_with(&db, 16, "\1\0", 2) && good;
    good = refuses_with(&db, 16, "\2\0\1\1\x21", 5) && good;
    good = refuses_with(&db, 28, "\0\0\1\0", 4) && good;
    good = refuses_with(&db, 52, "\0\0\0\4", 4) && good;
    /* Without a valid number of pages the file's size counts. */
    put32_at(&db, 28, 0);
    good = good && begin_at(&db, db.table, UINT32_MAX) == 0 && begin_at(&db, 6, UINT32_MAX) == EX_DATAERR;
    good = good && ftruncate(db.fd, 1023) == 0 && begin_at(&db, db.table, UINT32_MAX) == EX_DATAERR;
    good = good && ftruncate(db.fd, 99) == 0 && begin_at(&db, db.table, UINT32_MAX) == EX_DATAERR;
    good = good && ftruncate(db.fd, 0) == 0 && begin_at(&db, db.table, UINT32_MAX) == EX_DATAERR;
    close_db(&db);
    return good;
}

static bool refuses_number(const struct db *db, off_t at, uint32_t v)
{
    uint8_t bytes[4];

    btree_put32(bytes, v);
    return refuses_with(db, at, (const char *)bytes, sizeof(bytes));
}

/* Children that are none, in the inner page at ${at} and its first cell at ${cell}. */
static bool refuses_children(const struct db *db, off_t at, off_t cell)
{
    const uint32_t pages = get32_at(db, 28);
    bool good = refuses_number(db, at + 8, db->table);

    good = refuses_number(db, at + 8, 0) && good;
    good = refuses_number(db, at + 8, 1) && good;
    good = refuses_number(db, at + 8, pages + 1) && good;
    good = refuses_number(db, at + 8, UINT32_MAX) && good;
    good = refuses_number(db, at + 8, db->index) && good;
    good = refuses_number(db, cell, get32_at(db, at + 8)) && good;
    return refuses_number(db, cell, db->table) && good;
}

/* The old tree has three levels, in pages of 512 bytes. */
static bool refuses_old_trees(void)
{
    const struct make m = {NULL, 512, 1000, 0, 1000, 1, false, 300, 0, 0, 0};
    struct db db;
    bool good = prepare(&db, &m);
    off_t root = (off_t)(db.table - 1) * 512, inner = (off_t)(get32_at(&db, root + 8) - 1) * 512;
    off_t last = (off_t)(get32_at(&db, inner + 8) - 1) * 512, cell = root + (get32_at(&db, root + 12) >> 16);
    uint32_t two = get32_at(&db, inner + 12);

    good = good && get32_at(&db, root) >> 24 == 5 && get32_at(&db, inner) >> 24 == 5 && get32_at(&db, last) >> 24 == 13;
    good = refuses_children(&db, root, cell) && good;
    good = refuses_children(&db, inner, inner + (two >> 16)) && good;
    /* Types, numbers of cells, and where they are. */
    good = refuses_with(&db, inner, "\x02", 1) && refuses_with(&db, inner, "\x0d", 1) && good;
    good = refuses_with(&db, last, "\x0a", 1) && refuses_with(&db, last, "\x05", 1) && good;
    good = refuses_with(&db, last + 3, "\0\0", 2) && refuses_with(&db, last + 3, "\xff\xff", 2) && good;
    good = refuses_with(&db, inner + 3, "\xff\xff", 2) && refuses_with(&db, inner + 3, "\0\xf0", 2) && good;
    good = refuses_with(&db, inner + 12, "\0\0", 2) && refuses_with(&db, inner + 12, "\x02\0", 2) && good;
    good = refuses_with(&db, inner + 12, "\x01\xfd", 2) && refuses_with(&db, last + 8, "\xff\xff", 2) && good;
    /* Two pages that change places; leaves that are nearer to the root than others. */
    good = refuses_number(&db, inner + 12, two << 16 | two >> 16) && good;
    good = refuses_number(&db, root + 8, (uint32_t)(last / 512) + 1) && good;
    close_db(&db);
    return good;
}

/* ${n} inner pages, one above the other, above a leaf. Return the status. */
static int chain_of(uint32_t n)
{
    const struct make m = {NULL, 512, 2, 0, 2, 1, false, 20, 0, 0, 0};
    struct db db;
    int status = prepare(&db, &m) ? 0 : -1;
    uint32_t pages = get32_at(&db, 28);
    uint8_t leaf[512], inner[512] = {5};

    if (pread(db.fd, leaf, 512, (off_t)(db.table - 1) * 512) != 512)
        status = -1;
    for (uint32_t i = 0; i <= n; i++) {
        btree_put32(inner + 8, pages + 1 + i);
        if (pwrite(db.fd, i < n ? inner : leaf, 512, (off_t)(i == 0 ? db.table - 1 : pages + i - 1) * 512) != 512)
            status = -1;
    }
    put32_at(&db, 28, pages + n);
    if (status == 0)
        status = begin_at(&db, db.table, UINT32_MAX);
    close_db(&db);
    return status;
}

static bool refuses_auto_vacuum(void)
{
    struct db db;
    bool good = open_db(&db, 1024, 0) && run(&db, "PRAGMA auto_vacuum=FULL; VACUUM") &&
                begin_at(&db, 3, UINT32_MAX) == EX_DATAERR;

    close_db(&db);
    return good;
}

/* Add two rows, with a new part between them or not, and end. Return the status. */
static int two_rows(int64_t a, bool part, int64_t b)
{
    const struct make m = {NULL, 1024, 0, 0, 0, 1, false, 20, 0, 0, 0};
    struct err e = {0}, later = {0};
    struct db db;
    struct btree_file *f = prepare(&db, &m) ? btree_open(db.fd, "file", &e) : NULL;
    struct btree_table *t = f != NULL ? btree_table_begin(f, db.table, &e) : NULL;
    const struct span record = {(const uint8_t *)"\5\0\0\0\0", 5};

    if (t == NULL)
        return -1;
    if (btree_table_begin(f, db.table, &later) != NULL || btree_finish(f, &later) == 0)
        e.status = -1;
    btree_table_add(t, a, record, &e);
    if (part)
        btree_table_part(t);
    btree_table_add(t, b, record, &e);
    btree_table_end(t, &e);
    /* Whatever failed, the file is not complete. */
    later = (struct err){0};
    if (btree_finish(f, &later) == 0 ? e.status != 0 : later.status != EX_SOFTWARE)
        e.status = -1;
    if (e.status == 0 && (!run(&db, "DROP INDEX i") || !intact(&db) || number_of(&db, "SELECT count(*) FROM t") != 2))
        e.status = -1;
    btree_free(f);
    close_db(&db);
    return e.status;
}

static bool refuses_order(void)
{
    return two_rows(1, false, 2) == 0 && two_rows(INT64_MIN, false, INT64_MAX) == 0 && two_rows(2, true, 1) == 0 &&
           two_rows(INT64_MAX, true, INT64_MIN) == 0 && two_rows(2, false, 1) == EX_SOFTWARE &&
           two_rows(2, false, 2) == EX_SOFTWARE && two_rows(2, true, 2) == EX_SOFTWARE;
}

/* The file cannot grow. */
static bool reports_full_disk(void)
{
    const struct make m = {NULL, 4096, 50000, 0, 0, 1, false, 100, 0, 0, 0};
    struct rlimit before, little = {1 << 20, RLIM_INFINITY};
    struct db db;
    bool good = prepare(&db, &m) && getrlimit(RLIMIT_FSIZE, &before) == 0;
    int status;

    signal(SIGXFSZ, SIG_IGN);
    little.rlim_max = before.rlim_max;
    good = good && setrlimit(RLIMIT_FSIZE, &little) == 0;
    status = fill(&db, &m);
    good = good && setrlimit(RLIMIT_FSIZE, &before) == 0 && status == EX_IOERR;
    close_db(&db);
    return good;
}

/* What SQLite itself makes of values is what we make of them. */
static bool makes_records(void)
{
    static const int64_t numbers[] = {0, 1, 2, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 8388607, 8388608,
        -8388608, -8388609, 2147483647, 2147483648, -2147483648, -2147483649, 140737488355327, 140737488355328,
        -140737488355328, -140737488355329, INT64_MAX, INT64_MIN};
    static const uint8_t lengths[] = {8, 9, 1, 1, 1, 2, 1, 2, 2, 3, 2, 3, 3, 4, 3, 4, 4, 5, 4, 5, 5, 6, 5, 6, 6, 6};
    uint8_t room[16];
    bool good = true;

    for (size_t i = 0; i < sizeof(lengths); i++)
        good = good && dbrecord_int(numbers[i]) == lengths[i] &&
               dbrecord_put_int(room, numbers[i]) == dbrecord_len(lengths[i]);
    return good && dbrecord_put_int(room, -2) == 1 && room[0] == 0xfe && dbrecord_put_int(room, 0x010203) == 3 &&
           memcmp(room, "\1\2\3", 3) == 0 && dbrecord_len(dbrecord_text(7)) == 7 &&
           dbrecord_len(dbrecord_blob(7)) == 7 && dbrecord_len(DBRECORD_NULL) == 0 && dbrecord_len(7) == 8;
}

static bool makes_varints(void)
{
    static const uint64_t first[] = {
        0, 1, 0x80, 0x4000, 0x200000, 0x10000000, 0x800000000, 0x40000000000, 0x2000000000000, 0x100000000000000};
    uint8_t room[DBRECORD_VARINT_MAX + 1];
    bool good = true;
    uint64_t v;

    /* The least number of each length, and the one before it; the two of length 1 are apart. */
    for (size_t n = 2; n <= DBRECORD_VARINT_MAX; n++)
        good = good && dbrecord_put_varint(room, first[n]) == n && dbrecord_varint(room, sizeof(room), &v) == n &&
               v == first[n] && dbrecord_varint(room, n - 1, &v) == 0 && dbrecord_varint_len(first[n]) == n &&
               dbrecord_put_varint(room, first[n] - 1) == n - 1 && dbrecord_varint(room, n - 1, &v) == n - 1 &&
               v == first[n] - 1;
    good = good && dbrecord_put_varint(room, UINT64_MAX) == 9 && dbrecord_varint(room, 9, &v) == 9 && v == UINT64_MAX;
    return good && dbrecord_put_varint(room, 0x81) == 2 && memcmp(room, "\x81\x01", 2) == 0 &&
           dbrecord_varint(room, 0, &v) == 0;
}

/* A header counts itself: 126 columns take 127 bytes, 127 take 129. */
static bool counts_header(void)
{
    static uint64_t types[127];
    uint8_t room[DBRECORD_HEADER_MAX(127)];

    return dbrecord_header(room, types, 126) == 127 && room[0] == 127 && dbrecord_header(room, types, 127) == 129 &&
           memcmp(room, "\x81\1\0", 3) == 0 && dbrecord_header(room, types, 0) == 1 && room[0] == 1;
}

int main(void)
{
    const struct make mixed = {NULL, 1024, 5000, 2000, 3000, 4, true, 400, 100, 3000, 0};
    const struct make lock_long = {NULL, 65536, 20, 0, 0, 1, false, 100, 3, 3 << 20, 0};
    const struct make lock_leaf = {NULL, 65536, 60, 0, 0, 1, false, 60000, 0, 0, 0};

    for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++)
        tap_ok(comes_back(&makes[i]), makes[i].what);
    tap_ok(every_number((struct make){NULL, 512, 0, 0, 0, 1, false, 400, 0, 0, 0}, 300), "each number of rows to 300");
    tap_ok(steps_over_lock_page(&lock_long) && steps_over_lock_page(&lock_leaf), "the lock-byte page is not used");
    tap_ok(frees_pages(), "inner pages of an old tree that are not used again are free");
    tap_ok(same_bytes(&mixed), "the same rows give the same bytes");
    tap_ok(refuses_headers(), "files that are no databases are refused");
    tap_ok(refuses_auto_vacuum(), "a file with auto-vacuum is refused");
    tap_ok(refuses_roots(), "pages that are no roots are refused");
    tap_ok(refuses_old_trees(), "old trees that are broken are refused");
    tap_ok(chain_of(19) == 0 && chain_of(20) == EX_DATAERR && chain_of(200) == EX_DATAERR, "20 levels and no more");
    tap_ok(refuses_order(), "rows out of order, and parts that overlap, are a bug");
    tap_ok(reports_full_disk(), "a file that cannot grow");
    tap_ok(makes_records(), "numbers, texts and blobs as SQLite stores them");
    tap_ok(makes_varints() && counts_header(), "varints and headers");
    return tap_done();
}
