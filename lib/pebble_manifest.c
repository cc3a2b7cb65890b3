#include "pebble_manifest.h"

#include <inttypes.h>
#include <stdlib.h>

#include "buf.h"
#include "grow.h"
#include "pebble_log.h"

/* What all bounds of all tables, dead ones too, may take. */
#define BOUNDS_MAX ((size_t)256 << 20)

#define COMPARER "leveldb.BytewiseComparator"

/* Behind the key of a bound: its sequence number and kind. That of an end that does not belong to the table: */
#define TRAILER_LEN 8
#define SEQ_END ((UINT64_C(1) << 56) - 1)

enum edit_tag {
    TAG_COMPARER = 1,
    TAG_LOG_NUMBER = 2,
    TAG_NEXT_FILE = 3,
    TAG_LAST_SEQ = 4,
    TAG_COMPACTION_POINTER = 5,
    TAG_DELETE_TABLE = 6,
    TAG_NEW_TABLE = 7,
    TAG_PREVIOUS_LOG = 9,
    TAG_NEW_TABLE_SEQS = 100,
    TAG_NEW_TABLE_PATH = 102,
    TAG_NEW_TABLE_FIELDS = 103,
    TAG_NEW_TABLE_RANGE_KEYS = 104,
    TAG_BACKING = 105,
    TAG_BACKING_GONE = 106,
    TAG_NEW_BLOB = 107,
    TAG_BLOB_GONE = 108,
    TAG_FAMILY_FIRST = 200,
    TAG_FAMILY_LAST = 203,
};

/* What may stand behind a table.  Fields with the bit 64 must be understood. */
enum field_tag {
    FIELD_END = 1,
    FIELD_MUST = 64,
    FIELD_PATH = 65,
    FIELD_VIRTUAL = 66,
    FIELD_PREFIX = 67,
    FIELD_SUFFIX = 68,
    FIELD_BLOBS = 69,
};

/* One edit is gone through twice: what it deletes comes first. */
enum pass { PASS_DELETE, PASS_ADD };

struct replay {
    struct pebble_manifest *m;
    struct reader in;
    enum pass pass;
};

static int refuse_field(uint64_t tag, struct err *e)
{
    switch (tag) {
    case FIELD_PREFIX:
    case FIELD_SUFFIX:
        return err_set(e, EX_DATAERR, "a table with a synthetic prefix or suffix, which is not supported");
    case FIELD_BLOBS:
        return err_set(e, EX_DATAERR, "a table with values in blob files, which are not supported");
    case FIELD_PATH:
        return err_set(e, EX_DATAERR, "a table at another place, which is not supported");
    default:
        return err_set(e, EX_DATAERR, "a table with the unknown feature %" PRIu64, tag);
    }
}

static int take_fields(struct replay *r, struct pebble_live *t, struct err *e)
{
    uint64_t tag;

    while (!r->in.bad && (tag = reader_uv(&r->in)) != FIELD_END) {
        if (tag == FIELD_VIRTUAL) {
            t->virtual_ = true;
            t->backing = reader_uv(&r->in);
        } else if ((tag & FIELD_MUST) != 0) {
            return refuse_field(tag, e);
        } else {
            reader_prefixed(&r->in);
        }
    }
    return 0;
}

/* Take a bound and split it into key and ${*trailer}. */
static struct span take_bound(struct replay *r, uint64_t *trailer)
{
    struct span s = reader_prefixed(&r->in);
    struct reader end;

    if (s.len < TRAILER_LEN) {
        r->in.bad = true;
        return (struct span){s.data, 0};
    }
    s.len -= TRAILER_LEN;
    end = reader_of(s.data + s.len, TRAILER_LEN);
    *trailer = reader_le(&end, TRAILER_LEN);
    return s;
}

static struct pebble_live *find_live(struct pebble_manifest *m, uint64_t level, uint64_t number)
{
    for (size_t i = m->n_live; i > 0; i--) {
        struct pebble_live *t = &m->live[i - 1];

        if (t->number == number && t->level == level)
            return t;
    }
    return NULL;
}

static struct pebble_backing *find_backing(struct pebble_manifest *m, uint64_t number)
{
    for (size_t i = 0; i < m->n_backings; i++)
        if (m->backings[i].number == number)
            return &m->backings[i];
    return NULL;
}

/* Keep ${t}; its bounds still point into the edit. */
static int add_live(struct pebble_manifest *m, struct pebble_live *t, struct err *e)
{
    struct pebble_live *live;

    if (m->n_live == PEBBLE_TABLES_MAX)
        return err_set(e, EX_DATAERR, "more than %d tables", PEBBLE_TABLES_MAX);
    if (find_live(m, t->level, t->number) != NULL)
        return err_set(e, EX_DATAERR, "table %" PRIu64 " is added twice", t->number);
    t->smallest.data = arena_dup(&m->arena, t->smallest.data, t->smallest.len);
    t->largest.data = arena_dup(&m->arena, t->largest.data, t->largest.len);
    live = grow_array(m->live, &m->cap_live, m->n_live + 1, PEBBLE_TABLES_MAX, sizeof(*live));
    if (m->arena.failed || live == NULL)
        return err_set(e, EX_OSERR, "no memory for the tables and their bounds");
    m->live = live;
    m->live[m->n_live++] = *t;
    return 0;
}

static int take_table(struct replay *r, uint64_t tag, struct err *e)
{
    struct pebble_live t = {.level = (uint32_t)reader_uv(&r->in)};
    uint64_t first, last, smallest_seq = 0, largest_seq = 0;

    t.number = t.backing = reader_uv(&r->in);
    if (tag == TAG_NEW_TABLE_PATH && reader_uv(&r->in) != 0)
        return refuse_field(FIELD_PATH, e);
    t.size = reader_uv(&r->in);
    t.smallest = take_bound(r, &first);
    t.largest = take_bound(r, &last);
    if (tag != TAG_NEW_TABLE) {
        smallest_seq = reader_uv(&r->in);
        largest_seq = reader_uv(&r->in);
    }
    if (tag == TAG_NEW_TABLE_FIELDS && take_fields(r, &t, e) < 0)
        return -1;
    if (r->in.bad || r->pass == PASS_DELETE)
        return 0;
    if (span_compare(t.smallest, t.largest) > 0)
        return err_set(e, EX_DATAERR, "table %" PRIu64 " ends before it begins", t.number);
    t.open_end = last >> 8 == SEQ_END;
    t.seq = smallest_seq == largest_seq ? smallest_seq : 0;
    return add_live(r->m, &t, e);
}

static int delete_table(struct replay *r, struct err *e)
{
    uint64_t level = reader_uv(&r->in), number = reader_uv(&r->in);
    struct pebble_live *t;

    if (r->in.bad || r->pass == PASS_ADD)
        return 0;
    t = find_live(r->m, level, number);
    if (t == NULL)
        return err_set(e, EX_DATAERR, "table %" PRIu64 " is deleted, but was not there", number);
    *t = r->m->live[--r->m->n_live];
    return 0;
}

static int add_backing(struct replay *r, struct err *e)
{
    struct pebble_backing b = {.number = reader_uv(&r->in)}, *all;
    struct pebble_manifest *m = r->m;

    b.size = reader_uv(&r->in);
    if (r->in.bad || r->pass == PASS_DELETE)
        return 0;
    if (m->n_backings == PEBBLE_TABLES_MAX)
        return err_set(e, EX_DATAERR, "more than %d files behind tables", PEBBLE_TABLES_MAX);
    if (find_backing(m, b.number) != NULL)
        return err_set(e, EX_DATAERR, "file %" PRIu64 " is added twice", b.number);
    all = grow_array(m->backings, &m->cap_backings, m->n_backings + 1, PEBBLE_TABLES_MAX, sizeof(*all));
    if (all == NULL)
        return err_set(e, EX_OSERR, "no memory for the files behind tables");
    m->backings = all;
    m->backings[m->n_backings++] = b;
    return 0;
}

static int delete_backing(struct replay *r, struct err *e)
{
    uint64_t number = reader_uv(&r->in);
    struct pebble_backing *b;

    if (r->in.bad || r->pass == PASS_ADD)
        return 0;
    b = find_backing(r->m, number);
    if (b == NULL)
        return err_set(e, EX_DATAERR, "file %" PRIu64 " is deleted, but was not there", number);
    *b = r->m->backings[--r->m->n_backings];
    return 0;
}

static int refuse_edit(uint64_t tag, struct err *e)
{
    if (tag == TAG_NEW_TABLE_RANGE_KEYS)
        return err_set(e, EX_DATAERR, "a table with range keys, which are not supported");
    if (tag == TAG_NEW_BLOB || tag == TAG_BLOB_GONE)
        return err_set(e, EX_DATAERR, "values in blob files, which are not supported");
    if (tag >= TAG_FAMILY_FIRST && tag <= TAG_FAMILY_LAST)
        return err_set(e, EX_DATAERR, "column families, which are not supported");
    return err_set(e, EX_DATAERR, "an edit of the unknown kind %" PRIu64, tag);
}

/* Carry out what follows ${tag}, as far as it belongs to this pass. */
static int take_edit(struct replay *r, uint64_t tag, struct err *e)
{
    struct span comparer;

    switch (tag) {
    case TAG_COMPARER:
        comparer = reader_prefixed(&r->in);
        if (!r->in.bad && !span_equals(comparer, COMPARER))
            return err_set(e, EX_DATAERR, "keys in another order than " COMPARER "'s");
        return 0;
    case TAG_LOG_NUMBER:
        r->m->log_number = reader_uv(&r->in);
        return 0;
    case TAG_COMPACTION_POINTER:
        reader_uv(&r->in);
        reader_prefixed(&r->in);
        return 0;
    case TAG_NEXT_FILE:
    case TAG_LAST_SEQ:
    case TAG_PREVIOUS_LOG:
        reader_uv(&r->in);
        return 0;
    case TAG_DELETE_TABLE:
        return delete_table(r, e);
    case TAG_NEW_TABLE:
    case TAG_NEW_TABLE_SEQS:
    case TAG_NEW_TABLE_PATH:
    case TAG_NEW_TABLE_FIELDS:
        return take_table(r, tag, e);
    case TAG_BACKING:
        return add_backing(r, e);
    case TAG_BACKING_GONE:
        return delete_backing(r, e);
    default:
        return refuse_edit(tag, e);
    }
}

static int take_record(struct pebble_manifest *m, const struct buf *record, struct err *e)
{
    struct replay r = {.m = m};

    for (r.pass = PASS_DELETE; r.pass <= PASS_ADD; r.pass++) {
        r.in = reader_of(record->data, record->len);
        while (reader_left(&r.in) > 0) {
            uint64_t tag = reader_uv(&r.in);

            if (!r.in.bad && take_edit(&r, tag, e) < 0)
                return -1;
        }
        if (r.in.bad)
            return err_set(e, EX_DATAERR, "an edit is cut short");
    }
    return 0;
}

/* Give virtual tables the size of the file behind them, which is what the folder must agree with. */
static int settle(struct pebble_manifest *m, struct err *e)
{
    for (size_t i = 0; i < m->n_live; i++) {
        struct pebble_live *t = &m->live[i];
        const struct pebble_backing *b;

        if (!t->virtual_)
            continue;
        b = find_backing(m, t->backing);
        if (b == NULL)
            return err_set(e, EX_DATAERR, "no file is behind the virtual table %" PRIu64, t->number);
        t->size = b->size;
    }
    return 0;
}

static int replay_all(struct pebble_manifest *m, int fd, const struct pebble_file *file, struct err *e)
{
    struct pebble_log *log = malloc(sizeof(*log));
    struct buf record;
    int r;

    if (log == NULL)
        return err_set(e, EX_OSERR, "no memory");
    buf_init(&record, PEBBLE_LOG_RECORD_MAX);
    pebble_log_init(log, fd, file);
    while ((r = pebble_log_next(log, &record, e)) > 0) {
        if (take_record(m, &record, e) < 0) {
            r = err_context(e, "%s", file->name);
            break;
        }
    }
    buf_release(&record);
    free(log);
    if (r == 0 && settle(m, e) < 0)
        r = err_context(e, "%s", file->name);
    return r;
}

int pebble_manifest_read(struct pebble_manifest *m, int fd, const struct pebble_file *file, struct err *e)
{
    *m = (struct pebble_manifest){0};
    arena_init(&m->arena, BOUNDS_MAX);
    return replay_all(m, fd, file, e);
}

void pebble_manifest_release(struct pebble_manifest *m)
{
    free(m->live);
    free(m->backings);
    arena_release(&m->arena);
    *m = (struct pebble_manifest){0};
}
