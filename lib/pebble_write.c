#include "pebble_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crc32c.h"

/* A table is cut when it is as long as this; a block, when it is. */
#define TABLE_BYTES ((size_t)16 << 20)
#define BLOCK_BYTES ((size_t)32 << 10)
#define RESTART_EVERY 16

/* What a table and a block may be at most: one record may be long. */
#define TABLE_MAX ((size_t)600 << 20)
#define MANIFEST_MAX ((size_t)64 << 20)

#define TABLE_VERSION 2
#define FIRST_TABLE 4
#define FORMAT_VERSION "024"
#define COMPARER "leveldb.BytewiseComparator"
#define MERGER "pebble.concatenate"

/* Behind every key: sequence number 0, and that the record is set. */
static const uint8_t trailer[8] = {1};

#define CHECKSUM_CRC32C 1
#define FOOTER_HANDLES_LEN 41
static const uint8_t magic[8] = {0xf0, 0x9f, 0xaa, 0xb3, 0xf0, 0x9f, 0xaa, 0xb3};

/* The manifest's blocks and chunks. */
#define LOG_BLOCK 32768
#define LOG_HEADER 7
enum { CHUNK_FULL = 1, CHUNK_FIRST, CHUNK_MIDDLE, CHUNK_LAST };

/* A block of rows being made: ${rows}, where restarts are, the last key. */
struct rows {
    struct buf bytes, restarts, last;
    size_t n, every;
};

/*
 * ${table} is the file being made, ${data} its current block, ${index} that of its blocks. ${edit} lists finished
 * tables.
 */
struct pebble_write {
    pebble_write_put *put;
    void *arg;
    struct buf table, edit, smallest, key;
    struct rows data, index;
    bool failed;
    uint64_t number, entries, blocks, data_len, key_bytes, value_bytes;
};

static void rows_init(struct rows *r, size_t every)
{
    buf_init(&r->bytes, TABLE_MAX);
    buf_init(&r->restarts, TABLE_MAX);
    buf_init(&r->last, TABLE_MAX);
    r->n = 0;
    r->every = every;
}

static void rows_release(struct rows *r)
{
    buf_release(&r->bytes);
    buf_release(&r->restarts);
    buf_release(&r->last);
}

/* Keep in mind that ${b} failed, before it is emptied for the next use, which forgets it. */
static void note_failure(struct pebble_write *w, const struct buf *b)
{
    w->failed = w->failed || b->failed;
}

static void put_le(struct buf *out, uint64_t v, int n)
{
    for (; n > 0; n--, v >>= 8)
        buf_putc(out, (char)v);
}

static void put_prefixed(struct buf *out, const void *p, size_t len)
{
    buf_put_varint(out, len);
    buf_append(out, p, len);
}

/* How many bytes the two begin with alike. */
static size_t shared_len(const struct buf *last, struct span key)
{
    size_t n = 0, max = last->len < key.len ? last->len : key.len;

    while (n < max && (uint8_t)last->data[n] == key.data[n])
        n++;
    return n;
}

static void rows_add(struct rows *r, struct span key, struct span value)
{
    size_t shared = 0;

    if (r->n % r->every == 0)
        put_le(&r->restarts, r->bytes.len, 4);
    else
        shared = shared_len(&r->last, key);
    buf_put_varint(&r->bytes, shared);
    buf_put_varint(&r->bytes, key.len - shared);
    buf_put_varint(&r->bytes, value.len);
    buf_append(&r->bytes, key.data + shared, key.len - shared);
    buf_append(&r->bytes, value.data, value.len);
    r->last.len = shared;
    buf_append(&r->last, key.data + shared, key.len - shared);
    r->n++;
}

static void rows_clear(struct rows *r)
{
    buf_clear(&r->bytes);
    buf_clear(&r->restarts);
    buf_clear(&r->last);
    r->n = 0;
}

/* A block's place in the table. */
struct handle {
    uint64_t offset, len;
};

static void put_handle(struct buf *out, struct handle h)
{
    buf_put_varint(out, h.offset);
    buf_put_varint(out, h.len);
}

/* Put the block of ${r} into the table, uncompressed, and empty ${r}. */
static struct handle put_block(struct pebble_write *w, struct rows *r)
{
    struct handle h = {w->table.len, 0};

    if (r->n == 0)
        put_le(&r->restarts, 0, 4);
    buf_append(&w->table, r->bytes.data, r->bytes.len);
    buf_append(&w->table, r->restarts.data, r->restarts.len);
    put_le(&w->table, r->restarts.len / 4, 4);
    h.len = w->table.len - h.offset;
    buf_putc(&w->table, '\0');
    if (!w->table.failed)
        put_le(&w->table, crc32c_masked(w->table.data + h.offset, (size_t)h.len + 1), 4);
    note_failure(w, &r->bytes);
    note_failure(w, &r->restarts);
    note_failure(w, &r->last);
    note_failure(w, &w->table);
    rows_clear(r);
    return h;
}

/* End the current block of data and note it in the index, by its last key. */
static void end_block(struct pebble_write *w)
{
    struct buf value;

    if (w->data.n == 0)
        return;
    buf_init(&value, 64);
    buf_clear(&w->key);
    buf_append(&w->key, w->data.last.data, w->data.last.len);
    put_handle(&value, put_block(w, &w->data));
    note_failure(w, &w->key);
    note_failure(w, &value);
    rows_add(&w->index, span_of_buf(&w->key), span_of_buf(&value));
    w->blocks++;
    w->data_len = w->table.len;
    buf_release(&value);
}

/* The properties that readers look for, in order. */
static void put_properties(struct pebble_write *w, struct rows *r, struct handle index)
{
    const struct {
        const char *name, *text;
        uint64_t number;
    } properties[] = {
        {"rocksdb.block.based.table.index.type", NULL, 0},
        {"rocksdb.comparator", COMPARER, 0},
        {"rocksdb.compression", "NoCompression", 0},
        {"rocksdb.data.size", NULL, w->data_len},
        {"rocksdb.deleted.keys", NULL, 0},
        {"rocksdb.filter.size", NULL, 0},
        {"rocksdb.index.size", NULL, index.len + 5},
        {"rocksdb.merge.operands", NULL, 0},
        {"rocksdb.merge.operator", MERGER, 0},
        {"rocksdb.num.data.blocks", NULL, w->blocks},
        {"rocksdb.num.entries", NULL, w->entries},
        {"rocksdb.num.range-deletions", NULL, 0},
        {"rocksdb.raw.key.size", NULL, w->key_bytes},
        {"rocksdb.raw.value.size", NULL, w->value_bytes},
    };
    struct buf value;

    buf_init(&value, 64);
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        const struct span name = {(const uint8_t *)properties[i].name, strlen(properties[i].name)};

        buf_clear(&value);
        if (i == 0)
            put_le(&value, properties[i].number, 4);
        else if (properties[i].text != NULL)
            buf_puts(&value, properties[i].text);
        else
            buf_put_varint(&value, properties[i].number);
        note_failure(w, &value);
        rows_add(r, name, span_of_buf(&value));
    }
    buf_release(&value);
}

static void put_footer(struct pebble_write *w, struct handle metaindex, struct handle index)
{
    size_t start = w->table.len;

    buf_putc(&w->table, CHECKSUM_CRC32C);
    put_handle(&w->table, metaindex);
    put_handle(&w->table, index);
    while (!w->table.failed && w->table.len < start + FOOTER_HANDLES_LEN)
        buf_putc(&w->table, '\0');
    put_le(&w->table, TABLE_VERSION, 4);
    buf_append(&w->table, magic, sizeof(magic));
}

/* Put what stands behind the blocks of data. */
static void put_tail(struct pebble_write *w)
{
    static const char name[] = "rocksdb.properties";
    struct handle index = put_block(w, &w->index), properties, metaindex;
    struct rows meta;
    struct buf value;

    buf_init(&value, 64);
    rows_init(&meta, SIZE_MAX); /* one restart is all that readers of properties expect */
    put_properties(w, &meta, index);
    properties = put_block(w, &meta);
    put_handle(&value, properties);
    rows_add(&meta, (struct span){(const uint8_t *)name, sizeof(name) - 1}, span_of_buf(&value));
    note_failure(w, &value);
    metaindex = put_block(w, &meta);
    put_footer(w, metaindex, index);
    rows_release(&meta);
    buf_release(&value);
}

/* Say in the manifest that the table is there, at the lowest level. */
static void note_table(struct pebble_write *w)
{
    buf_put_varint(&w->edit, 100);
    buf_put_varint(&w->edit, 6);
    buf_put_varint(&w->edit, w->number);
    buf_put_varint(&w->edit, w->table.len);
    put_prefixed(&w->edit, w->smallest.data, w->smallest.len);
    put_prefixed(&w->edit, w->key.data, w->key.len);
    buf_put_varint(&w->edit, 0);
    buf_put_varint(&w->edit, 0);
}

/* Finish the table and hand it on. */
static int end_table(struct pebble_write *w, struct err *e)
{
    char name[32];

    if (w->entries == 0)
        return 0;
    end_block(w); /* leaves the last key in ${w}->key */
    put_tail(w);
    note_table(w);
    note_failure(w, &w->table);
    note_failure(w, &w->edit);
    if (w->failed)
        return err_set(e, EX_OSERR, "no memory for a table");
    snprintf(name, sizeof(name), "%06" PRIu64 ".sst", w->number);
    if (w->put(w->arg, name, w->table.data, w->table.len, e) < 0)
        return -1;
    buf_clear(&w->table);
    w->number++;
    w->entries = w->blocks = w->data_len = w->key_bytes = w->value_bytes = 0;
    return 0;
}

struct pebble_write *pebble_write_new(pebble_write_put *put, void *arg, struct err *e)
{
    struct pebble_write *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    w->put = put;
    w->arg = arg;
    w->number = FIRST_TABLE;
    buf_init(&w->table, TABLE_MAX);
    buf_init(&w->edit, MANIFEST_MAX);
    buf_init(&w->smallest, TABLE_MAX);
    buf_init(&w->key, TABLE_MAX);
    rows_init(&w->data, RESTART_EVERY);
    rows_init(&w->index, 1);
    return w;
}

void pebble_write_free(struct pebble_write *w)
{
    if (w == NULL)
        return;
    buf_release(&w->table);
    buf_release(&w->edit);
    buf_release(&w->smallest);
    buf_release(&w->key);
    rows_release(&w->data);
    rows_release(&w->index);
    free(w);
}

/* Whether ${key} is greater than the one before, of this table or of the last. */
static bool is_greater(const struct pebble_write *w, struct span key)
{
    const struct buf *last = w->data.n > 0 ? &w->data.last : &w->key;
    struct span before = span_of_buf(last);

    if (before.len < sizeof(trailer))
        return true;
    before.len -= sizeof(trailer);
    return span_compare(before, key) < 0;
}

int pebble_write_add(struct pebble_write *w, struct span key, struct span value, struct err *e)
{
    if (!is_greater(w, key))
        return err_set(e, EX_SOFTWARE, "records are not in order");
    if (w->table.len >= TABLE_BYTES && end_table(w, e) < 0)
        return -1;
    buf_clear(&w->key);
    buf_append(&w->key, key.data, key.len);
    buf_append(&w->key, trailer, sizeof(trailer));
    if (w->entries == 0) {
        buf_clear(&w->smallest);
        buf_append(&w->smallest, w->key.data, w->key.len);
    }
    rows_add(&w->data, span_of_buf(&w->key), value);
    w->entries++;
    w->key_bytes += w->key.len;
    w->value_bytes += value.len;
    note_failure(w, &w->key);
    note_failure(w, &w->smallest);
    if (w->failed || w->data.bytes.failed || w->data.restarts.failed || w->data.last.failed)
        return err_set(e, EX_OSERR, "no memory for a block");
    if (w->data.bytes.len >= BLOCK_BYTES)
        end_block(w);
    return 0;
}

/* Put the record ${edit} into ${out} as the log that a manifest is. */
static void put_log(struct buf *out, const struct buf *edit)
{
    size_t done = 0;

    do {
        size_t room = LOG_BLOCK - out->len % LOG_BLOCK, n;
        bool first = done == 0, last;
        uint8_t type;

        if (room < LOG_HEADER) {
            put_le(out, 0, (int)room);
            continue;
        }
        n = edit->len - done < room - LOG_HEADER ? edit->len - done : room - LOG_HEADER;
        last = done + n == edit->len;
        type = first ? (last ? CHUNK_FULL : CHUNK_FIRST) : (last ? CHUNK_LAST : CHUNK_MIDDLE);
        put_le(out, crc32c_mask(crc32c_update(crc32c_update(0, &type, 1), edit->data + done, n)), 4);
        put_le(out, n, 2);
        buf_putc(out, (char)type);
        buf_append(out, edit->data + done, n);
        done += n;
    } while (!out->failed && done < edit->len);
}

static int put_manifest(struct pebble_write *w, struct err *e)
{
    struct buf edit, out;
    int r;

    buf_init(&edit, MANIFEST_MAX);
    buf_init(&out, 2 * MANIFEST_MAX);
    buf_put_varint(&edit, 1);
    put_prefixed(&edit, COMPARER, strlen(COMPARER));
    buf_put_varint(&edit, 2); /* the first log that is not in tables: the next file there would be */
    buf_put_varint(&edit, w->number);
    buf_put_varint(&edit, 3);
    buf_put_varint(&edit, w->number + 1);
    buf_put_varint(&edit, 4);
    buf_put_varint(&edit, 0);
    buf_append(&edit, w->edit.data, w->edit.len);
    put_log(&out, &edit);
    if (edit.failed || out.failed)
        r = err_set(e, EX_OSERR, "no memory for the manifest");
    else
        r = w->put(w->arg, "MANIFEST-000001", out.data, out.len, e);
    buf_release(&edit);
    buf_release(&out);
    return r;
}

int pebble_write_finish(struct pebble_write *w, struct err *e)
{
    if (end_table(w, e) < 0 || put_manifest(w, e) < 0)
        return -1;
    if (w->put(w->arg, "marker.format-version.000001." FORMAT_VERSION, "", 0, e) < 0)
        return -1;
    return w->put(w->arg, "marker.manifest.000001.MANIFEST-000001", "", 0, e);
}
