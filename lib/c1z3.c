#include "c1z3.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd_errors.h>

#include "c1z.h"
#include "c1z3_unpack.h"
#include "fullio.h"
#include "grow.h"
#include "protofield.h"
#include "tempfile.h"
#include "xxh64.h"

/* In front of the manifest: the magic and its length. */
#define MAGIC_LEN 5
#define HEADER_LEN 9
#define MANIFEST_MAX ((size_t)16 << 20)

#define NAME_MAX_LEN 4096

/* A small file may hold much: up to so many times its size is accepted without being asked for. */
#define RATIO_FREE 100

enum manifest_field { MANIFEST_ENGINE = 1, MANIFEST_ENCODING = 4 };

static const char magic[MAGIC_LEN] = {'C', '1', 'Z', '3', '\0'};

int c1z3_unpack_damaged(const struct c1z3_unpack *u, const char *what, struct err *e)
{
    return err_set(e, EX_DATAERR, "'%s' is damaged: %s", u->z->name, what);
}

int c1z3_unpack_zstd(const struct c1z3_unpack *u, size_t code, struct err *e)
{
    if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
        return err_set(e, EX_OSERR, "no memory to decode '%s'", u->z->name);
    return c1z3_unpack_damaged(u, ZSTD_getErrorName(code), e);
}

int c1z3_unpack_read(struct c1z3_unpack *u, uint64_t at, void *to, size_t len, struct err *e)
{
    struct pebble_file whole = {(char *)(uintptr_t)u->z->name, 0, u->in_size};

    return pebble_file_read(u->in, &whole, at, to, len, e);
}

int c1z3_unpack_write(struct c1z3_unpack *u, const void *p, size_t len, struct err *e)
{
    if (len > u->max - u->out)
        return err_set(e, EX_DATAERR,
            "'%s' holds more than %" PRIu64 " MiB: BATON_DECODER_MAX_DECODED_SIZE_MB allows more", u->z->name,
            u->max >> 20);
    u->out += len;
    return fullio_write(u->z->fd, p, len) == 0 ? 0 : err_sys(e, EX_IOERR, "cannot write the temporary file");
}

/* A name that stays in its folder. */
static bool is_name(struct span name)
{
    return name.len > 0 && name.len <= NAME_MAX_LEN && memchr(name.data, '/', name.len) == NULL &&
           memchr(name.data, '\0', name.len) == NULL && !span_equals(name, ".") && !span_equals(name, "..");
}

int c1z3_unpack_file(struct c1z3_unpack *u, struct span name, uint64_t size, struct err *e)
{
    struct c1z3 *z = u->z;
    struct pebble_file *files;

    if (!is_name(name))
        return c1z3_unpack_damaged(u, "a name that is none of a file in a folder", e);
    if (z->n == C1Z3_FILES_MAX)
        return err_set(e, EX_DATAERR, "'%s' holds more than %d files", z->name, C1Z3_FILES_MAX);
    files = grow_array(z->files, &z->cap, z->n + 1, C1Z3_FILES_MAX, sizeof(*files));
    if (files == NULL)
        return err_set(e, EX_OSERR, "no memory");
    z->files = files;
    files[z->n] = (struct pebble_file){strndup((const char *)name.data, name.len), u->out, size};
    return files[z->n++].name != NULL ? 0 : err_set(e, EX_OSERR, "no memory");
}

static int compare_names(const void *x, const void *y)
{
    return strcmp(((const struct pebble_file *)x)->name, ((const struct pebble_file *)y)->name);
}

/* Sort the files by name; none may be there twice. */
static int sort_files(struct c1z3_unpack *u, struct err *e)
{
    struct c1z3 *z = u->z;

    if (z->n > 0)
        qsort(z->files, z->n, sizeof(*z->files), compare_names);
    for (size_t i = 1; i < z->n; i++)
        if (strcmp(z->files[i - 1].name, z->files[i].name) == 0)
            return c1z3_unpack_damaged(u, "it holds a file twice", e);
    return 0;
}

/* The manifest: of all it says, only the engine and the encoding matter here. */

static int check_engine(const struct c1z3_unpack *u, struct span engine, struct err *e)
{
    if (span_equals(engine, "pebble3") || span_equals(engine, "pebble2") || span_equals(engine, "pebble"))
        return 0;
    return err_set(e, EX_DATAERR, "'%s' was written by the storage engine '%.*s', which is not supported", u->z->name,
        (int)(engine.len < 64 ? engine.len : 64), (const char *)engine.data);
}

static int parse_manifest(const struct c1z3_unpack *u, struct span manifest, uint64_t *encoding, struct err *e)
{
    struct reader in = reader_of(manifest.data, manifest.len);
    struct protofield f;
    struct span engine = {NULL, 0};

    *encoding = 0;
    while (protofield_next(&in, &f)) {
        if (f.number == MANIFEST_ENGINE && f.wire == PROTOFIELD_BYTES)
            engine = f.bytes;
        else if (f.number == MANIFEST_ENCODING && f.wire == PROTOFIELD_VARINT)
            *encoding = f.value;
    }
    if (in.bad)
        return c1z3_unpack_damaged(u, "its manifest is malformed", e);
    return check_engine(u, engine, e);
}

/* Read the manifest; the payload stands behind it. */
static int read_manifest(struct c1z3_unpack *u, uint64_t *encoding, struct err *e)
{
    uint8_t header[HEADER_LEN], *manifest;
    struct reader in = reader_of(header, sizeof(header));
    size_t len;
    int r;

    if (u->in_size < HEADER_LEN)
        return err_set(e, EX_DATAERR, "'%s' is cut short", u->z->name);
    if (c1z3_unpack_read(u, 0, header, sizeof(header), e) < 0)
        return -1;
    reader_take(&in, MAGIC_LEN);
    len = (size_t)reader_be(&in, 4);
    if (len > MANIFEST_MAX)
        return c1z3_unpack_damaged(u, "its manifest is too long", e);
    if (len > u->in_size - HEADER_LEN)
        return err_set(e, EX_DATAERR, "'%s' is cut short", u->z->name);
    manifest = malloc(len + 1);
    if (manifest == NULL)
        return err_set(e, EX_OSERR, "no memory");
    r = c1z3_unpack_read(u, HEADER_LEN, manifest, len, e);
    if (r == 0)
        r = parse_manifest(u, (struct span){manifest, len}, encoding, e);
    u->payload = HEADER_LEN + len;
    u->manifest_hash = xxh64_of(manifest, len);
    free(manifest);
    return r;
}

static int unpack(struct c1z3_unpack *u, struct err *e)
{
    uint64_t encoding = 0;

    if (read_manifest(u, &encoding, e) < 0)
        return -1;
    switch (encoding) {
    case C1Z3_TAR_ZSTD:
    case C1Z3_TAR:
        if (c1z3_unpack_tar(u, (enum c1z3_encoding)encoding, e) < 0)
            return -1;
        break;
    case C1Z3_INDEXED:
        if (c1z3_unpack_indexed(u, e) < 0)
            return -1;
        break;
    default:
        return err_set(
            e, EX_DATAERR, "'%s' has a payload of encoding %" PRIu64 ", which is not supported", u->z->name, encoding);
    }
    return sort_files(u, e);
}

/* Copy what is left of ${from}, which cannot be sought in, to a file that can; the magic, already read, goes first. */
static int spool(struct c1z3_unpack *u, int from, struct err *e)
{
    ssize_t n;

    if (fullio_write(u->in, magic, sizeof(magic)) < 0)
        return err_sys(e, EX_IOERR, "cannot write the temporary file");
    u->in_size = sizeof(magic);
    while ((n = fullio_read(from, u->from, C1Z3_CHUNK)) > 0) {
        if ((uint64_t)n > u->max - u->in_size)
            return err_set(e, EX_DATAERR, "'%s' is longer than %" PRIu64 " MiB", u->z->name, u->max >> 20);
        if (fullio_write(u->in, u->from, (size_t)n) < 0)
            return err_sys(e, EX_IOERR, "cannot write the temporary file");
        u->in_size += (uint64_t)n;
    }
    return n < 0 ? err_sys(e, EX_IOERR, "cannot read '%s'", u->z->name) : 0;
}

/* Find out what ${in} is, and work on a copy if it must be. */
static int take_input(struct c1z3_unpack *u, int in, const char *dir, struct err *e)
{
    struct stat st;

    u->in = in;
    if (fstat(in, &st) < 0)
        return err_sys(e, EX_IOERR, "cannot read '%s'", u->z->name);
    if (S_ISREG(st.st_mode)) {
        u->in_size = (uint64_t)st.st_size;
        return 0;
    }
    u->in = tempfile_nameless(dir, e);
    return u->in < 0 ? -1 : spool(u, in, e);
}

static int prepare(struct c1z3_unpack *u, const char *dir, struct err *e)
{
    int window_log;

    if (c1z_size_max(&u->max, e) < 0 || c1z_window_log(&window_log, e) < 0)
        return -1;
    u->z->fd = tempfile_nameless(dir, e);
    if (u->z->fd < 0)
        return -1;
    u->zstd = ZSTD_createDCtx();
    u->from = malloc(C1Z3_CHUNK);
    u->to = malloc(C1Z3_CHUNK);
    if (u->zstd == NULL || u->from == NULL || u->to == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, window_log)))
        return err_set(e, EX_SOFTWARE, "zstd: cannot bound the window");
    return 0;
}

int c1z3_open(struct c1z3 *z, int in, const char *name, const char *dir, struct err *e)
{
    struct c1z3_unpack u = {.z = z, .in = in};
    int r;

    *z = (struct c1z3){.name = name, .fd = -1};
    r = prepare(&u, dir, e);
    if (r == 0)
        r = take_input(&u, in, dir, e);
    if (r == 0) {
        if (u.in_size > u.max / RATIO_FREE)
            u.max = u.in_size * RATIO_FREE;
        r = unpack(&u, e);
    }
    if (u.in != in && u.in >= 0)
        close(u.in);
    ZSTD_freeDCtx(u.zstd);
    free(u.from);
    free(u.to);
    return r;
}

void c1z3_close(struct c1z3 *z)
{
    for (size_t i = 0; i < z->n; i++)
        free(z->files[i].name);
    free(z->files);
    if (z->fd >= 0)
        close(z->fd);
    *z = (struct c1z3){.fd = -1};
}
