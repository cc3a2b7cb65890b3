/*
 * c1z3make.h: the messages that format v1 stores as the records of format v3 (reference/c1z-v3.md section 6): the way
 * back of c1z3rec.h.
 */
#ifndef AB_C1Z3MAKE_H
#define AB_C1Z3MAKE_H

#include <time.h>

#include "arena.h"
#include "buf.h"
#include "c1z3key.h"
#include "err.h"
#include "kind.h"
#include "reader.h"

/**
 * c1z3make_record(kind, message, when, a, out, e):
 * Append the record of ${kind}, which is no grant, that is made of ${message}, discovered at ${when}, to ${out}.  ${a}
 * is used and may be reset afterwards.  Return 0, or -1 with ${e}: EX_DATAERR for what is no such message, or says
 * what a record cannot (the message names it); EX_OSERR with ${out}->failed or ${a}->failed.
 */
int c1z3make_record(
    enum kind kind, struct span message, struct timespec when, struct arena *a, struct buf *out, struct err *e);

/*
 * A grant as v1 stores it: its ids, its ${message}, and what it expands by, if anything (the bytes of
 * GrantExpandable).
 */
struct c1z3make_grant {
    struct c1z3key_ref on, principal;
    struct span id, entitlement, message, expansion;
};

/* Append the record of ${g}, without building messages: there are millions. Return 0, or -1 with ${e} (EX_DATAERR). */
int c1z3make_grant(const struct c1z3make_grant *g, struct timespec when, struct buf *out, struct err *e);

/* Append a Timestamp as field ${number}. */
void c1z3make_time(struct buf *out, uint32_t number, struct timespec when);

#endif
