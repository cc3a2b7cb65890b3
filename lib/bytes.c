#include "bytes.h"

#include <string.h>

bool bytes_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

int bytes_compare(const void *a, size_t a_len, const void *b, size_t b_len)
{
    size_t len = a_len < b_len ? a_len : b_len;
    int r = len == 0 ? 0 : memcmp(a, b, len);

    return r != 0 ? r : (a_len > b_len) - (a_len < b_len);
}

/* FNV-1a, whose high bits a last multiplication brings to the low ones too. */
uint64_t bytes_hash(const void *p, size_t len)
{
    const unsigned char *at = p;
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ at[i]) * 0x100000001b3u;
    h = (h ^ h >> 32) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

size_t bytes_cut(const char *text, size_t len, size_t max)
{
    size_t n = max;

    if (len <= max)
        return len;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

size_t bytes_put_utf8(void *to, uint32_t c)
{
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    unsigned char *at = to;

    at[0] = (unsigned char)(leads[more] | c >> 6 * more);
    for (unsigned i = 1; i <= more; i++)
        at[i] = (unsigned char)(0x80 | (c >> 6 * (more - i) & 0x3f));
    return more + 1;
}
