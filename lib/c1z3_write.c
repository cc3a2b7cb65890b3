#include "c1z3_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "buf.h"
#include "fullio.h"
#include "protofield.h"

#define BLOCK 512
#define MANIFEST_MAX ((size_t)16 << 20)

/* What the manifest says besides the sync (reference section 1.2). */
#define ENGINE "pebble3"
#define SCHEMA_VERSION 24
#define ENCODING_TAR_ZSTD 1
#define ID_FORMAT_STRUCTURED 2
enum { MANIFEST_ENGINE = 1, MANIFEST_SCHEMA = 2, MANIFEST_ENCODING = 4, MANIFEST_RUN = 40, MANIFEST_ID_FORMAT = 42 };

/* A header's fields (POSIX, ustar). */
struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100], magic[6], version[2],
        rest[247];
};

struct c1z3_write {
    int fd;
    const char *name;
    ZSTD_CCtx *zstd;
    char *out;
    size_t out_size;
};

static int set(struct c1z3_write *w, ZSTD_cParameter parameter, int value, struct err *e)
{
    size_t r = ZSTD_CCtx_setParameter(w->zstd, parameter, value);

    return ZSTD_isError(r) ? err_set(e, EX_SOFTWARE, "zstd: %s", ZSTD_getErrorName(r)) : 0;
}

/* The window is bound by the level; 8 MiB is what the SDK writes, and more than 128 MiB no level here takes. */
static int configure(struct c1z3_write *w, int level, int threads, struct err *e)
{
    if (set(w, ZSTD_c_compressionLevel, level, e) < 0 || set(w, ZSTD_c_checksumFlag, 1, e) < 0)
        return -1;
    return set(w, ZSTD_c_nbWorkers, threads, e);
}

static int put_manifest(struct c1z3_write *w, struct span run, struct err *e)
{
    static const char engine[] = ENGINE;
    struct buf b;
    int r = 0;

    buf_init(&b, MANIFEST_MAX);
    protofield_put_bytes(&b, MANIFEST_ENGINE, (struct span){(const uint8_t *)engine, sizeof(engine) - 1});
    protofield_put_number(&b, MANIFEST_SCHEMA, SCHEMA_VERSION);
    protofield_put_number(&b, MANIFEST_ENCODING, ENCODING_TAR_ZSTD);
    protofield_put_bytes(&b, MANIFEST_RUN, run);
    protofield_put_number(&b, MANIFEST_ID_FORMAT, ID_FORMAT_STRUCTURED);
    if (b.failed) {
        r = err_set(e, EX_OSERR, "no memory");
    } else {
        const char head[9] = {
            'C', '1', 'Z', '3', '\0', (char)(b.len >> 24), (char)(b.len >> 16), (char)(b.len >> 8), (char)b.len};

        if (fullio_write(w->fd, head, sizeof(head)) < 0 || fullio_write(w->fd, b.data, b.len) < 0)
            r = err_sys(e, EX_IOERR, "cannot write '%s'", w->name);
    }
    buf_release(&b);
    return r;
}

static int begin(struct c1z3_write *w, struct span run, int level, int threads, struct err *e)
{
    w->zstd = ZSTD_createCCtx();
    w->out_size = ZSTD_CStreamOutSize();
    w->out = malloc(w->out_size);
    if (w->zstd == NULL || w->out == NULL)
        return err_set(e, EX_OSERR, "no memory");
    return configure(w, level, threads, e) < 0 ? -1 : put_manifest(w, run, e);
}

struct c1z3_write *c1z3_write_new(int out, const char *name, struct span run, int level, int threads, struct err *e)
{
    struct c1z3_write *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    w->fd = out;
    w->name = name;
    if (begin(w, run, level, threads, e) == 0)
        return w;
    c1z3_write_free(w);
    return NULL;
}

void c1z3_write_free(struct c1z3_write *w)
{
    if (w == NULL)
        return;
    ZSTD_freeCCtx(w->zstd);
    free(w->out);
    free(w);
}

/* Encode ${len} bytes at ${p}, and with ${last} all that is left inside. */
static int encode(struct c1z3_write *w, const void *p, size_t len, bool last, struct err *e)
{
    ZSTD_inBuffer in = {p, len, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {w->out, w->out_size, 0};

        left = ZSTD_compressStream2(w->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return err_set(e, EX_OSERR, "zstd: %s", ZSTD_getErrorName(left));
        if (fullio_write(w->fd, w->out, out.pos) < 0)
            return err_sys(e, EX_IOERR, "cannot write '%s'", w->name);
    } while (last ? left != 0 : in.pos < in.size);
    return 0;
}

static void put_octal(char *to, size_t size, size_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%0*zo", (int)size - 1, value);
    memcpy(to, text, size);
}

static void fill_header(struct header *h, const char *name, size_t len)
{
    const unsigned char *p = (const unsigned char *)h;
    size_t sum = 0;

    memset(h, 0, sizeof(*h));
    memcpy(h->name, name, strlen(name));
    put_octal(h->mode, sizeof(h->mode), 0644);
    put_octal(h->uid, sizeof(h->uid), 0);
    put_octal(h->gid, sizeof(h->gid), 0);
    put_octal(h->size, sizeof(h->size), len);
    put_octal(h->mtime, sizeof(h->mtime), 0);
    memset(h->sum, ' ', sizeof(h->sum));
    h->type = '0';
    memcpy(h->magic, "ustar", sizeof(h->magic));
    memcpy(h->version, "00", sizeof(h->version));
    for (size_t i = 0; i < sizeof(*h); i++)
        sum += p[i];
    put_octal(h->sum, sizeof(h->sum) - 1, sum);
}

int c1z3_write_file(void *arg, const char *name, const void *data, size_t len, struct err *e)
{
    static const char zeros[BLOCK];
    struct c1z3_write *w = arg;
    struct header h;

    _Static_assert(sizeof(h) == BLOCK, "a header is a block");
    fill_header(&h, name, len);
    if (encode(w, &h, sizeof(h), false, e) < 0 || encode(w, data, len, false, e) < 0)
        return -1;
    return encode(w, zeros, (BLOCK - len % BLOCK) % BLOCK, false, e);
}

int c1z3_write_finish(struct c1z3_write *w, struct err *e)
{
    static const char zeros[2 * BLOCK];

    return encode(w, zeros, sizeof(zeros), true, e);
}
