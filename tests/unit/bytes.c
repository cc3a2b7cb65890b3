/*
 * bytes.h and grow.h: the order of texts, where they may be cut, characters by number, and how arrays grow.
 */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "tap.h"

static const struct {
    const char *a, *b;
    int order;
} pairs[] = {
    {"", "", 0},
    {"a", "a", 0},
    {"", "a", -1},
    {"a", "ab", -1},
    {"b", "ab", 1},
    {"a", "\xff", -1},
    {"\x80", "\x7f", 1},
};

static const struct {
    const char *text;
    size_t max, cut;
} cuts[] = {
    {"abc", 3, 3},
    {"abc", 9, 3},
    {"abc", 2, 2},
    {"abc", 0, 0},
    {"a\xc3\xa9z", 2, 1},
    {"a\xc3\xa9z", 3, 3},
    {"\xe2\x82\xac", 2, 0},
    {"\xf0\x9f\x98\x80z", 3, 0},
    {"\xf0\x9f\x98\x80z", 4, 4},
};

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void check_order(void)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const char *a = pairs[i].a, *b = pairs[i].b;
        size_t a_len = strlen(a), b_len = strlen(b);

        tap_ok(sign(bytes_compare(a, a_len, b, b_len)) == pairs[i].order &&
                   sign(bytes_compare(b, b_len, a, a_len)) == -pairs[i].order &&
                   bytes_equal(a, a_len, b, b_len) == (pairs[i].order == 0),
            "order and equality");
    }
    tap_ok(bytes_equal(NULL, 0, "", 0) && bytes_compare(NULL, 0, "x", 1) < 0, "nothing may be at NULL");
}

static void check_hash(void)
{
    unsigned buckets[16] = {0}, least = 1000;

    tap_ok(bytes_hash("abc", 3) == bytes_hash("abcd", 3) && bytes_hash("abc", 3) != bytes_hash("abd", 3),
        "a hash is of the bytes, and of no others");
    for (uint32_t i = 0; i < 16000; i++)
        buckets[bytes_hash(&i, sizeof(i)) % 16]++;
    for (int i = 0; i < 16; i++)
        least = buckets[i] < least ? buckets[i] : least;
    tap_ok(least > 800, "its low bits spread keys that differ little");
}

static void check_cuts(void)
{
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
        tap_ok(bytes_cut(cuts[i].text, strlen(cuts[i].text), cuts[i].max) == cuts[i].cut, "a cut between characters");
}

static void check_characters(void)
{
    static const struct {
        uint32_t c;
        const char *text;
    } characters[] = {{'a', "a"}, {0x7f, "\x7f"}, {0x80, "\xc2\x80"}, {0x7ff, "\xdf\xbf"}, {0x800, "\xe0\xa0\x80"},
        {0xffff, "\xef\xbf\xbf"}, {0x10000, "\xf0\x90\x80\x80"}, {0x10ffff, "\xf4\x8f\xbf\xbf"}};
    static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF", none[] = "/:@G`g \xff";
    bool right = bytes_hex_digit('\0') < 0;

    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
        char text[4];
        size_t n = bytes_put_utf8(text, characters[i].c);

        tap_ok(bytes_equal(text, n, characters[i].text, strlen(characters[i].text)), "a character in UTF-8");
    }
    for (int i = 0; i < 16; i++)
        right = right && bytes_hex_digit(digits[i]) == i && bytes_hex_digit(upper[i]) == i;
    for (size_t i = 0; i < sizeof(none) - 1; i++)
        right = right && bytes_hex_digit(none[i]) < 0;
    tap_ok(right, "hexadecimal digits, and what are none");
}

static void check_growth(void)
{
    size_t cap = 0, moves = 0, before = 0;
    uint32_t *array = NULL;
    bool kept = true;

    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t *grown = grow_array(array, &cap, i + 1, 1000, sizeof(*array));

        if (grown == NULL || cap < i + 1 || cap > 1000)
            break;
        array = grown;
        array[i] = i;
        moves += cap != before;
        before = cap;
    }
    for (uint32_t i = 0; i < 1000 && cap == 1000; i++)
        kept = kept && array[i] == i;
    tap_ok(cap == 1000 && kept, "an array grows to its limit and keeps what is in it");
    tap_ok(moves > 3 && moves < 20, "in few steps");
    tap_ok(grow_array(array, &cap, 1001, 1000, sizeof(*array)) == NULL && cap == 1000, "and no further");
    tap_ok(grow_array(array, &cap, SIZE_MAX / 2, SIZE_MAX, sizeof(*array)) == NULL && cap == 1000,
        "a size that overflows is no memory");
    free(array);
}

int main(void)
{
    check_order();
    check_hash();
    check_cuts();
    check_characters();
    check_growth();
    return tap_done();
}
