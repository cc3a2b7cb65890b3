/*
 * pebble_file.h: the files of a database's directory, all of which stand in one file, one behind the other.
 */
#ifndef AB_PEBBLE_FILE_H
#define AB_PEBBLE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/* A file called ${name}: the ${size} bytes from ${offset} on. */
struct pebble_file {
    char *name;
    uint64_t offset, size;
};

/**
 * pebble_file_read(fd, f, at, to, len, e):
 * Read ${len} bytes of ${f}, whose folder is at ${fd}, from ${at} on.  Return 0, or -1 with ${e}: EX_DATAERR if ${f}
 * does not have them, EX_IOERR.
 */
int pebble_file_read(int fd, const struct pebble_file *f, uint64_t at, void *to, uint64_t len, struct err *e);

/* Put the number that ${f}'s name begins with, if ".${suffix}" ends it, into ${*number}. Return whether it does. */
bool pebble_file_number(const struct pebble_file *f, const char *suffix, uint64_t *number);

#endif
