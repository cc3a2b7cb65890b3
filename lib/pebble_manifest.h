/*
 * pebble_manifest.h: which tables a database consists of, by replaying its MANIFEST (reference/c1z-v3.md sections 2.3
 * and 2.4).
 */
#ifndef AB_PEBBLE_MANIFEST_H
#define AB_PEBBLE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "pebble_file.h"
#include "reader.h"

/* The most tables, and files behind virtual tables, of one database. */
#define PEBBLE_TABLES_MAX 65536

/*
 * A table.  Its bytes are in the file with the number ${backing}, of ${size} bytes; if ${virtual_} only the keys from
 * ${smallest} to ${largest} count, the latter included unless ${open_end}.  ${seq}, if not 0, is the sequence number of
 * all that is in it, whatever it says itself.
 */
struct pebble_live {
    uint32_t level;
    uint64_t number, backing, size;
    struct span smallest, largest;
    uint64_t seq;
    bool virtual_, open_end;
};

/* A file that virtual tables are slices of. */
struct pebble_backing {
    uint64_t number, size;
};

/*
 * What is live, in no order, after the replay; ${cap_live} and ${cap_backings} are what there is room for.
 * ${log_number} is that of the first log not yet in tables.
 */
struct pebble_manifest {
    struct arena arena;
    struct pebble_live *live;
    size_t n_live, cap_live;
    struct pebble_backing *backings;
    size_t n_backings, cap_backings;
    uint64_t log_number;
};

/**
 * pebble_manifest_read(m, fd, file, e):
 * Replay ${file}, in the folder at ${fd}.  Return 0, or -1 with ${e}: EX_DATAERR for what is damaged, or named as what
 * we do not read (range keys, blob files, synthetic prefixes, unknown edits, another order of keys); EX_IOERR;
 * EX_OSERR. pebble_manifest_release is to be called after either.
 */
int pebble_manifest_read(struct pebble_manifest *m, int fd, const struct pebble_file *file, struct err *e);
void pebble_manifest_release(struct pebble_manifest *m);

#endif
