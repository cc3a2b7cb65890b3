#include "known.h"

void known_init(struct known *k)
{
    for (int i = 0; i < LEVEL_COUNT; i++)
        ids_init(&k->of[i]);
}

void known_release(struct known *k)
{
    for (int i = 0; i < LEVEL_COUNT; i++)
        ids_release(&k->of[i]);
}

struct ids *known_ids(struct known *k, enum resource resource)
{
    enum level level = resource_table[resource].opens;

    return level == LEVEL_NONE ? NULL : &k->of[level];
}
