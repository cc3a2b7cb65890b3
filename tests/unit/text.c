/*
 * text.h: what reaches a terminal, and how wide it is there.
 */
#include "text.h"

#include <string.h>

#include "tap.h"

static const struct {
    const char *text, *safe;
} safes[] = {
    {"plain é 日", "plain é 日"},
    {"a\tb\nc", "a\\u0009b\\u000ac"},
    {"\x1b[31mred", "\\u001b[31mred"},
    {"\x7f", "\\u007f"},
    {"\xc2\x9b"
     "1m",
        "\\u009b1m"},
    {"\xe2\x80\xae"
     "txt.exe",
        "\\u202etxt.exe"},
    {"\xe2\x80\x8b", "\\u200b"},
    {"\xef\xbb\xbf", "\\ufeff"},
    {"a\xff"
     "b\xc3",
        "a\\xffb\\xc3"},
    {"\xc0\x80", "\\xc0\\x80"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"back\\slash", "back\\slash"},
    {"soft\xc2\xad"
     "hyphen",
        "soft\\u00adhyphen"},
    {"a\xf3\xa0\x81\x81\xe3\x85\xa4", "a\\U000e0041\\u3164"},
    /* A joiner of graphemes, vowels without a sign, a blank of Braille, what selects variants. */
    {"\xcd\x8f\xe1\x9e\xb4\xe1\x9e\xb5\xe1\xa0\x8b", "\\u034f\\u17b4\\u17b5\\u180b"},
    {"\xe2\xa0\x80\xef\xb8\x80\xef\xb8\x8f", "\\u2800\\ufe00\\ufe0f"},
    {"\xf3\xa0\x84\x80\xf3\xa0\x87\xaf", "\\U000e0100\\U000e01ef"},
    /* Their neighbours. */
    {"\xcd\x8e\xe1\x9e\xb3\xe1\x9e\xb6\xe2\xa0\x81\xef\xb8\x90",
        "\xcd\x8e\xe1\x9e\xb3\xe1\x9e\xb6\xe2\xa0\x81\xef\xb8\x90"},
};

/* JSON keeps its value; controls of C0 do not stand in its strings. */
static const struct {
    const char *json, *safe;
} jsons[] = {
    {"", ""},
    {"{\"a\":\"é 日 \\u001b\\n\"}\n", "{\"a\":\"é 日 \\u001b\\n\"}\n"},
    {"[\"\x7f\",\"\xc2\x9b"
     "1m\"]",
        "[\"\\u007f\",\"\\u009b1m\"]"},
    {"\"\xe2\x80\xae\xf3\xa0\x81\x81x\"", "\"\\u202e\\udb40\\udc41x\""},
    {"\"\\\\\xe2\x80\x8b\"", "\"\\\\\\u200b\""},
};

/* ${fit} is how many bytes fit in ${room} columns. */
static const struct {
    const char *text;
    size_t width, room, fit;
} widths[] = {
    {"", 0, 3, 0},
    {"abc", 3, 2, 2},
    {"abc", 3, 3, 3},
    {"é", 1, 1, 2},
    {"日本", 4, 3, 3},
    {"日本", 4, 1, 0},
    {"e\xcc\x81x", 2, 1, 3},
    {"한a", 3, 2, 3},
    {"😀!", 3, 2, 4},
    {"ﬁ", 1, 1, 3},
};

static const struct {
    uint32_t capital, small;
} folds[] = {
    {'A', 'a'},
    {'z', 'z'},
    {'[', '['},
    {0xd7, 0xd7},
    {0xc9, 0xe9},     /* é */
    {0x141, 0x142},   /* ł */
    {0x17b, 0x17c},   /* ż */
    {0x178, 0xff},    /* ÿ */
    {0x1ed2, 0x1ed3}, /* ồ */
    {0x3a9, 0x3c9},   /* ω */
    {0x3c2, 0x3c3},   /* a final sigma */
    {0x416, 0x436},   /* ж */
    {0x401, 0x451},   /* ё */
    {0x65e5, 0x65e5}, /* 日 */
    {0x10ffff, 0x10ffff},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_made(void (*put)(struct buf *out, const char *s, size_t len), const char *text, const char *safe)
{
    struct buf out;
    bool same;

    buf_init(&out, 1024);
    put(&out, text, strlen(text));
    same = buf_cstr(&out) != NULL && strcmp(buf_cstr(&out), safe) == 0;
    buf_release(&out);
    return same;
}

int main(void)
{
    for (size_t i = 0; i < COUNT(safes); i++)
        tap_ok(is_made(text_put_safe, safes[i].text, safes[i].safe), safes[i].safe);
    for (size_t i = 0; i < COUNT(jsons); i++)
        tap_ok(is_made(text_put_json, jsons[i].json, jsons[i].safe), jsons[i].safe);
    for (size_t i = 0; i < COUNT(widths); i++) {
        size_t len = strlen(widths[i].text);

        tap_ok(text_width(widths[i].text, len) == widths[i].width, widths[i].text);
        tap_ok(text_fit(widths[i].text, len, widths[i].room) == widths[i].fit, "what fits");
    }
    for (size_t i = 0; i < COUNT(folds); i++)
        tap_ok(text_fold(folds[i].capital) == folds[i].small && text_fold(folds[i].small) == folds[i].small,
            "a capital letter and its small one");
    return tap_done();
}
