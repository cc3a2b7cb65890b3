/*
 * load.h: reading and parsing the input in a thread of its own, in batches of bounded size.
 */
#ifndef C1Z_PACK_LOAD_H
#define C1Z_PACK_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "gaplist.h"
#include "record.h"
#include "stages.h"

/* ${len} records in the order of the input; their pieces are places in ${bytes}. */
struct load_batch {
    struct record *records;
    size_t len;
    struct buf bytes;
};

struct load;

/**
 * load_start(fd, name, unframed, e):
 * Begin to read ${fd}, called ${name} in errors, as a stream of baton records.  Return NULL with ${e} on failure.
 */
struct load *load_start(int fd, const char *name, bool unframed, struct err *e);

/**
 * load_next(l, batch, e):
 * Wait for the next batch, which is valid until the next call.  Return 1; 0 when the whole input was read and is
 * finished; -1 with ${e}: EX_DATAERR for a line that is no record of ours, an unfinished stream; as frame_next.
 */
int load_next(struct load *l, struct load_batch **batch, struct err *e);

/*
 * What the stream says of itself, once load_next has returned 0; it is ${l}'s.  ${source} and ${started_at} are NULL of
 * an unframed one.  The gaps and notes may be sorted.
 */
struct load_facts {
    const char *source, *started_at;
    const struct stages *stages;
    struct gaplist *gaps;
};
struct load_facts load_facts(struct load *l);

/**
 * load_stop(l):
 * Free ${l}, after load_next has returned 0 or -1.  Before that the reader may be waiting for input that never comes:
 * it is then told to stop and left alone, to end with the process.
 */
void load_stop(struct load *l);

#endif
