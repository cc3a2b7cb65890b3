#include "text.h"

#include <inttypes.h>

struct range {
    uint32_t first, last;
};

/* Blocks, not single characters: in rare scripts some of a block may be otherwise. */
static const struct range wide[] = {
    {0x1100, 0x115f},
    {0x2e80, 0x303e},
    {0x3041, 0xa4cf},
    {0xa960, 0xa97f},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
};
static const struct range combining[] = {
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x0591, 0x05bd},
    {0x0610, 0x061a},
    {0x064b, 0x065f},
    {0x06d6, 0x06dc},
    {0x0900, 0x0902},
    {0x093c, 0x093c},
    {0x0941, 0x0948},
    {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0x3099, 0x309a},
    {0xfe20, 0xfe2f},
};
/* What reorders text, breaks its line, or takes no place: two names must not look the same. */
static const struct range hidden[] = {
    {0x00ad, 0x00ad},
    {0x034f, 0x034f},
    {0x061c, 0x061c},
    {0x115f, 0x1160},
    {0x17b4, 0x17b5},
    {0x180b, 0x180f},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0x2800, 0x2800},
    {0x3164, 0x3164},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xfff9, 0xfffb},
    {0xe0000, 0xe007f},
    {0xe0100, 0xe01ef},
};
/* Capital letters: of every ${step} characters the first is one, and its small letter is ${add} behind it. */
static const struct fold {
    struct range letters;
    uint32_t step;
    int32_t add;
} folds[] = {
    {{0x41, 0x5a}, 1, 32},
    {{0xc0, 0xd6}, 1, 32},
    {{0xd8, 0xde}, 1, 32},
    {{0x100, 0x12e}, 2, 1},
    {{0x130, 0x130}, 1, 'i' - 0x130},
    {{0x132, 0x136}, 2, 1},
    {{0x139, 0x147}, 2, 1},
    {{0x14a, 0x176}, 2, 1},
    {{0x178, 0x178}, 1, 0xff - 0x178},
    {{0x179, 0x17d}, 2, 1},
    {{0x18f, 0x18f}, 1, 0x259 - 0x18f},
    {{0x1a0, 0x1a4}, 2, 1},
    {{0x1af, 0x1af}, 1, 1},
    {{0x1c4, 0x1ca}, 3, 2},
    {{0x1cd, 0x1db}, 2, 1},
    {{0x1de, 0x1ee}, 2, 1},
    {{0x1f4, 0x1f4}, 1, 1},
    {{0x1f8, 0x21e}, 2, 1},
    {{0x222, 0x232}, 2, 1},
    {{0x386, 0x386}, 1, 38},
    {{0x388, 0x38a}, 1, 37},
    {{0x38c, 0x38c}, 1, 64},
    {{0x38e, 0x38f}, 1, 63},
    {{0x391, 0x3a1}, 1, 32},
    {{0x3a3, 0x3ab}, 1, 32},
    {{0x3c2, 0x3c2}, 1, 1},
    {{0x400, 0x40f}, 1, 80},
    {{0x410, 0x42f}, 1, 32},
    {{0x460, 0x480}, 2, 1},
    {{0x48a, 0x4be}, 2, 1},
    {{0x4c0, 0x4c0}, 1, 15},
    {{0x4c1, 0x4cd}, 2, 1},
    {{0x4d0, 0x52e}, 2, 1},
    {{0x531, 0x556}, 1, 48},
    {{0x1e00, 0x1e94}, 2, 1},
    {{0x1e9e, 0x1e9e}, 1, 0xdf - 0x1e9e},
    {{0x1ea0, 0x1efe}, 2, 1},
    {{0xff21, 0xff3a}, 1, 32},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_in(uint32_t c, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n && ranges[i].first <= c; i++)
        if (c <= ranges[i].last)
            return true;
    return false;
}

size_t text_decode(const char *text, size_t len, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

    *c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
    if (n > len || s[0] >= 0xf8 || (s[0] >= 0x80 && s[0] < 0xc0))
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (s[i] & 0x3f);
    }
    return n > 1 && (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff)) ? 0 : n;
}

bool text_is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || is_in(c, hidden, COUNT(hidden));
}

uint32_t text_fold(uint32_t c)
{
    for (size_t i = 0; i < COUNT(folds) && folds[i].letters.first <= c; i++)
        if (c <= folds[i].letters.last)
            return (c - folds[i].letters.first) % folds[i].step == 0 ? (uint32_t)((int32_t)c + folds[i].add) : c;
    return c;
}

void text_put_safe(struct buf *out, const char *s, size_t len)
{
    const char *end = s + len;

    while (s < end) {
        uint32_t c;
        size_t n = text_decode(s, (size_t)(end - s), &c);

        if (n == 0)
            buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*s);
        else if (text_is_unsafe(c))
            buf_printf(out, c < 0x10000 ? "\\u%04" PRIx32 : "\\U%08" PRIx32, c);
        else
            buf_append(out, s, n);
        s += n == 0 ? 1 : n;
    }
}

/* Append ${c} as JSON has it in ASCII. */
static void put_json_escape(struct buf *out, uint32_t c)
{
    if (c < 0x10000)
        buf_printf(out, "\\u%04" PRIx32, c);
    else
        buf_printf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
}

void text_put_json(struct buf *out, const char *json, size_t len)
{
    size_t start = 0, at = 0;

    while (at < len) {
        uint32_t c = (unsigned char)json[at];
        size_t n = c < 0x80 ? 1 : text_decode(json + at, len - at, &c);

        /* C0 stands between tokens alone, and what is beyond ASCII in strings alone. */
        if (n > 0 && c >= 0x7f && text_is_unsafe(c)) {
            buf_append(out, json + start, at - start);
            put_json_escape(out, c);
            start = at + n;
        }
        at += n == 0 ? 1 : n;
    }
    buf_append(out, json + start, len - start);
}

static size_t char_width(uint32_t c)
{
    if (c < 0x300)
        return 1;
    if (is_in(c, combining, COUNT(combining)))
        return 0;
    return is_in(c, wide, COUNT(wide)) ? 2 : 1;
}

size_t text_fit(const char *s, size_t len, size_t width)
{
    size_t used = 0, at = 0;

    while (at < len) {
        uint32_t c;
        size_t n = text_decode(s + at, len - at, &c);

        used += n == 0 ? 1 : char_width(c);
        if (used > width)
            break;
        at += n == 0 ? 1 : n;
    }
    return at;
}

size_t text_width(const char *s, size_t len)
{
    size_t width = 0, at = 0;

    while (at < len) {
        uint32_t c;
        size_t n = text_decode(s + at, len - at, &c);

        width += n == 0 ? 1 : char_width(c);
        at += n == 0 ? 1 : n;
    }
    return width;
}
