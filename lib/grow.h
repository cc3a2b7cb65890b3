/*
 * grow.h: the growth of arrays.
 */
#ifndef AB_GROW_H
#define AB_GROW_H

#include <stddef.h>

/**
 * grow_array(array, cap, need, max, size):
 * Make room in ${array}, which has room for ${*cap} items of ${size} bytes each (NULL for 0), for at least ${need} of
 * them.  It grows by half, so that many small additions cost little, and never beyond ${max} items.  Return the array,
 * which may have moved, with ${*cap} as it is now; or NULL, with array and ${*cap} as they were, if ${need} is more than
 * ${max}, or there is no memory.  Room that was there already is returned as it is.
 */
void *grow_array(void *array, size_t *cap, size_t need, size_t max, size_t size);

#endif
