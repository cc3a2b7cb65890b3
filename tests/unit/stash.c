/* Bytes in memory and in a file: put, read back in any order, changed. */
#include "stash.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "tempfile.h"

#define PIECES 5000

/* Piece ${i}: from 0 to 96 bytes, and now and then many. */
static size_t piece(unsigned i, uint8_t *to)
{
    size_t len = i % 997 == 5 ? 300000 : i * 7 % 97;

    for (size_t k = 0; k < len; k++)
        to[k] = (uint8_t)(i * 31 + k);
    return len;
}

static uint8_t room[300000];
static uint64_t places[PIECES];

static bool fill(struct stash *s, struct err *e)
{
    for (unsigned i = 0; i < PIECES; i++) {
        size_t len = piece(i, room);

        places[i] = s->len;
        if (stash_put(s, room, len, e) < 0)
            return false;
    }
    return true;
}

static bool is_there(struct stash *s, unsigned i, struct err *e)
{
    size_t len = piece(i, room);
    const void *p = stash_at(s, places[i], len, e);

    return len == 0 || (p != NULL && memcmp(p, room, len) == 0);
}

/* Put all, with ${max} bytes in memory; read forwards, backwards, at random; put more; read again. */
static bool goes_round(size_t max)
{
    struct err e = {0};
    struct stash s;
    bool good;

    stash_open(&s, tempfile_dir(), max);
    good = fill(&s, &e);
    for (unsigned i = 0; good && i < PIECES; i++)
        good = is_there(&s, i, &e);
    for (unsigned i = PIECES; good && i-- > 0;)
        good = is_there(&s, i, &e);
    for (unsigned i = 0; good && i < PIECES; i++)
        good = is_there(&s, i * 2654435761U % PIECES, &e);
    good = good && fill(&s, &e);
    for (unsigned i = 0; good && i < PIECES; i++)
        good = is_there(&s, i, &e);
    stash_close(&s);
    return good;
}

/* Change every third piece to another's bytes, after it was read, and see that the others stay. */
static bool changes(size_t max)
{
    static const uint8_t zeros[300000];
    struct err e = {0};
    struct stash s;
    bool good;

    stash_open(&s, tempfile_dir(), max);
    good = fill(&s, &e);
    for (unsigned i = 0; good && i < PIECES; i += 3) {
        size_t len = piece(i, room);

        good = is_there(&s, i, &e) && stash_change(&s, places[i], zeros, len, &e) == 0;
    }
    for (unsigned i = 0; good && i < PIECES; i++) {
        size_t len = piece(i, room);
        const void *p = stash_at(&s, places[i], len, &e);

        good = len == 0 || (p != NULL && memcmp(p, i % 3 == 0 ? zeros : room, len) == 0);
    }
    stash_close(&s);
    return good;
}

int main(void)
{
    struct stash none = {0};

    tap_ok(goes_round((size_t)64 << 20), "all in memory");
    tap_ok(goes_round(10000), "most in a file");
    tap_ok(goes_round(0), "nothing in memory");
    tap_ok(changes((size_t)64 << 20) && changes(10000) && changes(0), "what is changed is, and nothing else");
    stash_close(&none);
    tap_ok(true, "one of zeros is closed");
    return tap_done();
}
