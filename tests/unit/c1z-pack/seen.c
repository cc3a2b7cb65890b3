/* The memory for keys: what it has seen it may forget, and never takes what is new for seen. */
#include "c1z-pack/seen.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define MANY 200000

int main(void)
{
    char key[SEEN_KEY_MAX + 2], other[32];
    struct err e = {0};
    struct seen s;
    int forgotten = 0, wrong = 0;

    if (seen_init(&s, &e) < 0)
        return 1;
    memset(key, 'k', sizeof(key));
    tap_ok(!seen_before(&s, "a", 1), "a key is new");
    tap_ok(seen_before(&s, "a", 1), "and then it is not");
    tap_ok(!seen_before(&s, "a\0", 2), "a NUL counts");
    tap_ok(!seen_before(&s, "", 0) && !seen_before(&s, "", 0), "an empty key is never remembered");
    tap_ok(!seen_before(&s, key, SEEN_KEY_MAX) && seen_before(&s, key, SEEN_KEY_MAX), "the longest is");
    tap_ok(!seen_before(&s, key, SEEN_KEY_MAX + 1) && !seen_before(&s, key, SEEN_KEY_MAX + 1), "a longer one is not");
    for (int i = 0; i < MANY; i++)
        wrong += seen_before(&s, other, (size_t)snprintf(other, sizeof(other), "key %d", i));
    tap_ok(wrong == 0, "no new key is taken for seen");
    for (int i = MANY - 1000; i < MANY; i++)
        forgotten += !seen_before(&s, other, (size_t)snprintf(other, sizeof(other), "key %d", i));
    tap_ok(forgotten < 100, "those met last are remembered");
    seen_release(&s);
    return tap_done();
}
