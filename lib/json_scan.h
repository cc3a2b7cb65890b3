/*
 * json_scan.h: where a plain piece of a string ends, and where a number does: what the reader of json.c, the numbers of
 * json_number.c and the writer of json_write.c share.  Of use to these three alone; in a header, since the reader spends
 * most of its time here.
 */
#ifndef AB_JSON_SCAN_H
#define AB_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static inline uint64_t load8(const char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return w;
}

/* Whether ${c} may stand in a string as it is and is a whole character: ASCII, not control, quote or backslash. */
static inline bool is_plain(char c)
{
    return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

#ifdef __SSE2__
/* Bit i is set if byte i of the 16 at ${p} is not plain. */
static inline unsigned not_plain(const char *p)
{
    const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    const __m128i outside = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: from 0x80 on as well */

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), outside));
}

/* The first byte from ${p} that is not plain, or ${end}. */
static inline const char *plain_end(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        unsigned mask = not_plain(p);
        if (mask != 0)
            return p + __builtin_ctz(mask);
    }
    while (p < end && is_plain(*p))
        p++;
    return p;
}
#else
#define BYTES(c) (UINT64_C(0x0101010101010101) * (c))

/* Whether the 8 bytes of ${w} are all plain. May say no without need, but never yes. */
static inline bool all_plain(uint64_t w)
{
    const uint64_t quote = w ^ BYTES('"'), backslash = w ^ BYTES('\\');

    return ((w | (w - BYTES(0x20)) | (quote - BYTES(1)) | (backslash - BYTES(1))) & BYTES(0x80)) == 0;
}

static inline const char *plain_end(const char *p, const char *end)
{
    while (end - p >= 8 && all_plain(load8(p)))
        p += 8;
    while (p < end && is_plain(*p))
        p++;
    return p;
}
#endif

static inline const char *digits_end(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* The end of the number at ${p} (RFC 8259 section 6); or NULL and ${bad}: the byte that may not stand there. */
static inline const char *number_end(const char *p, const char *end, const char **bad)
{
    const char *digits;

    if (p < end && *p == '-')
        p++;
    digits = p;
    p = digits_end(p, end);
    if (p == digits)
        goto out;
    if (*digits == '0' && p - digits > 1) {
        p = digits + 1;
        goto out;
    }
    if (p < end && *p == '.') {
        digits = ++p;
        p = digits_end(p, end);
        if (p == digits)
            goto out;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = digits_end(p, end);
        if (p == digits)
            goto out;
    }
    return p;
out:
    *bad = p;
    return NULL;
}

#endif
