/*
 * c1z.h: the envelope of a .c1z file, format v1 (reference/c1z-format.md section 1): five bytes of magic, then one
 * zstd frame that holds a SQLite database.
 */
#ifndef AB_C1Z_H
#define AB_C1Z_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "err.h"

/* The magic of either format ends with a NUL. */
#define C1Z_MAGIC_LEN 5
#define C1Z_MAGIC_V1 "C1ZF"
#define C1Z_MAGIC_V3 "C1Z3"

#define C1Z_LEVEL_DEFAULT 3
#define C1Z_LEVEL_MAX 19
#define C1Z_THREADS_DEFAULT 2
#define C1Z_THREADS_MAX 64

/* What the first bytes of a file say it is. */
enum c1z_format { C1Z_EMPTY, C1Z_V1, C1Z_V3 };

/* Whether what begins with ${len} bytes ${s} says that it is a .c1z.  Here, for programs that read none. */
static inline bool c1z_begins(const char *s, size_t len)
{
    return len >= C1Z_MAGIC_LEN &&
           (memcmp(s, C1Z_MAGIC_V1, C1Z_MAGIC_LEN) == 0 || memcmp(s, C1Z_MAGIC_V3, C1Z_MAGIC_LEN) == 0);
}

/**
 * c1z_format(in, name, format, e):
 * Read the magic, the first five bytes at ${in}, called ${name} in errors; what follows is where ${in} then stands.
 * Return 0, or -1 with ${e}: EX_DATAERR for what is no .c1z, EX_IOERR.
 */
int c1z_format(int in, const char *name, enum c1z_format *format, struct err *e);

/**
 * c1z_decode(in, name, out, size, e):
 * Read the .c1z at ${in}, called ${name} in errors, and write its database to ${out} (empty, seekable); ${*size} is
 * its length, 0 for an empty file or frame, which stands for an empty database.  A database marked for WAL is marked for a
 * rollback journal (bytes 18 and 19), as it has no WAL beside it.  Bounded by the two functions below.  Return 0, or -1
 * with ${e}: EX_DATAERR for anything that is not a whole .c1z of format v1 (a v3 file is named as such), EX_IOERR,
 * EX_OSERR, EX_CONFIG for a bad variable.
 */
int c1z_decode(int in, const char *name, int out, uint64_t *size, struct err *e);

/* The same from behind the magic of a file that c1z_format called C1Z_V1. */
int c1z_decode_rest(int in, const char *name, int out, uint64_t *size, struct err *e);

/**
 * c1z_size_max(max, e), c1z_window_log(log, e):
 * How many bytes a file may hold when decoded: BATON_DECODER_MAX_DECODED_SIZE_MB, else 10 GiB.  And the logarithm of the
 * greatest zstd window: BATON_DECODER_MAX_MEMORY_MB, rounded up to a power of two and at most 512 MiB as in the SDK,
 * else 128 MiB.  Return 0, or -1 with ${e} (EX_CONFIG: the variable is no number of MiB).
 */
int c1z_size_max(uint64_t *max, struct err *e);
int c1z_window_log(int *log, struct err *e);

/**
 * c1z_encode(in, out, name, level, threads, e):
 * Write the database at ${in}, whole, to ${out} (called ${name}) as a .c1z: one frame, checksum, content size in its
 * header, window of at most 8 MiB.  ${level} is 1 to C1Z_LEVEL_MAX; ${threads}, 1 to C1Z_THREADS_MAX, is the number of
 * workers, which does not change a byte.  Nothing is synchronised or closed.  Return 0, or -1 with ${e}: EX_IOERR,
 * EX_OSERR.
 */
int c1z_encode(int in, int out, const char *name, int level, int threads, struct err *e);

#endif
