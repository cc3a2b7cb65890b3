#include "crc32c.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

#define POLYNOMIAL UINT32_C(0x82f63b78) /* Castagnoli's, bits reversed */
#define MASK_DELTA UINT32_C(0xa282ead8)

/* tables[k][b] is the sum of the byte b with k zero bytes behind it, so that eight bytes are one step. */
static uint32_t tables[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void build(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;

        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        tables[0][b] = crc;
    }
    for (int k = 1; k < 8; k++)
        for (int b = 0; b < 256; b++)
            tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 0xff];
}

uint32_t crc32c_update_by_tables(uint32_t crc, const void *data, size_t len)
{
    const uint8_t *p = data;

    pthread_once(&once, build);
    crc = ~crc;
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t w;

        memcpy(&w, p, sizeof(w));
        w = le64toh(w) ^ crc;
        crc = 0;
        for (int k = 0; k < 8; k++)
            crc ^= tables[7 - k][w >> (8 * k) & 0xff];
    }
    for (; len > 0; len--)
        crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 0xff];
    return ~crc;
}

#ifdef __x86_64__
/* Nearly every processor of the last fifteen years has an instruction for it, ten times as fast. */
__attribute__((target("sse4.2"))) static uint32_t update_by_instruction(uint32_t crc, const uint8_t *p, size_t len)
{
    crc = ~crc;
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t w;

        memcpy(&w, p, sizeof(w));
        crc = (uint32_t)_mm_crc32_u64(crc, w);
    }
    for (; len > 0; len--)
        crc = _mm_crc32_u8(crc, *p++);
    return ~crc;
}
#endif

uint32_t crc32c_update(uint32_t crc, const void *data, size_t len)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return update_by_instruction(crc, data, len);
#endif
    return crc32c_update_by_tables(crc, data, len);
}

uint32_t crc32c_mask(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + MASK_DELTA;
}

uint32_t crc32c_masked(const void *data, size_t len)
{
    return crc32c_mask(crc32c_update(0, data, len));
}
