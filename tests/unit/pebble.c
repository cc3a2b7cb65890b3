/*
 * pebble: the pieces that a database at rest is read with: bounds, sums, Snappy, logs, blocks of rows and of columns.
 * What whole databases hold is tested in tests/v3.bats.
 */
#include "pebble.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32c.h"
#include "pebble_block.h"
#include "pebble_col.h"
#include "pebble_log.h"
#include "pebble_row.h"
#include "protofield.h"
#include "reader.h"
#include "snappy.h"
#include "tap.h"
#include "tempfile.h"
#include "xxh64.h"

/* The bytes that ${hex} stands for (spaces do not count), in a block of their own size for memory checkers. */
static struct span from_hex(const char *hex)
{
    uint8_t *to = malloc(strlen(hex) / 2 + 1), *exact;
    size_t n = 0;

    for (; to != NULL && *hex != '\0'; hex++) {
        char two[3] = {hex[0], hex[1], '\0'};
        if (*hex == ' ')
            continue;
        to[n++] = (uint8_t)strtoul(two, NULL, 16);
        hex++;
    }
    exact = malloc(n > 0 ? n : 1);
    if (exact == NULL || to == NULL)
        abort();
    memcpy(exact, to, n);
    free(to);
    return (struct span){exact, n};
}

static void drop(struct span s)
{
    free((void *)(uintptr_t)s.data);
}

/* A file that holds ${s}. */
static int file_of(struct span s, struct pebble_file *f)
{
    static char log_name[] = "000007.log";
    struct err e = {0};
    int fd = tempfile_nameless(tempfile_dir(), &e);

    if (fd < 0 || write(fd, s.data, s.len) != (ssize_t)s.len)
        abort();
    *f = (struct pebble_file){log_name, 0, s.len};
    return fd;
}

static void check_reader(void)
{
    struct span s = from_hex("01 0203 0605 04030201 ac02 02 6162 ffffffffffffffffff01 05 61");
    struct reader r = reader_of(s.data, s.len);
    struct span piece;

    tap_ok(reader_u8(&r) == 1 && reader_be(&r, 2) == 0x203 && reader_le(&r, 2) == 0x506 &&
               reader_le(&r, 4) == 0x01020304 && reader_uv(&r) == 300,
        "numbers of both orders, and a varint");
    piece = reader_prefixed(&r);
    tap_ok(span_equals(piece, "ab") && reader_uv(&r) == UINT64_MAX && !r.bad, "a piece, and the greatest varint");
    piece = reader_prefixed(&r);
    tap_ok(r.bad && piece.len == 0 && reader_u8(&r) == 0 && reader_left(&r) == 0, "what is not there is empty");
    drop(s);
    s = from_hex("ffffffffffffffffff02");
    r = reader_of(s.data, s.len);
    tap_ok(reader_uv(&r) == 0 && r.bad, "a varint of more than 64 bits");
    drop(s);
    s = from_hex("ffff");
    r = reader_of(s.data, s.len);
    tap_ok(reader_uv(&r) == 0 && r.bad, "a varint that does not end");
    r = reader_of(s.data, s.len);
    tap_ok(reader_take(&r, UINT64_MAX).len == 0 && r.bad, "a length beyond all memory");
    drop(s);
    tap_ok(span_compare((struct span){(const uint8_t *)"a\xff", 2}, (struct span){(const uint8_t *)"b", 1}) < 0 &&
               span_compare((struct span){(const uint8_t *)"a", 1}, (struct span){(const uint8_t *)"a\0", 2}) < 0,
        "keys compare as bytes, the shorter first");
}

static void check_fields(void)
{
    struct span s = from_hex("0801 1202 6162 1904030201 00000000 2504030201 a206 01 7a"), bad = from_hex("0b");
    struct reader r = reader_of(s.data, s.len);
    struct protofield f;

    tap_ok(protofield_next(&r, &f) && f.number == 1 && f.value == 1 && protofield_next(&r, &f) && f.number == 2 &&
               span_equals(f.bytes, "ab") && protofield_next(&r, &f) && f.value == 0x01020304 &&
               protofield_next(&r, &f) && f.number == 4 && f.value == 0x01020304 && protofield_next(&r, &f) &&
               f.number == 100 && span_equals(f.bytes, "z") && !protofield_next(&r, &f) && !r.bad,
        "fields of a message");
    r = reader_of(bad.data, bad.len);
    tap_ok(!protofield_next(&r, &f) && r.bad, "a group is none");
    drop(s);
    drop(bad);
}

static void check_sums(void)
{
    static const char text[] = "Nobody inspects the spammish repetition";
    struct span s = from_hex("01 01 1a 6c6576656c64622e4279746577697365436f6d70617261746f72 03 02 04 00");
    struct xxh64 h;

    tap_ok(crc32c_update(0, "123456789", 9) == 0xe3069283, "CRC-32C of the usual check value");
    tap_ok(crc32c_update(crc32c_update(0, "1234", 4), "56789", 5) == 0xe3069283, "the same in two pieces");
    tap_ok(crc32c_update_by_tables(crc32c_update_by_tables(0, "1234567", 7), "89", 2) == 0xe3069283 &&
               crc32c_update_by_tables(0, s.data, s.len) == crc32c_update(0, s.data, s.len),
        "the same by tables");
    tap_ok(crc32c_masked(s.data, s.len) == 0x4a7717a1, "the masked sum that begins the sample's manifest");
    drop(s);
    tap_ok(xxh64_of("", 0) == 0xef46db3751d8e999 && xxh64_of("a", 1) == 0xd24ec4f1a98c6e5b &&
               xxh64_of(text, strlen(text)) == 0xfbcea83c8a378bf1,
        "XXH64 of nothing, of a byte, of more than a block");
    xxh64_init(&h);
    for (size_t i = 0; i < strlen(text); i += 3)
        xxh64_update(&h, text + i, strlen(text) - i < 3 ? strlen(text) - i : 3);
    tap_ok(xxh64_value(&h) == 0xfbcea83c8a378bf1, "the same in pieces of three");
}

/* Whether ${hex} is decoded to ${text}, or refused when that is NULL. */
static bool unsnaps(const char *hex, const char *text)
{
    struct span s = from_hex(hex);
    size_t size = 0;
    char *out = NULL;
    bool good = snappy_length(s.data, s.len, &size);

    if (good) {
        out = malloc(size + 1);
        good = out != NULL && snappy_decode(s.data, s.len, out, size);
    }
    if (text != NULL)
        good = good && size == strlen(text) && memcmp(out, text, size) == 0;
    free(out);
    drop(s);
    return text != NULL ? good : !good;
}

static void check_snappy(void)
{
    tap_ok(unsnaps("00", "") && unsnaps("03 08 616263", "abc"), "nothing, and bytes as they are");
    tap_ok(unsnaps("0a 04 6162 11 02", "ababababab") && unsnaps("0b 04 6162 11 02", NULL),
        "an announced length that is another");
    tap_ok(unsnaps("09 04 6162 11 02", NULL) && unsnaps("0a 04 6162 11 02 00 61", NULL), "elements beyond the length");
    tap_ok(unsnaps("0a 04 6162 1e 0200", "ababababab"), "a copy that overlaps what it makes");
    tap_ok(unsnaps("07 04 6162 01 02 00 63", "abababc"), "a copy of four and a literal");
    tap_ok(unsnaps("04 04 6162 07 02000000", "abab") && unsnaps("06 04 6162 0f 02000000", "ababab"),
        "a copy with an offset of four bytes");
    tap_ok(
        unsnaps("0a 04 6162 1e 0300", NULL) && unsnaps("0a 04 6162 1e 0000", NULL), "an offset before the beginning");
    tap_ok(unsnaps("03 f0 02 616263", "abc") && unsnaps("03 f4 0200 616263", "abc"), "longer lengths of literals");
    tap_ok(unsnaps("ffffffff0f 00", NULL) && unsnaps("05 f0", NULL) && unsnaps("", NULL), "lengths without bytes");
}

/* How many records ${hex}, a log, holds, or -1; the last one is in ${record}. */
static int records_of(const char *hex, struct buf *record)
{
    struct span s = from_hex(hex);
    struct pebble_file f;
    struct err e = {0};
    int fd = file_of(s, &f), n = 0, r;
    struct pebble_log *log = malloc(sizeof(*log));
    struct buf next;

    if (log == NULL)
        abort();
    buf_init(&next, PEBBLE_LOG_RECORD_MAX);
    pebble_log_init(log, fd, &f);
    while ((r = pebble_log_next(log, &next, &e)) > 0) {
        n++;
        buf_clear(record);
        buf_append(record, next.data, next.len);
    }
    buf_release(&next);
    free(log);
    close(fd);
    drop(s);
    return r < 0 ? -1 : n;
}

/* Whether ${hex}, log number 7, holds a record: 1, 0, or -1 for one that is damaged. */
static int holds_record(const char *hex)
{
    struct span s = from_hex(hex);
    struct pebble_file f;
    struct err e = {0};
    int fd = file_of(s, &f), r;
    struct pebble_log *log = malloc(sizeof(*log));

    if (log == NULL)
        abort();
    pebble_log_init(log, fd, &f);
    r = pebble_log_holds_record(log, 7, &e);
    free(log);
    close(fd);
    drop(s);
    return r;
}

/* The sample's first edit as a chunk. */
#define CHUNK "a117774a 2000 01 011a6c6576656c64622e4279746577697365436f6d70617261746f72 03020400"

static void check_log(void)
{
    struct buf record;

    buf_init(&record, 4096);
    tap_ok(records_of("", &record) == 0, "a log without anything");
    tap_ok(records_of(CHUNK, &record) == 1 && record.len == 32, "a record in one chunk");
    tap_ok(records_of(CHUNK CHUNK, &record) == 2, "two records");
    tap_ok(records_of(CHUNK "00000000000000", &record) == 1, "a rest of the block that was never written");
    tap_ok(records_of("a117774b"
                      " 2000 01 011a6c6576656c64622e4279746577697365436f6d70617261746f7203020400",
               &record) == -1,
        "a wrong sum");
    tap_ok(records_of("a117774a 2000 01 011a", &record) == -1, "a chunk that is cut short");
    tap_ok(records_of(CHUNK "a11777", &record) == -1, "a header that is cut short");
    tap_ok(
        records_of("a117774a 2000 05 011a6c6576656c64622e4279746577697365436f6d70617261746f7203020400", &record) == -1,
        "a chunk of another kind of log");
    tap_ok(holds_record("") == 0 && holds_record("00000000 0000 05 08000000") == 0,
        "no record in an empty log, nor in one with the end mark alone");
    tap_ok(holds_record("12345678 0100 05 07000000 61") == 1 && holds_record(CHUNK) == 1,
        "a record of the log itself, or of any");
    tap_ok(holds_record("12345678 0200 05 07000000 61") == -1, "a record that is cut short");
    buf_release(&record);
}

static void check_rows(void)
{
    struct span s = from_hex("00 03 01 616263 78 02 01 00 64 00000000 01000000"),
                bad = from_hex("05 01 00 61 00000000 01000000"), few = from_hex("00000000 02000000");
    struct pebble_rows r;

    pebble_rows_init(&r);
    tap_ok(pebble_rows_open(&r, s) && pebble_rows_next(&r) == 1 && span_equals(pebble_block_span(&r.key), "abc") &&
               span_equals(r.value, "x") && pebble_rows_next(&r) == 1 &&
               span_equals(pebble_block_span(&r.key), "abd") && r.value.len == 0 && pebble_rows_next(&r) == 0,
        "rows whose keys share a beginning");
    tap_ok(pebble_rows_open(&r, bad) && pebble_rows_next(&r) == -1, "a key that shares more than there is");
    tap_ok(!pebble_rows_open(&r, few), "more restarts than bytes");
    pebble_rows_release(&r);
    drop(s);
    drop(bad);
    drop(few);
}

/* The data block of the reference's worked example: one row, key 03 06, sequence 85, SET. */
#define DATA                                                                                                        \
    "02000000 01 0700 01000000 04 2e000000 03 35000000 02 36000000 01 3a000000 03 50000000 01 54000000 01 55000000" \
    "04 01 020202 0306 00 0200 0155 00 0000000000 0100000000000000 0100000000000000 01 00 01 7a 01 01 00"

static void check_columns(void)
{
    static const uint8_t types[] = {
        PEBBLE_KEYS, PEBBLE_STRINGS, PEBBLE_UINTS, PEBBLE_BITMAP, PEBBLE_STRINGS, PEBBLE_BITMAP, PEBBLE_BITMAP};
    struct span s = from_hex(DATA);
    struct pebble_cols c;
    struct pebble_keys k;
    struct pebble_uints trailers;
    struct pebble_strings values;
    bool any;

    pebble_keys_init(&k);
    tap_ok(pebble_cols_open(&c, s, 4, types, 7) == NULL && c.rows == 1, "a block of columns");
    tap_ok(pebble_keys_open(&k, &c, 0) && pebble_keys_next(&k) && k.key.len == 2 && memcmp(k.key.data, "\3\6", 2) == 0,
        "its key");
    tap_ok(pebble_uints_open(&trailers, &c, 2, 1) && pebble_uints_at(&trailers, 0) == 0x5501, "its trailer");
    tap_ok(pebble_strings_open(&values, &c, 4, 1) && span_equals(pebble_strings_at(&values, 0), "z"), "its value");
    tap_ok(pebble_bitmap_any(&c, 5, &any) && !any && pebble_bitmap_any(&c, 3, &any) && any, "its bits");
    tap_ok(pebble_cols_open(&c, s, 4, types, 6) != NULL && pebble_cols_open(&c, s, 3, types, 7) != NULL,
        "another number of columns, another header");
    for (size_t len = 0; len < s.len; len++) {
        struct span cut = {s.data, len};
        if (pebble_cols_open(&c, cut, 4, types, 7) == NULL && pebble_keys_open(&k, &c, 0) &&
            pebble_strings_open(&values, &c, 4, 1) && pebble_bitmap_any(&c, 5, &any) &&
            pebble_bitmap_any(&c, 6, &any)) {
            tap_ok(false, "a block that is cut short is refused");
            break;
        }
    }
    pebble_keys_release(&k);
    drop(s);
}

int main(void)
{
    check_reader();
    check_fields();
    check_sums();
    check_snappy();
    check_log();
    check_rows();
    check_columns();
    return tap_done();
}
