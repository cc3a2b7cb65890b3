/*
 * storage.h: the two storage engines of a .c1z, and what becomes of a file of either when a sync is added to it.
 */
#ifndef C1Z_PACK_STORAGE_H
#define C1Z_PACK_STORAGE_H

#include <stdbool.h>

#include "c1zdb.h"
#include "shrink.h"

/* By the names that the SDK has for them: format v1 and format v3. */
enum storage { STORAGE_SQLITE, STORAGE_PEBBLE };

/* The engine that is called ${name}. Return 0, or -1 if there is none. */
int storage_parse(const char *name, enum storage *storage);

/**
 * storage_setting(storage, e):
 * What BATON_STORAGE_ENGINE says, or ${*storage} as it was if it is not set.  Return 0, or -1 with ${e} (EX_CONFIG).
 */
int storage_setting(enum storage *storage, struct err *e);

/*
 * What becomes of the file that is there: its syncs are kept beside the new one, or it makes place, or there is none.
 */
enum storage_old { STORAGE_OLD_NONE, STORAGE_OLD_KEPT, STORAGE_OLD_REPLACED };

/**
 * storage_judge(storage, replace, fd, name, old, e):
 * Look at the file at ${fd} (-1: there is none), called ${name}, in whose place one of ${storage} is to be.  Its offset
 * stays.  A file of format v3 holds one sync, so it makes place for the next; one of the other engine does only with
 * ${replace}.  Return 0, or -1 with ${e}: EX_DATAERR for one that may not be replaced, or is no .c1z.
 */
int storage_judge(enum storage storage, bool replace, int fd, const char *name, enum storage_old *old, struct err *e);

/**
 * storage_note(b, d, path, e):
 * Count for ${b}, and in the table that shrink.h says of ${d}, the newest finished full sync of the file ${path}, of
 * either engine, which is about to make place.  Return 0, or -1 with ${e} as c1zread_open.
 */
int storage_note(struct shrink *b, struct c1zdb *d, const char *path, struct err *e);

#endif
