#include "c1z.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "fullio.h"
#include "setting.h"

/* What the SDK's decoders accept; no level up to 19 writes a window of more than 8 MiB. */
#define WINDOW_DEFAULT_MB 128
#define WINDOW_LOG_MAX 29
#define DECODED_MAX_DEFAULT_MB (10 * 1024)
#define CHUNK ((size_t)256 << 10)

static const char sqlite_header[16] = "SQLite format 3";

/* Where the header of a SQLite database says how it is written and read: 1 rollback journal, 2 WAL. */
#define SQLITE_VERSIONS_AT 18

int c1z_size_max(uint64_t *max, struct err *e)
{
    int64_t mb = DECODED_MAX_DEFAULT_MB;

    if (setting_number("BATON_DECODER_MAX_DECODED_SIZE_MB", "MiB", 1, INT32_MAX, &mb, e) < 0)
        return -1;
    *max = (uint64_t)mb << 20;
    return 0;
}

int c1z_window_log(int *log, struct err *e)
{
    int64_t mb = WINDOW_DEFAULT_MB;

    if (setting_number("BATON_DECODER_MAX_MEMORY_MB", "MiB", 1, INT32_MAX, &mb, e) < 0)
        return -1;
    *log = 20;
    while (*log < WINDOW_LOG_MAX && INT64_C(1) << (*log - 20) < mb)
        ++*log;
    return 0;
}

static ssize_t read_full(int fd, void *p, size_t size, const char *name, struct err *e)
{
    ssize_t n = fullio_read(fd, p, size);

    return n >= 0 ? n : err_sys(e, EX_IOERR, "cannot read '%s'", name);
}

static int write_full(int fd, const void *p, size_t size, const char *name, struct err *e)
{
    return fullio_write(fd, p, size) == 0 ? 0 : err_sys(e, EX_IOERR, "cannot write '%s'", name);
}

int c1z_format(int in, const char *name, enum c1z_format *format, struct err *e)
{
    char magic[C1Z_MAGIC_LEN];
    ssize_t n = read_full(in, magic, sizeof(magic), name, e);

    if (n < 0)
        return -1;
    if (n == 0)
        *format = C1Z_EMPTY;
    else if (n == C1Z_MAGIC_LEN && memcmp(magic, C1Z_MAGIC_V1, C1Z_MAGIC_LEN) == 0)
        *format = C1Z_V1;
    else if (n == C1Z_MAGIC_LEN && memcmp(magic, C1Z_MAGIC_V3, C1Z_MAGIC_LEN) == 0)
        *format = C1Z_V3;
    else
        return err_set(e, EX_DATAERR, "'%s' is not a .c1z file", name);
    return 0;
}

/* What decoding needs; the buffers are CHUNK bytes each. */
struct decoder {
    ZSTD_DCtx *zstd;
    char *in, *out;
    const char *name;
    int fd;
    uint64_t size, max;
};

/* Decode ${len} bytes of input. Return whether a frame is open after them (1) or not (0), or -1. */
static int decode_chunk(struct decoder *d, size_t len, struct err *e)
{
    ZSTD_inBuffer in = {d->in, len, 0};
    size_t hint = 0;
    bool more = true;

    while (in.pos < in.size || more) {
        ZSTD_outBuffer out = {d->out, CHUNK, 0};

        hint = ZSTD_decompressStream(d->zstd, &out, &in);
        if (ZSTD_getErrorCode(hint) == ZSTD_error_frameParameter_windowTooLarge)
            return err_set(
                e, EX_DATAERR, "'%s' needs a larger zstd window: raise BATON_DECODER_MAX_MEMORY_MB", d->name);
        if (ZSTD_getErrorCode(hint) == ZSTD_error_memory_allocation)
            return err_set(e, EX_OSERR, "no memory to decode '%s'", d->name);
        if (ZSTD_isError(hint))
            return err_set(e, EX_DATAERR, "'%s' is damaged: %s", d->name, ZSTD_getErrorName(hint));
        d->size += out.pos;
        if (d->size > d->max)
            return err_set(e, EX_DATAERR,
                "'%s' holds more than %" PRIu64 " MiB: raise BATON_DECODER_MAX_DECODED_SIZE_MB", d->name, d->max >> 20);
        if (write_full(d->fd, d->out, out.pos, "temporary file", e) < 0)
            return -1;
        /* A full buffer may leave output inside; asking again after the end of a frame would begin the next. */
        more = out.pos == out.size && hint != 0;
    }
    return hint != 0;
}

static int decode_frames(struct decoder *d, int in, struct err *e)
{
    /* Magic alone is a file that lost its frame. */
    int open = 1;
    ssize_t n;

    while ((n = read_full(in, d->in, CHUNK, d->name, e)) > 0) {
        open = decode_chunk(d, (size_t)n, e);
        if (open < 0)
            return -1;
        if ((size_t)n < CHUNK)
            break;
    }
    if (n < 0)
        return -1;
    if (open)
        return err_set(e, EX_DATAERR, "'%s' is cut short", d->name);
    return 0;
}

/* Check that a database came out, and mark one written through WAL as one without. */
static int check_database(const struct decoder *d, struct err *e)
{
    char head[SQLITE_VERSIONS_AT + 2];
    ssize_t n = pread(d->fd, head, sizeof(head), 0);

    if (n < 0)
        return err_sys(e, EX_IOERR, "cannot read the temporary file");
    if ((size_t)n < sizeof(head) || memcmp(head, sqlite_header, sizeof(sqlite_header)) != 0)
        return err_set(e, EX_DATAERR, "'%s' does not hold a SQLite database", d->name);
    if (head[SQLITE_VERSIONS_AT] == 2 && pwrite(d->fd, "\1\1", 2, SQLITE_VERSIONS_AT) != 2)
        return err_sys(e, EX_IOERR, "cannot write the temporary file");
    return 0;
}

static int decode_with(struct decoder *d, int in, struct err *e)
{
    int window_log;

    if (c1z_size_max(&d->max, e) < 0 || c1z_window_log(&window_log, e) < 0)
        return -1;
    if (d->zstd == NULL || d->in == NULL || d->out == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, window_log)))
        return err_set(e, EX_SOFTWARE, "zstd: cannot bound the window");
    if (decode_frames(d, in, e) < 0)
        return -1;
    return d->size == 0 ? 0 : check_database(d, e);
}

int c1z_decode_rest(int in, const char *name, int out, uint64_t *size, struct err *e)
{
    struct decoder d = {.name = name, .fd = out, .zstd = ZSTD_createDCtx(), .in = malloc(CHUNK), .out = malloc(CHUNK)};
    int r = decode_with(&d, in, e);

    ZSTD_freeDCtx(d.zstd);
    free(d.in);
    free(d.out);
    *size = d.size;
    return r;
}

int c1z_decode(int in, const char *name, int out, uint64_t *size, struct err *e)
{
    enum c1z_format format;

    *size = 0;
    if (c1z_format(in, name, &format, e) < 0)
        return -1;
    if (format == C1Z_V3)
        return err_set(
            e, EX_DATAERR, "'%s' is a .c1z of format v3 (Pebble), which is not supported; only v1 (SQLite) is", name);
    return format == C1Z_EMPTY ? 0 : c1z_decode_rest(in, name, out, size, e);
}

/* What encoding needs; ${in} is CHUNK bytes, ${out} is ${out_size}. */
struct encoder {
    ZSTD_CCtx *zstd;
    char *in, *out;
    size_t out_size;
    const char *name;
    int fd;
};

static int set(struct encoder *c, ZSTD_cParameter parameter, int value, struct err *e)
{
    size_t r = ZSTD_CCtx_setParameter(c->zstd, parameter, value);

    return ZSTD_isError(r) ? err_set(e, EX_SOFTWARE, "zstd: %s", ZSTD_getErrorName(r)) : 0;
}

static int configure(struct encoder *c, uint64_t size, int level, int threads, struct err *e)
{
    /* With workers the work is cut into jobs by size alone, so their number (at least one) does not show. */
    if (set(c, ZSTD_c_compressionLevel, level, e) < 0 || set(c, ZSTD_c_checksumFlag, 1, e) < 0 ||
        set(c, ZSTD_c_contentSizeFlag, 1, e) < 0 || set(c, ZSTD_c_nbWorkers, threads, e) < 0)
        return -1;
    if (ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(c->zstd, size)))
        return err_set(e, EX_SOFTWARE, "zstd: cannot announce the size");
    return 0;
}

/* Encode ${len} bytes of input, and with ${last} all that is left inside. */
static int encode_chunk(struct encoder *c, size_t len, bool last, struct err *e)
{
    ZSTD_inBuffer in = {c->in, len, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {c->out, c->out_size, 0};

        left = ZSTD_compressStream2(c->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return err_set(e, EX_OSERR, "zstd: %s", ZSTD_getErrorName(left));
        if (write_full(c->fd, c->out, out.pos, c->name, e) < 0)
            return -1;
    } while (last ? left != 0 : in.pos < in.size);
    return 0;
}

static int encode_all(struct encoder *c, int in, uint64_t size, struct err *e)
{
    uint64_t done = 0;

    if (lseek(in, 0, SEEK_SET) < 0)
        return err_sys(e, EX_IOERR, "cannot read the temporary file");
    if (write_full(c->fd, C1Z_MAGIC_V1, C1Z_MAGIC_LEN, c->name, e) < 0)
        return -1;
    do {
        ssize_t n = read_full(in, c->in, CHUNK, "temporary file", e);

        if (n < 0)
            return -1;
        done += (uint64_t)n;
        if ((size_t)n < CHUNK && done != size)
            return err_set(e, EX_IOERR, "the temporary file has changed its size");
        if (encode_chunk(c, (size_t)n, done == size, e) < 0)
            return -1;
    } while (done < size);
    return 0;
}

int c1z_encode(int in, int out, const char *name, int level, int threads, struct err *e)
{
    struct encoder c = {.out_size = ZSTD_CStreamOutSize(), .name = name, .fd = out};
    struct stat st;
    int r;

    if (fstat(in, &st) < 0)
        return err_sys(e, EX_IOERR, "cannot read the temporary file");
    c.zstd = ZSTD_createCCtx();
    c.in = malloc(CHUNK);
    c.out = malloc(c.out_size);
    if (c.zstd == NULL || c.in == NULL || c.out == NULL)
        r = err_set(e, EX_OSERR, "no memory");
    else if (configure(&c, (uint64_t)st.st_size, level, threads, e) < 0)
        r = -1;
    else
        r = encode_all(&c, in, (uint64_t)st.st_size, e);
    ZSTD_freeCCtx(c.zstd);
    free(c.in);
    free(c.out);
    return r;
}
