#include "seen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define SETS 16384
#define WAYS 4

/* ${len} is 0 in an entry that holds nothing. */
struct seen_entry {
    uint16_t len;
    char key[SEEN_KEY_MAX];
};

int seen_init(struct seen *s, struct err *e)
{
    s->entries = calloc((size_t)SETS * WAYS, sizeof(*s->entries));
    return s->entries != NULL ? 0 : err_set(e, EX_OSERR, "no memory");
}

void seen_release(struct seen *s)
{
    free(s->entries);
    s->entries = NULL;
}

bool seen_before(struct seen *s, const char *key, size_t len)
{
    struct seen_entry *set = s->entries + (size_t)(bytes_hash(key, len) % SETS) * WAYS;
    struct seen_entry found;
    int way = 0;

    if (len == 0 || len > SEEN_KEY_MAX)
        return false;
    while (way < WAYS - 1 && (set[way].len != len || memcmp(set[way].key, key, len) != 0))
        way++;
    found = set[way];
    if (way > 0)
        memmove(set + 1, set, (size_t)way * sizeof(*set));
    set[0] = (struct seen_entry){.len = (uint16_t)len};
    memcpy(set[0].key, key, len);
    return found.len == len && memcmp(found.key, key, len) == 0;
}
