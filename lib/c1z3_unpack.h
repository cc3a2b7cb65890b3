/*
 * c1z3_unpack.h: the payload of a v3 file, in each of its encodings, to the files it stands for.  Private to
 * lib/c1z3*.c.
 */
#ifndef AB_C1Z3_UNPACK_H
#define AB_C1Z3_UNPACK_H

#include <stdint.h>
#include <zstd.h>

#include "c1z3.h"
#include "reader.h"

/* The ways to pack a payload. */
enum c1z3_encoding { C1Z3_TAR_ZSTD = 1, C1Z3_TAR = 2, C1Z3_INDEXED = 5 };

/*
 * Unpacking the file at ${in}, which is seekable and ${in_size} bytes long, into ${z}.  ${manifest_hash} is that of the
 * manifest, and the payload begins at ${payload}.  ${out} is how much was written to ${z}->fd, never more than ${max}.
 */
struct c1z3_unpack {
    struct c1z3 *z;
    int in;
    uint64_t in_size, payload, manifest_hash;
    uint64_t out, max;
    ZSTD_DCtx *zstd;
    char *from, *to; /* C1Z3_CHUNK bytes each */
};

#define C1Z3_CHUNK ((size_t)256 << 10)

/* Unpack a tar, in one zstd frame or as it is; or frames, one for each file, with an index behind them. */
int c1z3_unpack_tar(struct c1z3_unpack *u, enum c1z3_encoding encoding, struct err *e);
int c1z3_unpack_indexed(struct c1z3_unpack *u, struct err *e);

/* Begin a file of this name, which is checked, and will have ${size} bytes. */
int c1z3_unpack_file(struct c1z3_unpack *u, struct span name, uint64_t size, struct err *e);

/* Write ${len} bytes at ${p} to the folder. */
int c1z3_unpack_write(struct c1z3_unpack *u, const void *p, size_t len, struct err *e);

/* Read ${len} bytes at ${at} of the file; the caller has seen that they are there. */
int c1z3_unpack_read(struct c1z3_unpack *u, uint64_t at, void *to, size_t len, struct err *e);

/* Record that the file is damaged: ${what}. */
int c1z3_unpack_damaged(const struct c1z3_unpack *u, const char *what, struct err *e);

/* Record what zstd's ${code} says: no memory (EX_OSERR), or that the file is damaged. */
int c1z3_unpack_zstd(const struct c1z3_unpack *u, size_t code, struct err *e);

#endif
