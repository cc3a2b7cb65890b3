/*
 * pebblefiles: whole databases that Pebble wrote (tests/pebble makes them): each shows what Pebble's own iterator
 * shows, or is refused by name.  They are in tests/fixtures/pebble, or in the folder that AB_PEBBLE_FILES names.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "c1z.h"
#include "c1z3.h"
#include "pebble.h"
#include "tap.h"
#include "tempfile.h"

#define LINES_MAX ((size_t)64 << 20)

static void put_hex(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        buf_printf(out, "%02x", s.data[i]);
}

/* Append the records from ${from} to before ${to} as lines. */
static int dump(struct pebble *db, struct span from, struct span to, struct buf *out, struct err *e)
{
    struct pebble_scan *s;
    struct span key, value;
    int r;

    if (pebble_scan_open(&s, db, from, to, e) < 0)
        return -1;
    while ((r = pebble_scan_next(s, &key, &value, e)) > 0) {
        put_hex(out, key);
        buf_putc(out, ' ');
        put_hex(out, value);
        buf_putc(out, '\n');
    }
    pebble_scan_close(s);
    return r;
}

/* Everything, in one scan. */
static int dump_whole(struct pebble *db, struct buf *out, struct err *e)
{
    static const uint8_t end[] = {0xff};

    return dump(db, (struct span){end, 0}, (struct span){end, 1}, out, e);
}

/* Everything, in scans of pieces whose ends lie between keys, on keys, and within tables. */
static int dump_pieces(struct pebble *db, struct buf *out, struct err *e)
{
    static const char *const ends[] = {"", "key/00/00007", "key/00/00014a", "key/01", "key/02/00040", "key/03/000",
        "key/05", "key/05/00068", "kf", "\xff"};

    for (size_t i = 0; i + 1 < sizeof(ends) / sizeof(ends[0]); i++) {
        const struct span from = {(const uint8_t *)ends[i], strlen(ends[i])};
        const struct span to = {(const uint8_t *)ends[i + 1], strlen(ends[i + 1])};

        if (dump(db, from, to, out, e) < 0)
            return -1;
    }
    return 0;
}

/* Read ${path} both ways. */
static int read_file(const char *path, struct buf *whole, struct buf *pieces, struct err *e)
{
    struct c1z3 folder = {.fd = -1};
    struct pebble *db = NULL;
    enum c1z_format format;
    int fd = open(path, O_RDONLY | O_CLOEXEC), r;

    r = fd < 0 ? err_sys(e, EX_NOINPUT, "cannot open '%s'", path) : c1z_format(fd, path, &format, e);
    if (r == 0)
        r = c1z3_open(&folder, fd, path, tempfile_dir(), e);
    if (r == 0)
        r = pebble_open(&db, folder.fd, folder.files, folder.n, e);
    if (r == 0)
        r = dump_whole(db, whole, e);
    if (r == 0)
        r = dump_pieces(db, pieces, e);
    pebble_close(db);
    c1z3_close(&folder);
    if (fd >= 0)
        close(fd);
    return r;
}

/* Read the file whose name is that of ${path} with another ${suffix} into ${out}. Return whether there is one. */
static bool slurp(const char *path, const char *suffix, struct buf *out)
{
    char name[4096];
    FILE *f;
    size_t n;

    snprintf(name, sizeof(name), "%.*s%s", (int)(strlen(path) - strlen(".c1z")), path, suffix);
    f = fopen(name, "r");
    if (f == NULL)
        return false;
    do {
        char *to = buf_reserve(out, 65536);

        n = to != NULL ? fread(to, 1, 65536, f) : 0;
        out->len += n;
    } while (n > 0);
    fclose(f);
    return true;
}

static bool equal(const struct buf *x, const struct buf *y)
{
    return !x->failed && !y->failed && x->len == y->len && (x->len == 0 || memcmp(x->data, y->data, x->len) == 0);
}

static void check_file(const char *path)
{
    struct buf whole, pieces, expected;
    struct err e = {0};
    char what[4200];
    int r;

    buf_init(&whole, LINES_MAX);
    buf_init(&pieces, LINES_MAX);
    buf_init(&expected, LINES_MAX);
    r = read_file(path, &whole, &pieces, &e);
    if (slurp(path, ".refused", &expected)) {
        expected.len -= expected.len > 0; /* the line feed */
        snprintf(what, sizeof(what), "%s is refused: %.300s", path, e.msg);
        tap_ok(r < 0 && e.status == EX_DATAERR && buf_cstr(&expected) != NULL && strstr(e.msg, expected.data) != NULL,
            what);
    } else {
        snprintf(what, sizeof(what), "%s shows what it holds, as a whole and in pieces %.300s", path, e.msg);
        tap_ok(
            slurp(path, ".keys", &expected) && r == 0 && equal(&whole, &expected) && equal(&pieces, &expected), what);
    }
    buf_release(&whole);
    buf_release(&pieces);
    buf_release(&expected);
}

int main(void)
{
    const char *folder = getenv("AB_PEBBLE_FILES");
    char pattern[4096];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s/*.c1z", folder != NULL ? folder : "tests/fixtures/pebble");
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            check_file(found.gl_pathv[i]);
        globfree(&found);
    }
    return tap_done();
}
