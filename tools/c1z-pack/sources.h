/*
 * sources.h: through which entitlements a grant is held, as its message says in the map of field 5: read, united,
 * written.  Where an entry's own entitlement is a source, the grant is held directly as well.
 */
#ifndef C1Z_PACK_SOURCES_H
#define C1Z_PACK_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "wire.h"

/* The fields of a Grant. */
enum { GRANT_ENTITLEMENT = 1, GRANT_PRINCIPAL = 2, GRANT_ID = 3, GRANT_ANNOTATIONS = 4, GRANT_SOURCES = 5 };

/* One source: an entitlement's id, which points into bytes of others; whether it is held directly there. */
struct source {
    struct wire_bytes key;
    bool direct;
};

/* ${len} sources in the order of their keys' bytes, each key once; or while they are gathered, in any. */
struct sources {
    struct source *list;
    size_t len, cap;
};

void sources_release(struct sources *s);

/* Put ${source} behind the others. Return 0, or -1 with ${e} (EX_OSERR). */
int sources_append(struct sources *s, struct source source, struct err *e);

/* Sort what was gathered, and make one of those with the same key: direct if any is. */
void sources_settle(struct sources *s);

/* Gather those of ${grant}, a message, behind the others, in its order. Return 0, or -1 with ${e}: EX_SOFTWARE, EX_OSERR. */
int sources_read(struct sources *s, struct wire_bytes grant, struct err *e);

/**
 * sources_unite(into, other, changed, e):
 * Add those of ${other} to ${into}, both settled; ${*changed} is whether that made a difference: a source that was not
 * there, or one that is now direct.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int sources_unite(struct sources *into, const struct sources *other, bool *changed, struct err *e);

/* Append the field as the deterministic marshaller writes it. */
void sources_put(struct buf *out, const struct sources *s);

/*
 * Whether the grant of ${entitlement} with these bytes is held directly: it has no sources, or its own entitlement is
 * among them.
 */
bool sources_direct(struct wire_bytes grant, struct wire_bytes entitlement);

#endif
