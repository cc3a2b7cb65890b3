/*
 * grantrows.h: grants as they are stored: with their ids as texts, and the whole message.
 */
#ifndef C1Z_PACK_GRANTROWS_H
#define C1Z_PACK_GRANTROWS_H

#include <sqlite3.h>

#include "grants.h"
#include "sources.h"

struct store;

/*
 * A grant as it is stored; ${expansion} only with ${expands}.  ${said} is the line of the input that has what is in the
 * message: of one that was made, that of the grant whose principal it has, or 0.
 */
struct grantrow {
    uint64_t line, said;
    uint32_t entitlement, principal;
    struct wire_bytes id, message, expansion;
    bool expands;
};

/* ${whole} is the message of entitlement number ${entitlement}, which ${read} gives; ${principal} is one that is copied. */
struct grantrows {
    struct store *s;
    bool bare;
    sqlite3_stmt *read;
    uint32_t entitlement;
    struct buf whole, principal, id, message;
    struct sources sources;
};

/**
 * grantrows_open(x, s, bare, e):
 * Begin.  ${bare}: messages are made without what refs and id say, for who puts that elsewhere.  Return 0 or -1 with ${e}.
 * grantrows_close may always be called on a struct that was of zeros.
 */
int grantrows_open(struct grantrows *x, struct store *s, bool bare, struct err *e);
void grantrows_close(struct grantrows *x);

/* Make ${row} of grant number ${number}; valid until the next call. Return 1, 0 if it was dropped, or -1 with ${e}. */
int grantrows_read(struct grantrows *x, uint64_t number, struct grantrow *row, struct err *e);

#endif
