/*
 * stash.h: bytes that are put one behind the other and read back, more of them than memory is to hold: beyond a bound
 * they go to a file without a name.
 */
#ifndef AB_STASH_H
#define AB_STASH_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What the window holds that is read at once when reading goes on where it ended; else 4 KiB are. */
#define STASH_WINDOW ((size_t)256 << 10)

/*
 * ${len} bytes in all.  The first ${filed} are in the file ${fd} (-1: none yet), the others at ${tail}, which has room
 * for ${cap} and is written to the file when they are ${max}.  ${window} holds ${window_len} bytes of the file from
 * ${window_at} on.
 */
struct stash {
    const char *dir;
    int fd;
    size_t max, cap;
    uint8_t *tail, *window;
    uint64_t len, filed, window_at;
    size_t window_len, window_cap;
};

/*
 * Begin: at most ${max} bytes stay in memory, beside a window; the file is made in ${dir}, which is kept.  stash_close
 * may be called on a struct of zeros, too.
 */
void stash_open(struct stash *s, const char *dir, size_t max);
void stash_close(struct stash *s);

/* Put ${len} bytes at ${p} behind the others. Return 0, or -1 with ${e} (EX_OSERR, EX_IOERR, EX_CANTCREAT). */
int stash_put(struct stash *s, const void *p, size_t len, struct err *e);

/**
 * stash_at(s, at, len, e):
 * The ${len} bytes from place ${at} on, which must be there; valid until the next call on ${s}, for reading only.
 * Return NULL with ${e} (EX_OSERR, EX_IOERR) on failure.
 */
const void *stash_at(struct stash *s, uint64_t at, size_t len, struct err *e);

/* Put ${len} bytes at ${p} in the place of those from ${at} on. Return 0, or -1 with ${e}. */
int stash_change(struct stash *s, uint64_t at, const void *p, size_t len, struct err *e);

#endif
