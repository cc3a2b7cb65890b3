#include "grow.h"

#include <stdint.h>
#include <stdlib.h>

/* The fewest items that are made room for: less is not worth the call. */
#define FIRST_ITEMS 16

void *grow_array(void *array, size_t *cap, size_t need, size_t max, size_t size)
{
    size_t more = *cap < FIRST_ITEMS ? FIRST_ITEMS : *cap;
    void *grown;

    if (max > SIZE_MAX / size)
        max = SIZE_MAX / size;
    if (need > max)
        return NULL;
    if (array != NULL && need <= *cap)
        return array;
    if (*cap >= FIRST_ITEMS)
        more = more > max - more / 2 ? max : more + more / 2;
    if (more < need)
        more = need;
    if (more > max)
        more = max;
    grown = realloc(array, more * size);
    if (grown != NULL)
        *cap = more;
    return grown;
}
