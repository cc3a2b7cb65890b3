/*
 * pebble_block.h: the blocks of a table, checked and decompressed (reference/c1z-v3.md sections 3.2 and 3.3).
 */
#ifndef AB_PEBBLE_BLOCK_H
#define AB_PEBBLE_BLOCK_H

#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "pebble_file.h"
#include "reader.h"

/* The largest block read, before and after it is decompressed: room for the largest value anybody stores. */
#define PEBBLE_BLOCK_MAX ((size_t)256 << 20)

/* What stands behind a block: its compression and its sum. */
#define PEBBLE_BLOCK_TRAILER 5

/* The sums that tables are written with. */
enum pebble_checksum { PEBBLE_CRC32C = 1, PEBBLE_XXH64 = 3 };

/* Where a block is: ${len} bytes without the trailer. */
struct pebble_handle {
    uint64_t offset, len;
};

/* Take a handle from ${b}. */
struct pebble_handle pebble_block_handle(struct reader *b);

/**
 * pebble_block_read(block, fd, f, handle, sum, raw, e):
 * Read the block at ${handle} of the table ${f} into ${block}, in place of what was there, check its sum and decompress
 * it.  ${raw} is a buffer to work in, which callers may share.  The ceilings of both are to hold PEBBLE_BLOCK_MAX and a
 * trailer.  Return 0, or -1 with ${e}: EX_DATAERR for what is damaged, larger than PEBBLE_BLOCK_MAX or of a compression
 * we do not know; EX_IOERR; EX_OSERR.
 */
int pebble_block_read(struct buf *block, int fd, const struct pebble_file *f, struct pebble_handle handle,
    enum pebble_checksum sum, struct buf *raw, struct err *e);

/* The bytes of a block that was read. */
static inline struct span pebble_block_span(const struct buf *block)
{
    return (struct span){(const uint8_t *)block->data, block->len};
}

#endif
