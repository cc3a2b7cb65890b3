/*
 * seen.h: a memory of bounded size for keys met before.  It may forget, and then takes a key for new; it never takes a
 * new key for one that it has seen.
 */
#ifndef C1Z_PACK_SEEN_H
#define C1Z_PACK_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* Keys longer than this are not remembered. */
#define SEEN_KEY_MAX 126

/* ${entries} is a table of sets; within a set the key met last stands first. */
struct seen {
    struct seen_entry *entries;
};

/* Make ready (about 8 MiB, of which the system gives what is touched). Return 0, or -1 with ${e} (EX_OSERR). */
int seen_init(struct seen *s, struct err *e);
void seen_release(struct seen *s);

/* Whether the ${len} bytes at ${key} were met before; from now on they were. */
bool seen_before(struct seen *s, const char *key, size_t len);

#endif
