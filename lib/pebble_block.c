#include "pebble_block.h"

#include <inttypes.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "crc32c.h"
#include "snappy.h"
#include "xxh64.h"

enum { COMPRESSION_NONE = 0, COMPRESSION_SNAPPY = 1, COMPRESSION_ZSTD = 7, COMPRESSION_MINLZ = 8 };

struct pebble_handle pebble_block_handle(struct reader *b)
{
    uint64_t offset = reader_uv(b);

    return (struct pebble_handle){offset, reader_uv(b)};
}

static uint32_t sum_of(enum pebble_checksum sum, const void *data, size_t len)
{
    return sum == PEBBLE_CRC32C ? crc32c_masked(data, len) : (uint32_t)xxh64_of(data, len);
}

/* Room for ${size} bytes in ${b}, or NULL. */
static char *room(struct buf *b, uint64_t size, struct err *e)
{
    char *to = NULL;

    buf_clear(b);
    if (size > PEBBLE_BLOCK_MAX)
        err_set(e, EX_DATAERR, "it is larger than %zu MiB", PEBBLE_BLOCK_MAX >> 20);
    else if ((to = buf_reserve(b, (size_t)size)) == NULL)
        err_set(e, EX_OSERR, "no memory");
    return to;
}

static int copy(struct buf *b, struct span from, struct err *e)
{
    char *to = room(b, from.len, e);

    if (to == NULL)
        return -1;
    if (from.len > 0)
        memcpy(to, from.data, from.len);
    b->len = from.len;
    return 0;
}

static int decode_snappy(struct buf *b, struct span from, struct err *e)
{
    size_t size;
    char *to;

    if (!snappy_length(from.data, from.len, &size))
        return err_set(e, EX_DATAERR, "not Snappy's format");
    to = room(b, size, e);
    if (to == NULL)
        return -1;
    if (!snappy_decode(from.data, from.len, to, size))
        return err_set(e, EX_DATAERR, "not Snappy's format");
    b->len = size;
    return 0;
}

/* The decoded length stands before the frame. */
static int decode_zstd(struct buf *b, struct span from, struct err *e)
{
    struct reader in = reader_of(from.data, from.len);
    uint64_t size = reader_uv(&in);
    size_t n;
    char *to;

    if (in.bad)
        return err_set(e, EX_DATAERR, "cut short");
    to = room(b, size, e);
    if (to == NULL)
        return -1;
    n = ZSTD_decompress(to, (size_t)size, in.p, reader_left(&in));
    if (ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation)
        return err_set(e, EX_OSERR, "no memory for a block");
    if (ZSTD_isError(n))
        return err_set(e, EX_DATAERR, "zstd: %s", ZSTD_getErrorName(n));
    if (n != size)
        return err_set(e, EX_DATAERR, "zstd: another length than announced");
    b->len = n;
    return 0;
}

static int decode(struct buf *b, uint8_t compression, struct span from, struct err *e)
{
    switch (compression) {
    case COMPRESSION_NONE:
        return copy(b, from, e);
    case COMPRESSION_SNAPPY:
        return decode_snappy(b, from, e);
    case COMPRESSION_ZSTD:
        return decode_zstd(b, from, e);
    case COMPRESSION_MINLZ:
        return err_set(e, EX_DATAERR, "compressed with MinLZ, which is not supported");
    default:
        return err_set(e, EX_DATAERR, "compressed in an unknown way (%u)", compression);
    }
}

static int read_checked(struct buf *b, int fd, const struct pebble_file *f, struct pebble_handle handle,
    enum pebble_checksum sum, struct buf *raw, struct err *e)
{
    struct reader trailer;
    uint8_t compression;
    char *to;

    if (handle.len > PEBBLE_BLOCK_MAX)
        return err_set(e, EX_DATAERR, "it is larger than %zu MiB", PEBBLE_BLOCK_MAX >> 20);
    if (handle.offset > f->size || handle.len + PEBBLE_BLOCK_TRAILER > f->size - handle.offset)
        return err_set(e, EX_DATAERR, "it is beyond the end of the table");
    buf_clear(raw);
    to = buf_reserve(raw, (size_t)handle.len + PEBBLE_BLOCK_TRAILER);
    if (to == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (pebble_file_read(fd, f, handle.offset, to, handle.len + PEBBLE_BLOCK_TRAILER, e) < 0)
        return -1;
    trailer = reader_of(to + handle.len, PEBBLE_BLOCK_TRAILER);
    compression = reader_u8(&trailer);
    /* The sum is of the compression too. */
    if (!reader_sum_matches(sum_of(sum, to, (size_t)handle.len + 1), reader_le(&trailer, 4)))
        return err_set(e, EX_DATAERR, "wrong checksum");
    return decode(b, compression, (struct span){(const uint8_t *)to, (size_t)handle.len}, e);
}

int pebble_block_read(struct buf *b, int fd, const struct pebble_file *f, struct pebble_handle handle,
    enum pebble_checksum sum, struct buf *raw, struct err *e)
{
    if (read_checked(b, fd, f, handle, sum, raw, e) == 0)
        return 0;
    return err_context(e, "%s: block of %" PRIu64 " bytes at %" PRIu64, f->name, handle.len, handle.offset);
}
