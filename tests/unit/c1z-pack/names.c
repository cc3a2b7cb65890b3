/* Texts by number: each once, in the order first met, found again however many there are. */
#include "c1z-pack/names.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define MANY 5000

static struct wire_bytes text(const char *s)
{
    return (struct wire_bytes){(const uint8_t *)s, strlen(s)};
}

int main(void)
{
    struct err e = {0};
    struct names n;
    uint32_t number;
    char name[16];
    int wrong = 0;

    names_init(&n);
    tap_ok(names_find(&n, text("a")) == NAMES_NONE, "nothing is in an empty one");
    tap_ok(names_add(&n, text("a"), &number, &e) == 0 && number == 0, "the first is 0");
    tap_ok(names_add(&n, text(""), &number, &e) == 0 && number == 1, "the empty text is one");
    tap_ok(names_add(&n, text("a"), &number, &e) == 0 && number == 0 && n.len == 2, "known ones keep their number");
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "name%u", i);
        wrong += names_add(&n, text(name), &number, &e) < 0 || number != i + 2;
    }
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "name%u", i);
        wrong += names_find(&n, text(name)) != i + 2 || !wire_same(n.list[i + 2], text(name));
    }
    tap_ok(wrong == 0, "many keep theirs");
    tap_ok(names_find(&n, text("name")) == NAMES_NONE, "others have none");
    names_release(&n);
    return tap_done();
}
