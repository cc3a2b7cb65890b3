#include "protojson_base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The six bits that ${c} stands for, or -1. */
static int bits_of(char c, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (url ? '-' : '+'))
        return 62;
    return c == (url ? '_' : '/') ? 63 : -1;
}

/* Move ${*p} to the next character that is no line end; return whether there is one. */
static bool skip_line_ends(const char **p, const char *end)
{
    while (*p < end && (**p == '\n' || **p == '\r'))
        (*p)++;
    return *p < end;
}

/* Whether from ${p} on there is the padding that ${digits} characters of the last four need, and nothing else. */
static bool ends_padded(const char *p, const char *end, int digits, bool padded)
{
    if (digits == 1 || !padded)
        return digits != 1 && !skip_line_ends(&p, end);
    for (; digits > 0 && digits < 4; digits++) {
        if (!skip_line_ends(&p, end) || *p++ != '=')
            return false;
    }
    return !skip_line_ends(&p, end);
}

bool protojson_base64_read(struct json_str v, unsigned char *to, size_t *len)
{
    const char *p = v.s, *end = v.len > 0 ? v.s + v.len : v.s;
    const bool padded = v.len % 4 == 0;
    const bool url = v.len > 0 && (memchr(v.s, '-', v.len) != NULL || memchr(v.s, '_', v.len) != NULL);
    unsigned char *start = to;
    uint32_t sum = 0;
    int digits = 0, bits;

    for (; skip_line_ends(&p, end) && (bits = bits_of(*p, url)) >= 0; p++) {
        sum = sum << 6 | (uint32_t)bits;
        if (++digits < 4)
            continue;
        *to++ = (unsigned char)(sum >> 16);
        *to++ = (unsigned char)(sum >> 8);
        *to++ = (unsigned char)sum;
        digits = 0;
    }
    sum <<= 6 * (4 - digits);
    if (digits > 1)
        *to++ = (unsigned char)(sum >> 16);
    if (digits > 2)
        *to++ = (unsigned char)(sum >> 8);
    *len = (size_t)(to - start);
    return ends_padded(p, end, digits, padded);
}

void protojson_base64_put(struct buf *out, const unsigned char *data, size_t len)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < len; i += 3) {
        const size_t n = len - i < 3 ? len - i : 3;
        const uint32_t sum =
            (uint32_t)data[i] << 16 | (uint32_t)(n > 1 ? data[i + 1] : 0) << 8 | (n > 2 ? data[i + 2] : 0);
        char four[4];

        for (size_t k = 0; k < 4; k++)
            four[k] = k <= n ? alphabet[sum >> (18 - 6 * k) & 63] : '=';
        buf_append(out, four, sizeof(four));
    }
    buf_putc(out, '"');
}
