#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btree_page.h"

/* The header of the file, and what stands where in it (format 1.3). */
enum {
    HEADER = 100,
    AT_PAGE_SIZE = 16,
    AT_RESERVED = 20,
    AT_CHANGES = 24,
    AT_PAGES = 28,
    AT_TRUNK = 32,
    AT_FREE = 36,
    AT_LARGEST_ROOT = 52,
    AT_VALID_FOR = 92,
    AT_VERSION = 96,
};
#define MAGIC "SQLite format 3"

/* The least that SQLite uses of a page. */
#define USABLE_MIN 480

/* The lock-byte page is the one with this byte. */
#define LOCK_BYTE ((uint64_t)1 << 30)

/* SQLite 3.40's greatest limit (SQLITE_MAX_PAGE_COUNT). */
#define PAGES_MAX 1073741823

/* The first version that keeps the number of pages in the header: a file without a version is made one of it. */
#define VERSION_MIN 3007000

int btree_file_fail(struct btree_file *f)
{
    f->failed = true;
    return -1;
}

static int refuse(const struct btree_file *f, const char *why, struct err *e)
{
    return err_set(e, EX_DATAERR, "'%s' %s", f->name, why);
}

/* Read ${len} bytes from ${at} on. */
static int read_at(struct btree_file *f, void *to, size_t len, uint64_t at, struct err *e)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = pread(f->fd, (char *)to + done, len - done, (off_t)(at + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, EX_IOERR, "cannot read '%s'", f->name);
        if (n == 0)
            return refuse(f, "is shorter than it says", e);
        done += (size_t)n;
    }
    return 0;
}

static int write_at(struct btree_file *f, const uint8_t *p, size_t len, uint64_t at, struct err *e)
{
    while (len > 0) {
        ssize_t n = pwrite(f->fd, p, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_sys(e, EX_IOERR, "cannot write '%s'", f->name);
            return btree_file_fail(f);
        }
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

static uint64_t place_of(const struct btree_file *f, uint32_t page)
{
    return (uint64_t)(page - 1) * f->page_size;
}

/* What the header says of pages: their size, and how many there are. */
static int read_header(struct btree_file *f, const uint8_t *header, uint64_t file_size, struct err *e)
{
    uint32_t size = btree_get16(header + AT_PAGE_SIZE), pages = btree_get32(header + AT_PAGES);

    f->page_size = size == 1 ? 65536 : size;
    f->changes = btree_get32(header + AT_CHANGES);
    if (memcmp(header, MAGIC, sizeof(MAGIC)) != 0 || f->page_size < 512 || (f->page_size & (f->page_size - 1)) != 0 ||
        f->page_size < USABLE_MIN + (uint32_t)header[AT_RESERVED])
        return refuse(f, "is not a database", e);
    if (btree_get32(header + AT_LARGEST_ROOT) != 0)
        return refuse(f, "is a database with auto-vacuum", e);
    f->usable = f->page_size - header[AT_RESERVED];
    /* Of a number that an old version left there it says nothing. */
    if (pages == 0 || f->changes != btree_get32(header + AT_VALID_FOR))
        pages = file_size / f->page_size > PAGES_MAX ? PAGES_MAX : (uint32_t)(file_size / f->page_size);
    if (pages == 0 || (uint64_t)pages * f->page_size > file_size)
        return refuse(f, "is shorter than it says", e);
    f->pages = f->first_pages = pages;
    f->lock_page = (uint32_t)(LOCK_BYTE / f->page_size) + 1;
    f->trunk = btree_get32(header + AT_TRUNK);
    f->n_free = btree_get32(header + AT_FREE);
    return 0;
}

static int open_file(struct btree_file *f, struct err *e)
{
    uint8_t header[HEADER];
    struct stat st;

    if (fstat(f->fd, &st) < 0)
        return err_sys(e, EX_IOERR, "cannot read '%s'", f->name);
    if (read_at(f, header, sizeof(header), 0, e) < 0 || read_header(f, header, (uint64_t)st.st_size, e) < 0)
        return -1;
    f->out = malloc(BTREE_PIECE);
    f->taken = calloc(f->first_pages / 8 + 1, 1);
    return f->out == NULL || f->taken == NULL ? err_set(e, EX_OSERR, "no memory") : 0;
}

struct btree_file *btree_open(int fd, const char *name, struct err *e)
{
    struct btree_file *f = calloc(1, sizeof(*f));

    if (f == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    f->fd = fd;
    f->name = name;
    if (open_file(f, e) == 0)
        return f;
    btree_free(f);
    return NULL;
}

void btree_free(struct btree_file *f)
{
    if (f == NULL)
        return;
    free(f->out);
    free(f->taken);
    free(f);
}

void *btree_file_enter(struct btree_file *f, size_t size, struct err *e)
{
    void *tree = NULL;

    if (f->failed || f->busy)
        err_set(e, EX_SOFTWARE, "'%s' takes no further tree now", f->name);
    else if ((tree = calloc(1, size)) == NULL)
        err_set(e, EX_OSERR, "no memory");
    f->busy = f->busy || tree != NULL;
    return tree;
}

void btree_file_leave(struct btree_file *f)
{
    f->busy = false;
}

/* The number of the first page that is not written yet. */
static uint32_t first_out(const struct btree_file *f)
{
    return f->pages - f->n_out + 1;
}

static int flush(struct btree_file *f, struct err *e)
{
    if (write_at(f, f->out, (size_t)f->n_out * f->page_size, place_of(f, first_out(f)), e) < 0)
        return -1;
    f->n_out = 0;
    return 0;
}

int btree_finish(struct btree_file *f, struct err *e)
{
    uint8_t header[HEADER];

    if (f->failed || f->busy)
        return err_set(e, EX_SOFTWARE, "'%s' is not complete", f->name);
    if (flush(f, e) < 0 || read_at(f, header, sizeof(header), 0, e) < 0)
        return -1;
    f->changes++;
    btree_put32(header + AT_CHANGES, f->changes);
    btree_put32(header + AT_PAGES, f->pages);
    btree_put32(header + AT_TRUNK, f->trunk);
    btree_put32(header + AT_FREE, f->n_free);
    btree_put32(header + AT_VALID_FOR, f->changes);
    if (btree_get32(header + AT_VERSION) == 0)
        btree_put32(header + AT_VERSION, VERSION_MIN);
    return write_at(f, header, sizeof(header), 0, e);
}

int btree_file_take(struct btree_file *f, uint32_t page, struct err *e)
{
    uint8_t bit = (uint8_t)(1 << page % 8);

    /* The first page is the root of the schema. */
    if (page < 2 || page > f->first_pages || page == f->lock_page || (f->taken[page / 8] & bit) != 0)
        return err_set(e, EX_DATAERR, "'%s' has page %u in the wrong place", f->name, (unsigned)page);
    f->taken[page / 8] |= bit;
    return 0;
}

int btree_file_read(struct btree_file *f, uint32_t page, void *to, size_t len, struct err *e)
{
    return read_at(f, to, len, place_of(f, page), e);
}

static uint8_t *append(struct btree_file *f, struct err *e)
{
    uint8_t *to;

    if ((size_t)(f->n_out + 1) * f->page_size > BTREE_PIECE && flush(f, e) < 0)
        return NULL;
    to = f->out + (size_t)f->n_out * f->page_size;
    memset(to, 0, f->page_size);
    f->n_out++;
    f->pages++;
    return to;
}

uint8_t *btree_file_append(struct btree_file *f, struct err *e)
{
    if (f->failed || f->pages >= PAGES_MAX - 1) {
        err_set(e, f->failed ? EX_SOFTWARE : EX_DATAERR, "'%s' takes no further page", f->name);
        btree_file_fail(f);
        return NULL;
    }
    if (f->pages + 1 == f->lock_page && append(f, e) == NULL)
        return NULL;
    return append(f, e);
}

int btree_file_put(struct btree_file *f, uint32_t page, const uint8_t *data, struct err *e)
{
    if (page >= first_out(f)) {
        memcpy(f->out + (size_t)(page - first_out(f)) * f->page_size, data, f->page_size);
        return 0;
    }
    return write_at(f, data, f->page_size, place_of(f, page), e);
}

uint32_t btree_file_overflow(struct btree_file *f, struct span data, struct err *e)
{
    uint32_t first = btree_file_next(f);

    while (data.len > 0) {
        size_t n = data.len < f->usable - 4 ? data.len : f->usable - 4;
        uint8_t *to = btree_file_append(f, e);

        if (to == NULL)
            return 0;
        memcpy(to + 4, data.data, n);
        data.data += n;
        data.len -= n;
        btree_put32(to, data.len > 0 ? btree_file_next(f) : 0);
    }
    return first;
}

int btree_file_release(struct btree_file *f, const uint32_t *pages, size_t n, struct err *e)
{
    /* Trunk pages leave the last six places free, for the sake of old versions (format 1.5). */
    const size_t most = f->usable / 4 - 8;
    uint8_t *trunk = malloc(f->page_size);
    int r = trunk == NULL ? err_set(e, EX_OSERR, "no memory") : 0;

    while (r == 0 && n > 0) {
        size_t leaves = n - 1 < most ? n - 1 : most;

        memset(trunk, 0, f->page_size);
        btree_put32(trunk, f->trunk);
        btree_put32(trunk + 4, (uint32_t)leaves);
        for (size_t i = 0; i < leaves; i++)
            btree_put32(trunk + 8 + 4 * i, pages[1 + i]);
        f->trunk = pages[0];
        f->n_free += (uint32_t)leaves + 1;
        r = btree_file_put(f, pages[0], trunk, e);
        pages += 1 + leaves;
        n -= 1 + leaves;
    }
    free(trunk);
    return r;
}
