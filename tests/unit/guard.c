/*
 * guard.h: a secret of 40 bytes in every form that a server may repeat it in, its pieces, and texts that share too little.
 */
#include "guard.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

/* With what is written otherwise in URLs, in JSON and in base64 of either kind. */
#define SECRET "k3y+/=?&\"\\z~-_.8 \xc3\xa9\xf0\x9f\x98\x80Qw!*'()5>\x3e\xbf\xc3\xbf~~9"

/* ${allowed}: whether it may be shown while SECRET is known. */
static const struct {
    const char *text, *what;
    bool allowed;
} texts[] = {
    {"", "nothing", true},
    {"Invalid client id or token", "words", true},
    {"x" SECRET "y", "the secret", false},
    {"x\\z~-_.8 y", "eight bytes of it", false},
    {"x\\z~-_.8y", "seven", true},
    {"k3y%2B%2F%3D%3F%26%22", "URL-encoded", false},
    {"k3y%2b%2f%3d%3f%26", "with small letters", false},
    {"%6b%33%79%2b%2f%3d%3f%26", "every byte of it", false},
    {"z~-_.8+%C3%A9", "as a form's field", false},
    {"k3y+/=?%26", "in part", false},
    {"k3y+/=?&\\\"\\\\z~", "escaped for JSON", false},
    {"\\u006b\\u0033\\u0079\\u002b\\u002F\\u003D\\u003f\\u0026", "every byte of it", false},
    {"_.8 \\u00e9\\uD83D\\uDE00Qw", "the characters that are not ASCII", false},
    {"k3y+\\/=?&", "with the slash escaped", false},
    {"{\\\\\\\"a\\\\\\\":\\\"k3y+\\\\/=?&\\\\\\\"", "twice", false},
    {"k3y%5Cu002B/=?&", "in a URL and in JSON", false},
    {"azN5Ky89PyYiXHp+LV8uOCA=", "its beginning in base64", false},
    {"eGszeSsvPT8mIlx6fi1fLjggw6k=", "behind another byte", false},
    {"eHhrM3krLz0/JiJcen4tXy44IMOp", "behind two", false},
    {"eHhrM3krLz0_JiJcen4tXy44IMOp", "in the alphabet of URLs", false},
    {"eHhrM3krLz0%2FJiJcen4tXy44", "URL-encoded on top", false},
    {"azN5Kw==", "a shorter piece", true},
    {"K%", "a percent sign at the end", true},
    {"\\", "a backslash at the end", true},
    {"\\u12", "half an escape", true},
    {"%k3", "no escape", true},
    {"+++++++++++++-_-_-_-_-_", "signs", true},
};

static bool allows(const char *text)
{
    return guard_allows(text, strlen(text));
}

static void check_forms(void)
{
    tap_ok(allows(SECRET), "what is not known may be shown");
    guard_secret(SECRET, strlen(SECRET));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        tap_ok(allows(texts[i].text) == texts[i].allowed &&
                   guard_allows_message(texts[i].text, strlen(texts[i].text)) == texts[i].allowed,
            texts[i].what);
    guard_clear();
    tap_ok(allows(SECRET), "what is forgotten too");
}

static void check_short(void)
{
    guard_secret("abc", 3);
    tap_ok(!allows("xabcx") && !allows("%61bc") && allows("abx"), "a short secret is looked for as a whole");
    tap_ok(guard_allows_message("xabcx", 5), "but not in a message");
    tap_ok(allows("YWJj"), "nor in base64, where it would be met by chance");
    guard_clear();
    guard_secret("", 0);
    tap_ok(allows("anything"), "an empty one is none");
}

static void check_tokens(void)
{
    char token[32];
    bool known = true;

    guard_secret("the-one-secret", 14);
    for (int i = 0; i <= GUARD_TOKENS; i++) {
        snprintf(token, sizeof(token), "%08d%08d", i, i);
        guard_token(token, 16);
    }
    for (int i = 1; i <= GUARD_TOKENS; i++) {
        snprintf(token, sizeof(token), "x%08d", i);
        known = known && !allows(token);
    }
    tap_ok(known, "the latest tokens are all known");
    tap_ok(allows("x00000000"), "the one before them is forgotten");
    tap_ok(!allows("the-one-secret"), "the secret is not");
    guard_clear();
}

int main(void)
{
    check_forms();
    check_short();
    check_tokens();
    return tap_done();
}
