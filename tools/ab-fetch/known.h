/*
 * known.h: the ids of the things that have others beneath them, numbered, with what is known about each.
 */
#ifndef AB_FETCH_KNOWN_H
#define AB_FETCH_KNOWN_H

#include "ids.h"
#include "resource.h"

/*
 * Bits on an id.
 *   MARK_EMITTED  its line is in the stream, or about to be (tree.c, inlet.c)
 *   MARK_LISTED   the list of its parent has it (survey.c)
 *   MARK_COVERED  a gap says that it is known by its id alone, which covers what stands beneath it (tree.c, inlet.c)
 */
enum { MARK_EMITTED = 1, MARK_LISTED = 2, MARK_COVERED = 4 };

/* The number of no id. */
#define NO_INDEX UINT32_MAX

/* ${of}[level] are the ids of the resource that opens that level. */
struct known {
    struct ids of[LEVEL_COUNT];
};

void known_init(struct known *k);
void known_release(struct known *k);

/* The set for ${resource}, or NULL if it opens no level: its ids then matter only within one list. */
struct ids *known_ids(struct known *k, enum resource resource);

#endif
