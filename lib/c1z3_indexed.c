/*
 * Payload encoding 5: one zstd frame for each file, an index of them, a footer (reference/c1z-v3.md section 1.4).
 */
#include <stdlib.h>

#include "c1z3_unpack.h"
#include "protofield.h"
#include "xxh64.h"

#define FOOTER_LEN 28
#define INDEX_MAX ((uint64_t)64 << 20)
#define SHA256_LEN 32

static const uint8_t magic[8] = {'C', '1', 'Z', 'I', 'D', 'X', '1', 0};

enum index_field { INDEX_ENTRY = 1, INDEX_MANIFEST_HASH = 4 };
enum entry_field {
    ENTRY_NAME = 1,
    ENTRY_OFFSET = 2,
    ENTRY_COMPRESSED = 3,
    ENTRY_SIZE = 4,
    ENTRY_HASH = 5,
    ENTRY_SHA256 = 6
};

/* Where the index is; frames end where it begins. */
struct footer {
    uint64_t offset, len, hash;
};

/* A file and its frame. */
struct entry {
    struct span name, sha256;
    uint64_t offset, compressed, size, hash;
};

static int read_footer(struct c1z3_unpack *u, struct footer *f, struct err *e)
{
    uint8_t bytes[FOOTER_LEN];
    struct reader in = reader_of(bytes, sizeof(bytes));

    if (u->in_size - u->payload < FOOTER_LEN)
        return err_set(e, EX_DATAERR, "'%s' is cut short", u->z->name);
    if (c1z3_unpack_read(u, u->in_size - FOOTER_LEN, bytes, sizeof(bytes), e) < 0)
        return -1;
    f->offset = reader_be(&in, 8);
    f->len = reader_be(&in, 4);
    f->hash = reader_be(&in, 8);
    if (memcmp(in.p, magic, sizeof(magic)) != 0)
        return c1z3_unpack_damaged(u, "it does not end in the footer of its index", e);
    if (f->len > INDEX_MAX || f->offset < u->payload || f->offset > u->in_size ||
        u->in_size - f->offset != f->len + FOOTER_LEN)
        return c1z3_unpack_damaged(u, "its index is not where the footer says", e);
    return 0;
}

static void take_entry_field(struct entry *entry, const struct protofield *f)
{
    switch (f->number) {
    case ENTRY_NAME:
        entry->name = f->bytes;
        break;
    case ENTRY_OFFSET:
        entry->offset = f->value;
        break;
    case ENTRY_COMPRESSED:
        entry->compressed = f->value;
        break;
    case ENTRY_SIZE:
        entry->size = f->value;
        break;
    case ENTRY_HASH:
        entry->hash = f->value;
        break;
    case ENTRY_SHA256:
        entry->sha256 = f->bytes;
        break;
    }
}

static int take_entry(
    const struct c1z3_unpack *u, const struct footer *foot, struct span bytes, struct entry *entry, struct err *e)
{
    struct reader in = reader_of(bytes.data, bytes.len);
    struct protofield f;

    *entry = (struct entry){0};
    while (protofield_next(&in, &f))
        take_entry_field(entry, &f);
    if (in.bad || entry->sha256.len != SHA256_LEN)
        return c1z3_unpack_damaged(u, "its index is malformed", e);
    if (entry->compressed == 0 || entry->offset < u->payload || entry->offset > foot->offset ||
        entry->compressed > foot->offset - entry->offset)
        return c1z3_unpack_damaged(u, "a frame is not where the index says", e);
    if (entry->size > u->max - u->out)
        return c1z3_unpack_damaged(u, "it announces more than BATON_DECODER_MAX_DECODED_SIZE_MB allows", e);
    return 0;
}

/* Decode ${len} bytes at ${u}->from, hashing what comes out. ${*open} says whether the frame goes on behind them. */
static int decode_piece(struct c1z3_unpack *u, size_t len, struct xxh64 *hash, bool *open, struct err *e)
{
    ZSTD_inBuffer in = {u->from, len, 0};
    bool more = true;

    while (in.pos < in.size || more) {
        ZSTD_outBuffer out = {u->to, C1Z3_CHUNK, 0};
        size_t hint = ZSTD_decompressStream(u->zstd, &out, &in);

        if (ZSTD_isError(hint))
            return c1z3_unpack_zstd(u, hint, e);
        xxh64_update(hash, u->to, out.pos);
        if (c1z3_unpack_write(u, u->to, out.pos, e) < 0)
            return -1;
        *open = hint != 0;
        if (!*open && in.pos < in.size)
            return c1z3_unpack_damaged(u, "a frame ends too early", e);
        more = out.pos == out.size && *open;
    }
    return 0;
}

static int decode_frame(struct c1z3_unpack *u, const struct entry *entry, struct err *e)
{
    const uint64_t before = u->out;
    struct xxh64 hash;
    bool open = true;

    xxh64_init(&hash);
    ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
    for (uint64_t done = 0; done < entry->compressed;) {
        size_t n = entry->compressed - done < C1Z3_CHUNK ? (size_t)(entry->compressed - done) : C1Z3_CHUNK;

        if (!open)
            return c1z3_unpack_damaged(u, "a frame ends too early", e);
        if (c1z3_unpack_read(u, entry->offset + done, u->from, n, e) < 0 || decode_piece(u, n, &hash, &open, e) < 0)
            return -1;
        done += n;
    }
    if (open)
        return c1z3_unpack_damaged(u, "a frame is cut short", e);
    if (u->out - before != entry->size || !reader_sum_matches(xxh64_value(&hash), entry->hash))
        return c1z3_unpack_damaged(u, "the frame is another file's: its length or sum is wrong", e);
    return 0;
}

static int unpack_entry(struct c1z3_unpack *u, const struct footer *foot, struct span bytes, struct err *e)
{
    struct entry entry;

    if (take_entry(u, foot, bytes, &entry, e) < 0 || c1z3_unpack_file(u, entry.name, entry.size, e) < 0)
        return -1;
    if (decode_frame(u, &entry, e) < 0)
        return err_context(e, "%s", u->z->files[u->z->n - 1].name);
    return 0;
}

/* The manifest's hash first: what is unpacked is said there. Each field comes once in what anybody writes. */
static int check_manifest(const struct c1z3_unpack *u, struct span index, struct err *e)
{
    struct reader in = reader_of(index.data, index.len);
    struct protofield f;
    uint64_t hash = 0;

    while (protofield_next(&in, &f))
        if (f.number == INDEX_MANIFEST_HASH)
            hash = f.value;
    if (in.bad)
        return c1z3_unpack_damaged(u, "its index is malformed", e);
    if (hash != 0 && !reader_sum_matches(u->manifest_hash, hash))
        return c1z3_unpack_damaged(u, "wrong sum of its manifest", e);
    return 0;
}

static int unpack_all(struct c1z3_unpack *u, const struct footer *foot, struct span index, struct err *e)
{
    struct reader in = reader_of(index.data, index.len);
    struct protofield f;

    if (!reader_sum_matches(xxh64_of(index.data, index.len), foot->hash))
        return c1z3_unpack_damaged(u, "wrong sum of its index", e);
    if (check_manifest(u, index, e) < 0)
        return -1;
    while (protofield_next(&in, &f))
        if (f.number == INDEX_ENTRY && unpack_entry(u, foot, f.bytes, e) < 0)
            return -1;
    return 0;
}

int c1z3_unpack_indexed(struct c1z3_unpack *u, struct err *e)
{
    struct footer foot = {0};
    uint8_t *index;
    int r;

    if (read_footer(u, &foot, e) < 0)
        return -1;
    index = malloc((size_t)foot.len + 1);
    if (index == NULL)
        return err_set(e, EX_OSERR, "no memory");
    r = c1z3_unpack_read(u, foot.offset, index, (size_t)foot.len, e);
    if (r == 0)
        r = unpack_all(u, &foot, (struct span){index, (size_t)foot.len}, e);
    free(index);
    return r;
}
