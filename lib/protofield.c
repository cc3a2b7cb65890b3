#include "protofield.h"

#define NUMBER_MAX ((UINT64_C(1) << 29) - 1)

bool protofield_next(struct reader *in, struct protofield *f)
{
    uint64_t tag;

    if (reader_left(in) == 0)
        return false;
    tag = reader_uv(in);
    *f = (struct protofield){.number = (uint32_t)(tag >> 3), .wire = tag & 7};
    if (tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
        in->bad = true;
    switch (f->wire) {
    case PROTOFIELD_VARINT:
        f->value = reader_uv(in);
        break;
    case PROTOFIELD_64:
        f->value = reader_le(in, 8);
        break;
    case PROTOFIELD_BYTES:
        f->bytes = reader_prefixed(in);
        break;
    case PROTOFIELD_32:
        f->value = reader_le(in, 4);
        break;
    default: /* groups, which proto3 does not have */
        in->bad = true;
    }
    return !in->bad;
}

static size_t uv_size(uint64_t v)
{
    size_t n = 1;

    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

void protofield_put_number(struct buf *out, uint32_t number, uint64_t value)
{
    if (value == 0)
        return;
    buf_put_varint(out, (uint64_t)number << 3 | PROTOFIELD_VARINT);
    buf_put_varint(out, value);
}

void protofield_put_head(struct buf *out, uint32_t number, size_t len)
{
    buf_put_varint(out, (uint64_t)number << 3 | PROTOFIELD_BYTES);
    buf_put_varint(out, len);
}

void protofield_put_bytes(struct buf *out, uint32_t number, struct span bytes)
{
    if (bytes.len == 0)
        return;
    protofield_put_head(out, number, bytes.len);
    buf_append(out, bytes.data, bytes.len);
}

size_t protofield_size(uint32_t number, size_t len)
{
    return len == 0 ? 0 : uv_size((uint64_t)number << 3) + uv_size(len) + len;
}

size_t protofield_number_size(uint32_t number, uint64_t value)
{
    return value == 0 ? 0 : uv_size((uint64_t)number << 3) + uv_size(value);
}
