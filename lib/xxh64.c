#include "xxh64.h"

#include <endian.h>
#include <string.h>

#define BLOCK 32

#define PRIME1 UINT64_C(0x9e3779b185ebca87)
#define PRIME2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define PRIME3 UINT64_C(0x165667b19e3779f9)
#define PRIME4 UINT64_C(0x85ebca77c2b2ae63)
#define PRIME5 UINT64_C(0x27d4eb2f165667c5)

static uint64_t rotate(uint64_t v, int bits)
{
    return v << bits | v >> (64 - bits);
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return le64toh(v);
}

static uint32_t load32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return le32toh(v);
}

static uint64_t round_of(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * PRIME2, 31) * PRIME1;
}

static void take_block(struct xxh64 *h, const uint8_t *p)
{
    for (int i = 0; i < 4; i++)
        h->lanes[i] = round_of(h->lanes[i], load64(p + 8 * i));
}

void xxh64_init(struct xxh64 *h)
{
    *h = (struct xxh64){.lanes = {PRIME1 + PRIME2, PRIME2, 0, 0 - PRIME1}};
}

void xxh64_update(struct xxh64 *h, const void *data, size_t len)
{
    const uint8_t *p = data;
    size_t have = (size_t)(h->total % BLOCK), n;

    h->total += len;
    if (have > 0) {
        n = len < BLOCK - have ? len : BLOCK - have;
        memcpy(h->rest + have, p, n);
        p += n;
        len -= n;
        if (have + n < BLOCK)
            return;
        take_block(h, h->rest);
    }
    for (; len >= BLOCK; p += BLOCK, len -= BLOCK)
        take_block(h, p);
    if (len > 0)
        memcpy(h->rest, p, len);
}

static uint64_t join_lanes(const struct xxh64 *h)
{
    static const int bits[4] = {1, 7, 12, 18};
    uint64_t v = 0;

    for (int i = 0; i < 4; i++)
        v += rotate(h->lanes[i], bits[i]);
    for (int i = 0; i < 4; i++)
        v = (v ^ round_of(0, h->lanes[i])) * PRIME1 + PRIME4;
    return v;
}

uint64_t xxh64_value(const struct xxh64 *h)
{
    uint64_t v = h->total >= BLOCK ? join_lanes(h) : PRIME5;
    const uint8_t *p = h->rest, *end = p + h->total % BLOCK;

    v += h->total;
    for (; end - p >= 8; p += 8)
        v = rotate(v ^ round_of(0, load64(p)), 27) * PRIME1 + PRIME4;
    if (end - p >= 4) {
        v = rotate(v ^ load32(p) * PRIME1, 23) * PRIME2 + PRIME3;
        p += 4;
    }
    for (; p < end; p++)
        v = rotate(v ^ *p * PRIME5, 11) * PRIME1;
    v = (v ^ v >> 33) * PRIME2;
    v = (v ^ v >> 29) * PRIME3;
    return v ^ v >> 32;
}

uint64_t xxh64_of(const void *data, size_t len)
{
    struct xxh64 h;

    xxh64_init(&h);
    xxh64_update(&h, data, len);
    return xxh64_value(&h);
}
