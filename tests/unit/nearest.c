/* What a mistyped word may have meant. */
#include "nearest.h"

#include <string.h>

#include "tap.h"

static const struct {
    const char *a, *b;
    unsigned steps;
} pairs[] = {
    {"", "", 0},
    {"", "abc", 3},
    {"abc", "", 3},
    {"abc", "abc", 0},
    {"abc", "abd", 1},
    {"abc", "acb", 1},
    {"abc", "ab", 1},
    {"ab", "abc", 1},
    {"kitten", "sitting", 3},
    {"grnats", "grants", 1},
    {"organisation", "organization", 1},
};

static const char *const words[] = {"resources", "resource-types", "entitlements", "grants", "syncs", "jobs"};

static const struct {
    const char *word, *found;
} searches[] = {
    {"gratns", "grants"},
    {"grant", "grants"},
    {"resource", "resources"},
    {"resource-type", "resource-types"},
    {"jbos", "jobs"},
    {"jb", NULL},
    {"entirely", NULL},
    {"x", NULL},
    {"", NULL},
    {"entitlementsentitlementsentitlementsentitlements", NULL},
};

int main(void)
{
    char text[NEAREST_WORD_MAX + 2];

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        tap_ok(nearest_steps(pairs[i].a, strlen(pairs[i].a), pairs[i].b) == pairs[i].steps, pairs[i].b);
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
        struct nearest n = {.word = searches[i].word, .len = strlen(searches[i].word)};

        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
            nearest_offer(&n, words[k]);
        tap_ok((n.found == NULL) == (searches[i].found == NULL) &&
                   (n.found == NULL || strcmp(n.found, searches[i].found) == 0),
            searches[i].word);
    }
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    tap_ok(nearest_steps(text, strlen(text), "a") > strlen(text), "a word that is too long");
    return tap_done();
}
