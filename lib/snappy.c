#include "snappy.h"

#include "reader.h"

/* The most that one byte can stand for: a copy of 64 bytes takes 3. */
#define RATIO_MAX 22

/* The low bits of an element's first byte: bytes as they are, or a copy with an offset of 1 + 3 bits, 2 or 4 bytes. */
enum { LITERAL, COPY_1, COPY_2, COPY_4 };

/* What was decoded: ${len} of ${size} bytes. */
struct decoded {
    uint8_t *data;
    size_t len, size;
};

bool snappy_length(const void *data, size_t len, size_t *size)
{
    struct reader b = reader_of(data, len);
    uint64_t v = reader_uv(&b);

    *size = (size_t)v;
    return !b.bad && v <= UINT32_MAX && v / RATIO_MAX <= len;
}

static bool put_literal(struct decoded *d, struct reader *in, uint8_t tag)
{
    uint64_t n = tag >> 2;
    struct span s;

    if (n >= 60)
        n = reader_le(in, (size_t)n - 59);
    s = reader_take(in, n + 1);
    if (in->bad || s.len > d->size - d->len)
        return false;
    memcpy(d->data + d->len, s.data, s.len);
    d->len += s.len;
    return true;
}

/* Repeat ${n} bytes from ${offset} before the end; they may overlap what they make. */
static bool put_copy(struct decoded *d, uint64_t offset, size_t n)
{
    uint8_t *to = d->data + d->len;
    const uint8_t *from;

    if (offset == 0 || offset > d->len || n > d->size - d->len)
        return false;
    from = to - offset;
    if (offset >= n)
        memcpy(to, from, n);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    d->len += n;
    return true;
}

static bool put_element(struct decoded *d, struct reader *in)
{
    uint8_t tag = reader_u8(in);
    uint64_t offset;

    switch (tag & 3) {
    case LITERAL:
        return put_literal(d, in, tag);
    case COPY_1:
        offset = (uint64_t)(tag >> 5) << 8 | reader_u8(in);
        return !in->bad && put_copy(d, offset, 4 + (tag >> 2 & 7));
    case COPY_2:
        offset = reader_le(in, 2);
        break;
    default:
        offset = reader_le(in, 4);
    }
    return !in->bad && put_copy(d, offset, 1 + (size_t)(tag >> 2));
}

bool snappy_decode(const void *data, size_t len, void *out, size_t size)
{
    struct reader in = reader_of(data, len);
    struct decoded d = {out, 0, size};

    if (reader_uv(&in) != size)
        return false;
    while (reader_left(&in) > 0) {
        if (!put_element(&d, &in))
            return false;
    }
    return !in.bad && d.len == size;
}
