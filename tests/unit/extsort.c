/*
 * extsort, pebble_write, c1z3_write: random records, in memory and in pieces, through the file and back.
 */
#include "extsort.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "c1z.h"
#include "c1z3.h"
#include "c1z3_write.h"
#include "pebble.h"
#include "pebble_write.h"
#include "tap.h"
#include "tempfile.h"

enum { PAIRS = 20000 };

/* The key of pair ${i}: few distinct ones among the first, so that some are equal. */
static struct span key_of(unsigned i, char *to, size_t size)
{
    int n = snprintf(to, size, "%x/%u", i * 2654435761U >> 8, i % 7);

    return (struct span){(const uint8_t *)to, (size_t)n};
}

static struct span value_of(unsigned i, char *to)
{
    size_t n = i % 1000 == 0 ? 70000 : i % 50;

    memset(to, (int)('a' + i % 26), n);
    return (struct span){(const uint8_t *)to, n};
}

static char value_room[70000], key_room[64];

/* Sort PAIRS pairs in pieces of ${memory} bytes; whether they come out in order, each once. */
static bool sorts(size_t memory)
{
    static bool seen[PAIRS];
    struct err e = {0};
    struct extsort *s = extsort_new(tempfile_dir(), memory, &e);
    char last[64] = "", room[64];
    struct span key, value, before = {(const uint8_t *)last, 0};
    uint64_t tag;
    unsigned n = 0;
    bool good = s != NULL;

    memset(seen, 0, sizeof(seen));
    for (unsigned i = 0; good && i < PAIRS; i++)
        good = extsort_add(s, key_of(i, key_room, sizeof(key_room)), value_of(i, value_room), i, &e) == 0;
    for (; good && extsort_next(s, &key, &value, &tag, &e) > 0; n++) {
        struct span again = value_of((unsigned)tag, value_room);

        good = tag < PAIRS && !seen[tag] && span_compare(before, key) <= 0 &&
               span_compare(key, key_of((unsigned)tag, room, sizeof(room))) == 0 && span_compare(value, again) == 0;
        seen[tag] = true;
        memcpy(last, key.data, key.len);
        before.len = key.len;
    }
    extsort_free(s);
    return good && e.status == 0 && n == PAIRS;
}

static bool sorts_equal_keys(size_t memory)
{
    struct err e = {0};
    struct extsort *s = extsort_new(tempfile_dir(), memory, &e);
    const struct span key = {(const uint8_t *)"k", 1}, none = {NULL, 0};
    struct span k, v;
    uint64_t tag, want = 0;
    bool good = s != NULL;

    for (unsigned i = 0; good && i < 1000; i++)
        good = extsort_add(s, key, none, 999 - i, &e) == 0;
    while (good && extsort_next(s, &k, &v, &tag, &e) > 0)
        good = tag == want++;
    extsort_free(s);
    return good && want == 1000;
}

/* Write ${n} records to a file, and see that they are read. */
static bool comes_back(unsigned n, size_t value_len)
{
    struct err e = {0};
    int fd = tempfile_nameless(tempfile_dir(), &e);
    struct c1z3_write *file = c1z3_write_new(fd, "file", (struct span){NULL, 0}, 1, 1, &e);
    struct pebble_write *w = file != NULL ? pebble_write_new(c1z3_write_file, file, &e) : NULL;
    char *long_value = calloc(1, value_len + 1);
    struct c1z3 folder = {.fd = -1};
    struct pebble *db = NULL;
    struct pebble_scan *s = NULL;
    enum c1z_format format;
    struct span key, value;
    unsigned got = 0;
    bool good = w != NULL && long_value != NULL;

    for (unsigned i = 0; good && i < n; i++) {
        snprintf(key_room, sizeof(key_room), "shared beginning/%08u", i);
        key = (struct span){(const uint8_t *)key_room, strlen(key_room)};
        good = pebble_write_add(w, key, (struct span){(const uint8_t *)long_value, value_len}, &e) == 0;
    }
    good = good && pebble_write_finish(w, &e) == 0 && c1z3_write_finish(file, &e) == 0 && lseek(fd, 0, SEEK_SET) == 0;
    good = good && c1z_format(fd, "file", &format, &e) == 0 && c1z3_open(&folder, fd, "file", tempfile_dir(), &e) == 0;
    good = good && pebble_open(&db, folder.fd, folder.files, folder.n, &e) == 0 &&
           pebble_scan_open(&s, db, (struct span){NULL, 0}, (struct span){(const uint8_t *)"\xff", 1}, &e) == 0;
    for (; good && pebble_scan_next(s, &key, &value, &e) > 0; got++) {
        snprintf(key_room, sizeof(key_room), "shared beginning/%08u", got);
        good = span_equals(key, key_room) && value.len == value_len;
    }
    pebble_scan_close(s);
    pebble_close(db);
    c1z3_close(&folder);
    pebble_write_free(w);
    c1z3_write_free(file);
    free(long_value);
    close(fd);
    if (!good || got != n)
        printf("# %s\n", e.msg);
    return good && got == n;
}

static bool refuses_order(const char *first, const char *second)
{
    struct err e = {0};
    int fd = tempfile_nameless(tempfile_dir(), &e);
    struct c1z3_write *file = c1z3_write_new(fd, "file", (struct span){NULL, 0}, 1, 1, &e);
    struct pebble_write *w = pebble_write_new(c1z3_write_file, file, &e);
    const struct span none = {NULL, 0};
    bool good = pebble_write_add(w, (struct span){(const uint8_t *)first, strlen(first)}, none, &e) == 0 &&
                pebble_write_add(w, (struct span){(const uint8_t *)second, strlen(second)}, none, &e) == -1 &&
                e.status == EX_SOFTWARE;

    pebble_write_free(w);
    c1z3_write_free(file);
    close(fd);
    return good;
}

int main(void)
{
    tap_ok(sorts((size_t)64 << 20), "all in memory");
    tap_ok(sorts(100000), "in pieces, some of one pair");
    tap_ok(sorts(1000), "in pieces that are too small for long pairs");
    tap_ok(sorts_equal_keys(1 << 20) && sorts_equal_keys(500), "equal keys come in the order of their tags");
    tap_ok(comes_back(0, 0), "a database without a record");
    tap_ok(comes_back(1, 3), "one record");
    tap_ok(comes_back(60000, 10), "blocks");
    tap_ok(comes_back(700, 60000), "several tables, blocks of one record");
    tap_ok(comes_back(2, 20000000), "values longer than a table");
    tap_ok(refuses_order("b", "a") && refuses_order("a", "a"), "keys that do not ascend are a bug");
    return tap_done();
}
