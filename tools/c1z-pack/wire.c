#include "wire.h"

#include "bytes.h"

/* Wire types. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

bool wire_same(struct wire_bytes a, struct wire_bytes b)
{
    return bytes_equal(a.p, a.len, b.p, b.len);
}

struct wire wire_begin(struct wire_bytes message)
{
    /* Even nothing added to a null pointer is undefined. */
    return (struct wire){.at = message.p, .end = message.len == 0 ? message.p : message.p + message.len};
}

static bool fail(struct wire *w)
{
    w->bad = true;
    return false;
}

static bool varint(struct wire *w, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && w->at < w->end; shift += 7) {
        uint8_t byte = *w->at++;

        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return fail(w);
}

static bool skip(struct wire *w, uint64_t n)
{
    if (n > (uint64_t)(w->end - w->at))
        return fail(w);
    w->at += n;
    return true;
}

bool wire_next(struct wire *w, struct wire_field *f)
{
    const uint8_t *start = w->at;
    uint64_t tag;
    bool ok;

    if (w->bad || w->at == w->end || !varint(w, &tag))
        return false;
    *f = (struct wire_field){.number = tag >> 3};
    switch (tag & 7) {
    case VARINT:
        ok = varint(w, &f->varint);
        break;
    case FIXED64:
        ok = skip(w, 8);
        break;
    case FIXED32:
        ok = skip(w, 4);
        break;
    case BYTES:
        ok = varint(w, &f->varint);
        f->body = (struct wire_bytes){w->at, (size_t)f->varint};
        ok = ok && skip(w, f->varint);
        break;
    default:
        ok = fail(w);
    }
    f->whole = (struct wire_bytes){start, (size_t)(w->at - start)};
    return ok;
}

struct wire_bytes wire_find(struct wire_bytes message, uint64_t number)
{
    struct wire w = wire_begin(message);
    struct wire_field f;
    struct wire_bytes body = {NULL, 0};

    while (wire_next(&w, &f))
        if (f.number == number && f.body.p != NULL)
            body = f.body;
    return body;
}

void wire_put_head(struct buf *out, unsigned number, size_t len)
{
    buf_putc(out, (char)(number << 3 | BYTES));
    buf_put_varint(out, len);
}

void wire_put(struct buf *out, unsigned number, struct wire_bytes body)
{
    wire_put_head(out, number, body.len);
    buf_append(out, body.p, body.len);
}

void wire_put_raw(struct buf *out, struct wire_bytes bytes)
{
    buf_append(out, bytes.p, bytes.len);
}

size_t wire_size(size_t len)
{
    size_t size = len + 2;

    while (len >= 0x80) {
        len >>= 7;
        size++;
    }
    return size;
}
