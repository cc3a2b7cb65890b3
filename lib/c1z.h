/*
 * c1z.h: the envelope of a .c1z file, format v1 (reference/c1z-format.md section 1): five bytes of magic, then one
 * zstd frame that holds a SQLite database.  The only file pair of lib/ that touches zstd.
 */
#ifndef AB_C1Z_H
#define AB_C1Z_H

#include <stdint.h>

#include "err.h"

#define C1Z_LEVEL_DEFAULT 3
#define C1Z_LEVEL_MAX 19
#define C1Z_THREADS_DEFAULT 2
#define C1Z_THREADS_MAX 64

/**
 * c1z_decode(in, name, out, size, e):
 * Read the .c1z at ${in}, called ${name} in errors, and write its database to ${out} (empty, seekable); ${*size} is
 * its length, 0 for a file that is empty or only magic (both stand for an empty database).  A database marked for WAL
 * is marked for a rollback journal (bytes 18 and 19), as it has no WAL beside it.  Bounded: windows up to 128 MiB, and
 * 10 GiB decoded or BATON_DECODER_MAX_DECODED_SIZE_MB.  Return 0, or -1 with ${e}: EX_DATAERR for anything that is not
 * a whole .c1z of format v1 (a v3 file is named as such), EX_IOERR, EX_OSERR, EX_CONFIG for a bad variable.
 */
int c1z_decode(int in, const char *name, int out, uint64_t *size, struct err *e);

/**
 * c1z_encode(in, out, name, level, threads, e):
 * Write the database at ${in}, whole, to ${out} (called ${name}) as a .c1z: one frame, checksum, content size in its
 * header, window of at most 8 MiB.  ${level} is 1 to C1Z_LEVEL_MAX; ${threads}, 1 to C1Z_THREADS_MAX, is the number of
 * workers, which does not change a byte.  Nothing is synchronised or closed.  Return 0, or -1 with ${e}: EX_IOERR,
 * EX_OSERR.
 */
int c1z_encode(int in, int out, const char *name, int level, int threads, struct err *e);

#endif
