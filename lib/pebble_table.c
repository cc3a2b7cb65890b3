#include "pebble_table.h"

#include <inttypes.h>

#include "crc32c.h"
#include "pebble_part.h"

/* The footer, from its end: magic, version, then from version 6 on a sum, from version 7 on attributes before it. */
#define FOOTER_LEN 53
#define FOOTER_LEN_6 57
#define FOOTER_LEN_7 61
#define FOOTER_HANDLES_LEN 41
#define VERSION_MAX 7
#define VERSION_COLUMNS_METAINDEX 6
#define VERSION_COLUMNS_PROPERTIES 7
#define VERSION_FOOTER_SUM 6
#define VERSION_ATTRIBUTES 7
#define TAIL_LEN 12

static const uint8_t magic[8] = {0xf0, 0x9f, 0xaa, 0xb3, 0xf0, 0x9f, 0xaa, 0xb3};

enum { ATTRIBUTE_RANGE_KEYS = 2 | 4 | 8, ATTRIBUTE_BLOBS = 64 };

#define COMPARER "leveldb.BytewiseComparator"
#define COLUMN_SCHEMA "DefaultKeySchema(" COMPARER ",16)"

enum { INDEX_ONE_LEVEL = 0, INDEX_TWO_LEVELS = 2 };

/* Behind the key in a row: sequence number and kind. */
#define TRAILER_LEN 8

/* Where the blocks are that a table has besides those of points and index. */
struct meta {
    struct pebble_handle properties, ranges;
    bool has_properties, has_ranges;
};

int pebble_table_damaged(const struct pebble_table *t, const char *block, const char *what, struct err *e)
{
    return err_set(e, EX_DATAERR, "%s: %s: %s", t->file->name, block, what);
}

int pebble_table_refuse(const struct pebble_table *t, const char *what, struct err *e)
{
    return err_set(e, EX_DATAERR, "%s: a table with %s not supported", t->file->name, what);
}

/*
 * Blocks of names and values: metaindex and properties.
 */

static int open_names(struct pebble_part *p, const struct pebble_table *t, struct pebble_handle handle,
    unsigned columns_from, const char *what, struct err *e)
{
    static const uint8_t types[] = {PEBBLE_STRINGS, PEBBLE_STRINGS};

    if (pebble_part_open(p, t, handle, columns_from, 0, types, 2, what, e) < 0)
        return -1;
    if (p->columns && (!pebble_strings_open(&p->names, &p->cols, 0, p->cols.rows) ||
                          !pebble_strings_open(&p->values, &p->cols, 1, p->cols.rows)))
        return pebble_table_damaged(t, what, "strings at wrong places", e);
    return 0;
}

/* Read the next name and value: 1, 0 after the last, -1 if there are none at this place. */
static int next_name(struct pebble_part *p, struct span *name, struct span *value)
{
    int n;

    if (p->columns) {
        if (p->next == p->cols.rows)
            return 0;
        *name = pebble_strings_at(&p->names, p->next);
        *value = pebble_strings_at(&p->values, p->next);
        p->next++;
        return 1;
    }
    n = pebble_rows_next(&p->rows);
    *name = pebble_block_span(&p->rows.key);
    *value = p->rows.value;
    return n;
}

static bool has_prefix(struct span s, const char *prefix)
{
    return s.len >= strlen(prefix) && memcmp(s.data, prefix, strlen(prefix)) == 0;
}

/* Take one entry of the metaindex. */
static int take_meta(
    const struct pebble_table *t, struct meta *meta, struct span name, struct span value, struct err *e)
{
    struct reader b = reader_of(value.data, value.len);
    struct pebble_handle handle = pebble_block_handle(&b);

    if (span_equals(name, "pebble.range_key"))
        return pebble_table_refuse(t, "range keys, which are", e);
    if (span_equals(name, "pebble.blob_ref_index"))
        return pebble_table_refuse(t, "values in blob files, which are", e);
    if (span_equals(name, "rocksdb.range_del"))
        return pebble_table_refuse(t, "ranges in the old form, which is", e);
    if (b.bad)
        return pebble_table_damaged(t, "metaindex", "no place of a block", e);
    if (span_equals(name, "rocksdb.properties")) {
        meta->properties = handle;
        meta->has_properties = true;
    } else if (span_equals(name, "rocksdb.range_del2")) {
        meta->ranges = handle;
        meta->has_ranges = true;
    } else if (!span_equals(name, "pebble.value_index") && !has_prefix(name, "fullfilter.")) {
        return err_set(e, EX_DATAERR, "%s: a table with an unknown part, '%.*s'", t->file->name,
            (int)(name.len < 64 ? name.len : 64), (const char *)name.data);
    }
    return 0;
}

static int read_metaindex(
    struct pebble_part *p, const struct pebble_table *t, struct pebble_handle handle, struct meta *meta, struct err *e)
{
    struct span name, value;
    int n;

    if (open_names(p, t, handle, VERSION_COLUMNS_METAINDEX, "metaindex", e) < 0)
        return -1;
    while ((n = next_name(p, &name, &value)) > 0)
        if (take_meta(t, meta, name, value, e) < 0)
            return -1;
    if (n < 0)
        return pebble_part_no_row(p, t, "metaindex", e);
    return meta->has_properties ? 0 : pebble_table_damaged(t, "metaindex", "names no properties", e);
}

static int take_property(struct pebble_table *t, struct span name, struct span value, struct err *e)
{
    struct reader b = reader_of(value.data, value.len);
    uint64_t type;

    if (span_equals(name, "rocksdb.comparator") && !span_equals(value, COMPARER))
        return pebble_table_refuse(t, "keys in another order than " COMPARER "'s, which is", e);
    if (span_equals(name, "pebble.colblk.schema") && !span_equals(value, COLUMN_SCHEMA))
        return pebble_table_refuse(t, "keys in other columns than " COLUMN_SCHEMA ", which are", e);
    if (!span_equals(name, "rocksdb.block.based.table.index.type"))
        return 0;
    type = reader_le(&b, 4);
    if (b.bad || (type != INDEX_ONE_LEVEL && type != INDEX_TWO_LEVELS))
        return pebble_table_refuse(t, "an index of a type that is", e);
    t->two_levels = type == INDEX_TWO_LEVELS;
    return 0;
}

static int read_properties(struct pebble_part *p, struct pebble_table *t, struct pebble_handle handle, struct err *e)
{
    struct span name, value;
    int n;

    if (open_names(p, t, handle, VERSION_COLUMNS_PROPERTIES, "properties", e) < 0)
        return -1;
    while ((n = next_name(p, &name, &value)) > 0)
        if (take_property(t, name, value, e) < 0)
            return -1;
    return n < 0 ? pebble_part_no_row(p, t, "properties", e) : 0;
}

/*
 * Ranges.
 */

/*
 * Add a range, joining those with the same ends: only the newest matters. Blocks hold them in order, cut at every
 * end.
 */
static int add_range(
    struct pebble_table *t, struct span start, struct span end, uint64_t seq, size_t max, struct err *e)
{
    struct pebble_range *last = t->n_ranges > 0 ? &t->ranges[t->n_ranges - 1] : NULL;

    if (span_compare(start, end) >= 0)
        return pebble_table_damaged(t, "ranges", "one ends before it begins", e);
    if (last != NULL && span_compare(start, last->start) == 0 && span_compare(end, last->end) == 0) {
        last->seq = seq > last->seq ? seq : last->seq;
        return 0;
    }
    if (last != NULL && span_compare(start, last->end) < 0)
        return pebble_table_damaged(t, "ranges", "they overlap", e);
    if (t->n_ranges == max)
        return pebble_table_damaged(t, "ranges", "more than there can be", e);
    last = &t->ranges[t->n_ranges++];
    *last = (struct pebble_range){{arena_dup(&t->arena, start.data, start.len), start.len},
        {arena_dup(&t->arena, end.data, end.len), end.len}, seq};
    return t->arena.failed ? err_set(e, EX_OSERR, "%s: no memory for its ranges", t->file->name) : 0;
}

/* Room for ${max} ranges. */
static int make_room(struct pebble_table *t, size_t max, struct err *e)
{
    t->ranges =
        max >= PEBBLE_RANGES_MAX / sizeof(*t->ranges) ? NULL : arena_alloc(&t->arena, (max + 1) * sizeof(*t->ranges));
    return t->ranges != NULL ? 0 : err_set(e, EX_OSERR, "%s: no memory for its ranges", t->file->name);
}

/* What a range's entry says of it: its sequence number, and that it is one. */
static int take_range(
    struct pebble_table *t, struct span start, struct span end, uint64_t trailer, size_t max, struct err *e)
{
    if ((trailer & 0xff) != PEBBLE_RANGE_DELETE)
        return pebble_table_damaged(t, "ranges", "one of another kind", e);
    return add_range(t, start, end, trailer >> 8, max, e);
}

/* A row: the key is the start, the value the end. */
static int read_ranges_rows(struct pebble_part *p, struct pebble_table *t, struct err *e)
{
    const size_t max = p->block.len / TRAILER_LEN;
    int n;

    if (make_room(t, max, e) < 0)
        return -1;
    while ((n = pebble_rows_next(&p->rows)) > 0) {
        struct span start = pebble_block_span(&p->rows.key);
        struct reader b;

        if (start.len < TRAILER_LEN)
            return pebble_table_damaged(t, "ranges", "a key without a sequence number", e);
        start.len -= TRAILER_LEN;
        b = reader_of(start.data + start.len, TRAILER_LEN);
        if (take_range(t, start, p->rows.value, reader_le(&b, TRAILER_LEN), max, e) < 0)
            return -1;
    }
    return n < 0 ? pebble_part_no_row(p, t, "ranges", e) : 0;
}

/* Take the entries of the range between boundary ${i} and the next. */
static int read_range_column(struct pebble_part *p, struct pebble_table *t, size_t i, size_t max, struct err *e)
{
    uint64_t from = pebble_uints_at(&p->lengths, i), to = pebble_uints_at(&p->lengths, i + 1);

    if (from > to || to > p->cols.rows)
        return pebble_table_damaged(t, "ranges", "entries at wrong places", e);
    for (; from < to; from++)
        if (take_range(t, pebble_strings_at(&p->names, i), pebble_strings_at(&p->names, i + 1),
                pebble_uints_at(&p->trailers, (size_t)from), max, e) < 0)
            return -1;
    return 0;
}

/* Boundaries ascending, for each the first of the entries that begin there; of an entry only the trailer matters. */
static int read_ranges_columns(struct pebble_part *p, struct pebble_table *t, struct err *e)
{
    struct reader b = reader_of(p->block.data, p->block.len);
    const size_t boundaries = (size_t)reader_le(&b, 4);

    if (!pebble_strings_open(&p->names, &p->cols, 0, boundaries) ||
        !pebble_uints_open(&p->lengths, &p->cols, 1, boundaries) ||
        !pebble_uints_open(&p->trailers, &p->cols, 2, p->cols.rows))
        return pebble_table_damaged(t, "ranges", "values at wrong places", e);
    if (make_room(t, boundaries, e) < 0)
        return -1;
    for (size_t i = 0; i + 1 < boundaries; i++)
        if (read_range_column(p, t, i, boundaries, e) < 0)
            return -1;
    return 0;
}

static int read_ranges(struct pebble_part *p, struct pebble_table *t, struct pebble_handle handle, struct err *e)
{
    static const uint8_t types[] = {PEBBLE_STRINGS, PEBBLE_UINTS, PEBBLE_UINTS, PEBBLE_STRINGS, PEBBLE_STRINGS};

    if (pebble_part_open(p, t, handle, PEBBLE_VERSION_COLUMNS, 4, types, 5, "ranges", e) < 0)
        return -1;
    return p->columns ? read_ranges_columns(p, t, e) : read_ranges_rows(p, t, e);
}

/*
 * The footer.
 */

/* Look at what only later versions have, in front of the version: ${tail} are the last bytes of the footer. */
static int check_footer(const struct pebble_table *t, const uint8_t *footer, size_t len, struct err *e)
{
    const size_t extra = len - FOOTER_LEN;
    struct reader b = reader_of(footer + FOOTER_HANDLES_LEN, extra);
    uint64_t attributes = t->version >= VERSION_ATTRIBUTES ? reader_le(&b, 4) : 0;
    uint32_t sum;

    if (t->version < VERSION_FOOTER_SUM)
        return 0;
    sum = crc32c_update(0, footer, len - TAIL_LEN - 4);
    sum = crc32c_mask(crc32c_update(sum, footer + len - TAIL_LEN, TAIL_LEN));
    if (!reader_sum_matches(sum, reader_le(&b, 4)))
        return pebble_table_damaged(t, "footer", "wrong checksum", e);
    if ((attributes & ATTRIBUTE_RANGE_KEYS) != 0)
        return pebble_table_refuse(t, "range keys, which are", e);
    if ((attributes & ATTRIBUTE_BLOBS) != 0)
        return pebble_table_refuse(t, "values in blob files, which are", e);
    return 0;
}

static size_t footer_len(unsigned version)
{
    return version < VERSION_FOOTER_SUM ? FOOTER_LEN : version < VERSION_ATTRIBUTES ? FOOTER_LEN_6 : FOOTER_LEN_7;
}

/* Read the footer; ${*metaindex} is where that block is. */
static int read_footer(struct pebble_table *t, struct pebble_handle *metaindex, struct err *e)
{
    uint8_t footer[FOOTER_LEN_7];
    size_t len = t->file->size < sizeof(footer) ? (size_t)t->file->size : sizeof(footer);
    struct reader b;
    uint8_t sum;

    if (len < FOOTER_LEN)
        return pebble_table_damaged(t, "footer", "cut short", e);
    if (pebble_file_read(t->fd, t->file, t->file->size - len, footer, len, e) < 0)
        return -1;
    b = reader_of(footer + len - TAIL_LEN, TAIL_LEN);
    t->version = (unsigned)reader_le(&b, 4);
    if (memcmp(b.p, magic, sizeof(magic)) != 0)
        return pebble_table_damaged(t, "footer", "not a table of Pebble", e);
    if (t->version < 1 || t->version > VERSION_MAX)
        return err_set(e, EX_DATAERR, "%s: a table of version %u, which is not supported", t->file->name, t->version);
    if (footer_len(t->version) > len)
        return pebble_table_damaged(t, "footer", "cut short", e);
    b = reader_of(footer + len - footer_len(t->version), FOOTER_HANDLES_LEN);
    len = footer_len(t->version);
    if (check_footer(t, b.p, len, e) < 0)
        return -1;
    sum = reader_u8(&b);
    if (sum != PEBBLE_CRC32C && sum != PEBBLE_XXH64)
        return pebble_table_refuse(t, "checksums of a type that is", e);
    t->sum = sum;
    *metaindex = pebble_block_handle(&b);
    t->index = pebble_block_handle(&b);
    return b.bad ? pebble_table_damaged(t, "footer", "no places of blocks", e) : 0;
}

static int open_all(struct pebble_table *t, struct pebble_part *p, struct err *e)
{
    struct pebble_handle metaindex;
    struct meta meta = {0};

    if (read_footer(t, &metaindex, e) < 0 || read_metaindex(p, t, metaindex, &meta, e) < 0 ||
        read_properties(p, t, meta.properties, e) < 0)
        return -1;
    return meta.has_ranges ? read_ranges(p, t, meta.ranges, e) : 0;
}

int pebble_table_open(struct pebble_table *t, int fd, const struct pebble_file *file, struct buf *raw, struct err *e)
{
    struct pebble_part part;
    int status;

    *t = (struct pebble_table){.fd = fd, .file = file, .raw = raw};
    arena_init(&t->arena, PEBBLE_RANGES_MAX);
    pebble_part_init(&part);
    status = open_all(t, &part, e);
    pebble_part_release(&part);
    return status;
}

void pebble_table_close(struct pebble_table *t)
{
    arena_release(&t->arena);
    t->ranges = NULL;
    t->n_ranges = 0;
}
