/* What grants refer to, by number, and its orders. "t/i/e" is a resource's type and id, and an entitlement. */
#include "c1z-pack/refs.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define MANY 5000

/* ${text} without its slashes at ${room}, and the lengths between them. */
static struct ref ref(const char *text, char *room)
{
    uint16_t lens[3] = {0};
    size_t part = 0, n = 0;

    for (; *text != '\0'; text++) {
        if (*text == '/') {
            part++;
            continue;
        }
        room[n++] = *text;
        lens[part]++;
    }
    return (struct ref){(const uint8_t *)room, lens[0], lens[1], lens[2]};
}

/* Add the words of ${list}. */
static void add_all(struct refs *r, const char *list)
{
    char word[64], room[64];
    struct err e = {0};
    uint32_t number;
    bool fresh;
    int n;

    for (; sscanf(list, " %63s%n", word, &n) == 1; list += n)
        refs_add(r, ref(word, room), &number, &fresh, &e);
}

/* Whether the words of ${list} by ${key} stand at ${places}, a digit each. */
static bool ranks(const char *list, refs_key *key, const char *places, bool prefixed)
{
    struct ranks ranks;
    struct err e = {0};
    struct refs r;
    bool good;

    refs_init(&r);
    add_all(&r, list);
    good = refs_rank(&r, key, &ranks, &e) == 0 && ranks.prefixed == prefixed && strlen(places) == r.len;
    for (size_t i = 0; good && i < r.len; i++) {
        uint32_t place = (uint32_t)(places[i] - '0');

        good = ranks.of[i] == place && place < ranks.n && ranks.of[ranks.at[place]] == place;
    }
    ranks_release(&ranks);
    refs_release(&r);
    return good;
}

static bool numbers_many(void)
{
    struct err e = {0};
    struct refs r;
    uint32_t number;
    bool fresh, good = true;
    char text[32], room[32];

    refs_init(&r);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < MANY; i++) {
            snprintf(text, sizeof(text), "t%u/i%u/e", i % 7, i);
            good =
                good && refs_add(&r, ref(text, room), &number, &fresh, &e) == 0 && number == i && fresh == (round == 0);
        }
    good = good && r.len == MANY && wire_same(ref_id(r.list[12]), (struct wire_bytes){(const uint8_t *)"i12", 3});
    refs_release(&r);
    return good;
}

static bool tells_apart(void)
{
    struct err e = {0};
    struct refs r;
    uint32_t a, b, c;
    bool fresh;
    char room[8];

    refs_init(&r);
    refs_add(&r, ref("ab/c/", room), &a, &fresh, &e);
    refs_add(&r, ref("a/bc/", room), &b, &fresh, &e);
    refs_add(&r, ref("a/b/c", room), &c, &fresh, &e);
    refs_release(&r);
    return a == 0 && b == 1 && c == 2;
}

int main(void)
{
    tap_ok(numbers_many(), "each has one number, in the order first met");
    tap_ok(tells_apart(), "the same letters cut elsewhere are another");
    tap_ok(ranks("", refs_by_resource, "", false), "none");
    tap_ok(ranks("b/1/x a/2/y a/1/z", refs_by_resource, "210", false), "by type, then id");
    tap_ok(ranks("ab/1/ a/b1/ a/b/", refs_by_resource, "210", true), "a type ends where it ends");
    tap_ok(ranks("a/1/x a/1/y a/2/x", refs_by_resource, "001", false), "two on one resource are at one place");
    tap_ok(ranks("a/1/y a/1/x a/2/xx", refs_by_entitlement, "201", true), "by entitlement; one begins another");
    tap_ok(ranks("a/1/xx a/1/x a/1/x0", refs_by_grant_id, "210", false),
        "as in a grant's id, where a colon ends it: \"x:\" after \"x0\"");
    tap_ok(ranks("a/1/x a/1/x:y", refs_by_grant_id, "01", true), "an id with a colon begins another");
    tap_ok(ranks("a:b/c/ a/b:c/ a/a/", refs_by_grant_id, "110", false), "principals that look the same there");
    return tap_done();
}
