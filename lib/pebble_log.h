/*
 * pebble_log.h: the framing of Pebble's logs: the MANIFEST and the write-ahead log (reference/c1z-v3.md section 2.2).
 */
#ifndef AB_PEBBLE_LOG_H
#define AB_PEBBLE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "pebble_file.h"
#include "reader.h"

#define PEBBLE_LOG_BLOCK 32768

/* The longest record read. */
#define PEBBLE_LOG_RECORD_MAX ((size_t)64 << 20)

/* Reading ${file}: ${at} is where its next block begins, ${left} what has not been read of the one in ${block}. */
struct pebble_log {
    int fd;
    const struct pebble_file *file;
    uint64_t at;
    struct reader left;
    uint8_t block[PEBBLE_LOG_BLOCK];
};

void pebble_log_init(struct pebble_log *l, int fd, const struct pebble_file *file);

/**
 * pebble_log_next(l, record, e):
 * Read the next record of a MANIFEST into ${record}, which is emptied first.  Return 1, or 0 at the end, or -1 with
 * ${e} (EX_DATAERR: damaged, cut off, or not the form that a MANIFEST has).
 */
int pebble_log_next(struct pebble_log *l, struct buf *record, struct err *e);

/**
 * pebble_log_holds_record(l, number, e):
 * Whether ${l}, a write-ahead log with this ${number} that nothing was read of, holds a record: 1 or 0, or -1 with
 * ${e}.  One that was closed holds an end mark, which looks like a record of the log with the next number.
 */
int pebble_log_holds_record(struct pebble_log *l, uint64_t number, struct err *e);

#endif
