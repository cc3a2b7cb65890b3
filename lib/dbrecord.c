#include "dbrecord.h"

/* The types of numbers: how long they are; a type without bytes for each of 0 and 1. */
enum { INT_8 = 1, INT_16, INT_24, INT_32, INT_48, INT_64, REAL, ZERO, ONE, FIRST_BLOB = 12 };
static const uint8_t lengths[FIRST_BLOB] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};

uint64_t dbrecord_int(int64_t v)
{
    /* A number and its complement take the same bytes. */
    uint64_t u = v < 0 ? ~(uint64_t)v : (uint64_t)v;

    if (v == 0 || v == 1)
        return v == 0 ? ZERO : ONE;
    if (u < (uint64_t)1 << 15)
        return u < (uint64_t)1 << 7 ? INT_8 : INT_16;
    if (u < (uint64_t)1 << 31)
        return u < (uint64_t)1 << 23 ? INT_24 : INT_32;
    return u < (uint64_t)1 << 47 ? INT_48 : INT_64;
}

uint64_t dbrecord_len(uint64_t type)
{
    return type < FIRST_BLOB ? lengths[type] : (type - FIRST_BLOB) / 2;
}

size_t dbrecord_put_int(uint8_t *to, int64_t v)
{
    size_t n = (size_t)dbrecord_len(dbrecord_int(v));

    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)((uint64_t)v >> 8 * (n - 1 - i));
    return n;
}

size_t dbrecord_put_long_varint(uint8_t *to, uint64_t v)
{
    size_t n = dbrecord_varint_len(v), i = n;

    if (n == DBRECORD_VARINT_MAX) {
        to[--i] = (uint8_t)v;
        v >>= 8;
    } else {
        to[--i] = (uint8_t)(v & 0x7f);
        v >>= 7;
    }
    for (; i > 0; v >>= 7)
        to[--i] = (uint8_t)((v & 0x7f) | 0x80);
    return n;
}

size_t dbrecord_varint(const uint8_t *p, size_t len, uint64_t *v)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        if (i == DBRECORD_VARINT_MAX - 1) {
            *v = sum << 8 | p[i];
            return DBRECORD_VARINT_MAX;
        }
        sum = sum << 7 | (p[i] & 0x7f);
        if (p[i] < 0x80) {
            *v = sum;
            return i + 1;
        }
    }
    return 0;
}

static size_t put_types(uint8_t *to, const uint64_t *types, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++)
        len += dbrecord_put_varint(to + len, types[i]);
    return len;
}

size_t dbrecord_header(uint8_t *to, const uint64_t *types, size_t n)
{
    /* The header's length counts the bytes that it takes itself, nearly always one. */
    size_t own = 1, len = put_types(to + own, types, n);

    if (dbrecord_varint_len(len + own) > own) {
        own = dbrecord_varint_len(len + 2);
        own = dbrecord_varint_len(len + own);
        put_types(to + own, types, n);
    }
    dbrecord_put_varint(to, len + own);
    return len + own;
}

int dbrecord_begin(struct buf *b, const uint64_t *types, size_t n)
{
    size_t need = DBRECORD_HEADER_MAX(n);
    char *to;

    for (size_t i = 0; i < n; i++) {
        uint64_t len = dbrecord_len(types[i]);

        need = len > SIZE_MAX - need ? SIZE_MAX : need + (size_t)len;
    }
    buf_clear(b);
    to = buf_reserve(b, need);
    if (to == NULL)
        return -1;
    b->len = dbrecord_header((uint8_t *)to, types, n);
    return 0;
}
