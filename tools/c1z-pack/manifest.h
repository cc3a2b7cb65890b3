/*
 * manifest.h: what a sync is made of and what it lacks, as one JSON object, kept in the file as the asset MANIFEST_ASSET
 * of the sync (page c1z-pack(1), manifest).
 */
#ifndef C1Z_PACK_MANIFEST_H
#define C1Z_PACK_MANIFEST_H

#include "load.h"
#include "store.h"

#define MANIFEST_ASSET "c1z-pack/manifest"

/* ${accepted} are the ${n_accepted} kinds of gaps that were accepted; ${expanded} counts the grants that were made. */
struct manifest {
    struct load_facts facts;
    const char *const *accepted;
    size_t n_accepted;
    uint64_t expanded;
};

/**
 * manifest_add(m, s, e):
 * Count what the sync in ${s} holds, make the manifest, and add it.  Return 0 or -1 with ${e}.
 */
int manifest_add(const struct manifest *m, struct store *s, struct err *e);

#endif
