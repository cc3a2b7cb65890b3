/*
 * c1z3.h: the envelope of a .c1z file, format v3 (reference/c1z-v3.md section 1): magic, a manifest, and the files of a
 * database's folder, packed in one of three ways.
 */
#ifndef AB_C1Z3_H
#define AB_C1Z3_H

#include <stddef.h>

#include "err.h"
#include "pebble_file.h"

/* The most files in one folder. */
#define C1Z3_FILES_MAX 200000

/*
 * What was unpacked: ${n} ${files}, one behind the other in the file without a name at ${fd}. ${name} is what errors
 * say.
 */
struct c1z3 {
    const char *name;
    int fd;
    struct pebble_file *files;
    size_t n, cap;
};

/**
 * c1z3_open(z, in, name, dir, e):
 * Unpack the file at ${in}, of which the five bytes of magic were read; it may be no seekable file.  ${name} is kept,
 * not copied; temporary files go to ${dir}.  All sums are checked: with payload encoding 5 those of footer, index,
 * manifest and every frame, with encoding 1 that of the zstd frame; encoding 2 has none.  Bounded: 10 GiB or
 * BATON_DECODER_MAX_DECODED_SIZE_MB, or 100 times the file's size if that is more; and the window as in c1z.h.  Return
 * 0, or -1 with ${e}: EX_DATAERR for what is damaged, cut short, or named as what is not supported (another engine
 * than Pebble, another encoding, a tar with other things than files); EX_IOERR; EX_CANTCREAT; EX_OSERR; EX_CONFIG.
 * c1z3_close is to be called after either; it may be called on a struct of zeros with fd -1.
 */
int c1z3_open(struct c1z3 *z, int in, const char *name, const char *dir, struct err *e);
void c1z3_close(struct c1z3 *z);

#endif
