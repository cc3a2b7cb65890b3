#include "pebble.h"

#include <inttypes.h>
#include <stdlib.h>

#include "heap.h"
#include "pebble_cursor.h"
#include "pebble_log.h"
#include "pebble_manifest.h"
#include "pebble_table.h"

#define FORMAT_MIN 13
#define FORMAT_MAX 24

/* A table of the database and its bytes. */
struct source {
    struct pebble_live live;
    const struct pebble_file *file;
};

struct pebble {
    int fd;
    const struct pebble_file *files;
    size_t n_files;
    struct pebble_manifest manifest;
    struct source *sources; /* by smallest key */
    size_t n_sources;
};

/*
 * Opening: two files whose names say what holds, then the tables.
 */

/*
 * What marker.${what}.ITERATION.VALUE says with the greatest ITERATION, or NULL.  Markers are put beside each other and
 * the older one is removed later.
 */
static const char *marker(const struct pebble *db, const char *what)
{
    const char *found = NULL;
    uint64_t best = 0;

    for (size_t i = 0; i < db->n_files; i++) {
        const char *p = db->files[i].name;
        char *end;
        uint64_t iteration;

        if (strncmp(p, "marker.", 7) != 0 || strncmp(p + 7, what, strlen(what)) != 0 || p[7 + strlen(what)] != '.')
            continue;
        p += 8 + strlen(what);
        if (strspn(p, "0123456789") == 0)
            continue;
        iteration = strtoull(p, &end, 10);
        if (*end == '.' && (found == NULL || iteration > best)) {
            found = end + 1;
            best = iteration;
        }
    }
    return found;
}

static const struct pebble_file *find_file(const struct pebble *db, const char *name)
{
    for (size_t i = 0; i < db->n_files; i++)
        if (strcmp(db->files[i].name, name) == 0)
            return &db->files[i];
    return NULL;
}

static int check_format(const struct pebble *db, struct err *e)
{
    const char *text = marker(db, "format-version");
    unsigned long version;
    char *end;

    if (text == NULL)
        return err_set(e, EX_DATAERR, "no database of Pebble: the marker of its format is missing");
    version = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || version < FORMAT_MIN || version > FORMAT_MAX)
        return err_set(e, EX_DATAERR, "a database of Pebble's format '%.32s'; only %d to %d are supported", text,
            FORMAT_MIN, FORMAT_MAX);
    return 0;
}

static int read_manifest(struct pebble *db, struct err *e)
{
    const char *name = marker(db, "manifest");
    const struct pebble_file *file = name != NULL ? find_file(db, name) : NULL;

    if (name == NULL)
        return err_set(e, EX_DATAERR, "no database of Pebble: the marker of its manifest is missing");
    if (file == NULL)
        return err_set(e, EX_DATAERR, "the manifest '%.64s' is missing", name);
    return pebble_manifest_read(&db->manifest, db->fd, file, e);
}

static int check_log(const struct pebble *db, const struct pebble_file *file, uint64_t number, struct err *e)
{
    struct pebble_log *log = malloc(sizeof(*log));
    int r;

    if (log == NULL)
        return err_set(e, EX_OSERR, "no memory");
    pebble_log_init(log, db->fd, file);
    r = pebble_log_holds_record(log, number, e);
    free(log);
    if (r > 0)
        return err_set(
            e, EX_DATAERR, "%s: holds records that are not in tables yet, which is not supported", file->name);
    return r;
}

/* Logs whose records all went into tables may still be there; others must be empty. */
static int check_logs(const struct pebble *db, struct err *e)
{
    for (size_t i = 0; i < db->n_files; i++) {
        uint64_t number;

        if (pebble_file_number(&db->files[i], "log", &number) && number >= db->manifest.log_number &&
            check_log(db, &db->files[i], number, e) < 0)
            return -1;
    }
    return 0;
}

/* The tables in the folder, by number. */
struct numbered {
    uint64_t number;
    const struct pebble_file *file;
};

static int compare_numbered(const void *x, const void *y)
{
    const struct numbered *a = x, *b = y;

    return (a->number > b->number) - (a->number < b->number);
}

static int compare_sources(const void *x, const void *y)
{
    const struct source *a = x, *b = y;
    int order = span_compare(a->live.smallest, b->live.smallest);

    return order != 0 ? order : (a->live.number > b->live.number) - (a->live.number < b->live.number);
}

/* Find the files of all live tables among the ${n} ${tables}, and sort them. */
static int find_sources(struct pebble *db, const struct numbered *tables, size_t n, struct err *e)
{
    for (size_t i = 0; i < db->manifest.n_live; i++) {
        struct source *s = &db->sources[i];
        struct numbered key = {.number = db->manifest.live[i].backing};
        const struct numbered *found = n > 0 ? bsearch(&key, tables, n, sizeof(*tables), compare_numbered) : NULL;

        s->live = db->manifest.live[i];
        if (found == NULL)
            return err_set(e, EX_DATAERR, "the table %06" PRIu64 ".sst is missing", key.number);
        s->file = found->file;
        if (s->file->size != s->live.size)
            return err_set(e, EX_DATAERR, "%s: %" PRIu64 " bytes, where the manifest says %" PRIu64, s->file->name,
                s->file->size, s->live.size);
    }
    db->n_sources = db->manifest.n_live;
    if (db->n_sources > 0)
        qsort(db->sources, db->n_sources, sizeof(*db->sources), compare_sources);
    return 0;
}

static int match_tables(struct pebble *db, struct err *e)
{
    struct numbered *tables = calloc(db->n_files + 1, sizeof(*tables));
    size_t n = 0;
    int r;

    db->sources = calloc(db->manifest.n_live + 1, sizeof(*db->sources));
    if (tables == NULL || db->sources == NULL) {
        free(tables);
        return err_set(e, EX_OSERR, "no memory");
    }
    for (size_t i = 0; i < db->n_files; i++) {
        if (pebble_file_number(&db->files[i], "sst", &tables[n].number))
            tables[n++].file = &db->files[i];
    }
    qsort(tables, n, sizeof(*tables), compare_numbered);
    r = find_sources(db, tables, n, e);
    free(tables);
    return r;
}

int pebble_open(struct pebble **db, int fd, const struct pebble_file *files, size_t n, struct err *e)
{
    struct pebble *d = calloc(1, sizeof(*d));

    *db = NULL;
    if (d == NULL)
        return err_set(e, EX_OSERR, "no memory");
    d->fd = fd;
    d->files = files;
    d->n_files = n;
    if (check_format(d, e) < 0 || read_manifest(d, e) < 0 || check_logs(d, e) < 0 || match_tables(d, e) < 0) {
        pebble_close(d);
        return -1;
    }
    *db = d;
    return 0;
}

void pebble_close(struct pebble *db)
{
    if (db == NULL)
        return;
    pebble_manifest_release(&db->manifest);
    free(db->sources);
    free(db);
}

/*
 * Scanning: the tables are merged by key, newest first.  A table is opened when the scan comes to its first key and
 * closed behind its last, so that only those that overlap are open at once.
 */

/* An open table; ${range} is the first of its ranges that does not end before the scan's place. */
struct open_table {
    const struct source *source;
    struct pebble_table table;
    struct pebble_cursor cursor;
    size_t range;
};

struct pebble_scan {
    struct pebble *db;
    struct buf from, to, key, raw;
    size_t next_source;
    struct heap heap;           /* of open tables: by key, then newest first */
    struct open_table **ranged; /* those with ranges, which may outlast their points */
    size_t n_ranged;
    bool has_key;
};

static void close_table(struct open_table *t)
{
    pebble_cursor_close(&t->cursor);
    pebble_table_close(&t->table);
    free(t);
}

/*
 * Whether ${x}'s point comes before ${y}'s.  Of two with the same number the table number decides, for the order to
 * be one.
 */
static bool comes_before(const void *x, const void *y)
{
    const struct open_table *a = x, *b = y;
    int order = span_compare(a->cursor.key, b->cursor.key);

    if (order != 0)
        return order < 0;
    if (a->cursor.seq != b->cursor.seq)
        return a->cursor.seq > b->cursor.seq;
    return a->source->live.number > b->source->live.number;
}

/* Where the scan stands. */
static const struct pebble_cursor *head_of(const struct pebble_scan *s)
{
    const struct open_table *t = heap_least(&s->heap);

    return &t->cursor;
}

/* Whether ${key} lies within the bounds of a virtual table. */
static bool is_within(const struct pebble_live *live, struct span key)
{
    int order;

    if (!live->virtual_)
        return true;
    order = span_compare(key, live->largest);
    return span_compare(key, live->smallest) >= 0 && (live->open_end ? order < 0 : order <= 0);
}

/* Read the next point of ${t} that counts. Return 1, 0 or -1. */
static int advance(struct pebble_scan *s, struct open_table *t, struct err *e)
{
    const struct pebble_live *live = &t->source->live;
    int n;

    do {
        n = pebble_cursor_next(&t->cursor, e);
        if (n <= 0)
            return n;
        if (span_compare(t->cursor.key, span_of_buf(&s->to)) >= 0)
            return 0;
        if (live->virtual_ && span_compare(t->cursor.key, live->largest) > 0)
            return 0;
    } while (!is_within(live, t->cursor.key));
    if (live->seq != 0)
        t->cursor.seq = live->seq;
    return 1;
}

static int open_table(struct pebble_scan *s, const struct source *source, struct err *e)
{
    struct open_table *t = calloc(1, sizeof(*t));
    int n;

    if (t == NULL)
        return err_set(e, EX_OSERR, "no memory");
    t->source = source;
    n = pebble_table_open(&t->table, s->db->fd, source->file, &s->raw, e);
    pebble_cursor_open(&t->cursor, &t->table, span_of_buf(&s->from));
    if (n == 0)
        n = advance(s, t, e);
    if (n < 0) {
        close_table(t);
        return -1;
    }
    if (t->table.n_ranges > 0)
        s->ranged[s->n_ranged++] = t;
    if (n > 0)
        heap_push(&s->heap, t, comes_before);
    else if (t->table.n_ranges == 0)
        close_table(t);
    return 0;
}

/* Open every table that begins at or before the key the scan comes to next. */
static int open_tables(struct pebble_scan *s, struct err *e)
{
    for (; s->next_source < s->db->n_sources; s->next_source++) {
        const struct source *source = &s->db->sources[s->next_source];

        if (span_compare(source->live.largest, span_of_buf(&s->from)) < 0)
            continue;
        if (span_compare(source->live.smallest, span_of_buf(&s->to)) >= 0)
            return 0;
        if (s->heap.n > 0 && span_compare(source->live.smallest, head_of(s)->key) > 0)
            return 0;
        if (open_table(s, source, e) < 0)
            return -1;
    }
    return 0;
}

/* Step over the point at the head. */
static int drop_head(struct pebble_scan *s, struct err *e)
{
    struct open_table *t = heap_least(&s->heap);
    int n = advance(s, t, e);

    if (n < 0)
        return -1;
    if (n > 0) {
        heap_settle(&s->heap, comes_before);
        return 0;
    }
    heap_pop(&s->heap, comes_before);
    if (t->table.n_ranges == 0)
        close_table(t);
    return 0;
}

/* The newest sequence number at which a range of ${t} deletes ${key}, or 0.  Keys ascend from call to call. */
static uint64_t range_seq(struct open_table *t, struct span key)
{
    const struct pebble_range *r;

    while (t->range < t->table.n_ranges && span_compare(t->table.ranges[t->range].end, key) <= 0)
        t->range++;
    r = t->range < t->table.n_ranges ? &t->table.ranges[t->range] : NULL;
    if (r == NULL || span_compare(key, r->start) < 0 || !is_within(&t->source->live, key))
        return 0;
    return t->source->live.seq != 0 ? t->source->live.seq : r->seq;
}

static bool is_in_heap(const struct pebble_scan *s, const struct open_table *t)
{
    for (size_t i = 0; i < s->heap.n; i++)
        if (s->heap.list[i] == t)
            return true;
    return false;
}

/* Whether a range deletes what the head holds. Tables whose ranges and points all lie behind are closed. */
static bool is_deleted(struct pebble_scan *s)
{
    const struct pebble_cursor *head = head_of(s);
    bool deleted = false;
    size_t kept = 0;

    for (size_t i = 0; i < s->n_ranged; i++) {
        struct open_table *t = s->ranged[i];

        deleted = range_seq(t, head->key) > head->seq || deleted;
        if (t->range < t->table.n_ranges || is_in_heap(s, t))
            s->ranged[kept++] = t;
        else
            close_table(t);
    }
    s->n_ranged = kept;
    return deleted;
}

static bool is_set(const struct pebble_cursor *c)
{
    return c->kind == PEBBLE_SET || c->kind == PEBBLE_SET_WITH_DELETE;
}

/* Go to the newest point of the next key, which is kept in ${s}->key. Return 1, 0 or -1. */
static int next_key(struct pebble_scan *s, struct err *e)
{
    for (;;) {
        if (open_tables(s, e) < 0)
            return -1;
        if (s->heap.n == 0)
            return 0;
        if (!s->has_key || span_compare(head_of(s)->key, span_of_buf(&s->key)) != 0)
            break;
        if (drop_head(s, e) < 0)
            return -1;
    }
    buf_clear(&s->key);
    s->has_key = true;
    if (buf_append(&s->key, head_of(s)->key.data, head_of(s)->key.len) < 0)
        return err_set(e, EX_OSERR, "no memory for a key");
    return 1;
}

int pebble_scan_next(struct pebble_scan *s, struct span *key, struct span *value, struct err *e)
{
    int n;

    do {
        n = next_key(s, e);
        if (n <= 0)
            return n;
    } while (!is_set(head_of(s)) || is_deleted(s));
    *key = span_of_buf(&s->key);
    *value = head_of(s)->value;
    return 1;
}

int pebble_scan_open(struct pebble_scan **s, struct pebble *db, struct span from, struct span to, struct err *e)
{
    struct pebble_scan *n = calloc(1, sizeof(*n));

    *s = NULL;
    if (n == NULL)
        return err_set(e, EX_OSERR, "no memory");
    n->db = db;
    buf_init(&n->from, PEBBLE_BLOCK_MAX);
    buf_init(&n->to, PEBBLE_BLOCK_MAX);
    buf_init(&n->key, PEBBLE_BLOCK_MAX);
    buf_init(&n->raw, PEBBLE_BLOCK_MAX + PEBBLE_BLOCK_TRAILER);
    n->heap.list = calloc(db->n_sources + 1, sizeof(*n->heap.list));
    n->ranged = calloc(db->n_sources + 1, sizeof(*n->ranged));
    if (n->heap.list == NULL || n->ranged == NULL || buf_append(&n->from, from.data, from.len) < 0 ||
        buf_append(&n->to, to.data, to.len) < 0) {
        pebble_scan_close(n);
        return err_set(e, EX_OSERR, "no memory");
    }
    *s = n;
    return 0;
}

void pebble_scan_close(struct pebble_scan *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->heap.n; i++) {
        struct open_table *t = s->heap.list[i];

        if (t->table.n_ranges == 0)
            close_table(t);
    }
    for (size_t i = 0; i < s->n_ranged; i++)
        close_table(s->ranged[i]);
    buf_release(&s->from);
    buf_release(&s->to);
    buf_release(&s->key);
    buf_release(&s->raw);
    free(s->heap.list);
    free(s->ranged);
    free(s);
}
