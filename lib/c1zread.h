/*
 * c1zread.h: a .c1z file as syncs and their records, whatever kind of file it is.  The one place that tells kinds of
 * files apart; what reads one kind stands behind c1zread_engine.h.
 *
 * The file is never written.  What is unpacked of it goes to files without a name in TMPDIR.
 */
#ifndef AB_C1ZREAD_H
#define AB_C1ZREAD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"
#include "kind.h"

/* How many syncs of a file are listed at most, and the longest text of one; a file with more is refused. */
#define C1ZREAD_SYNCS_MAX 100000
#define C1ZREAD_SYNC_TEXT_MAX 1024

/*
 * A sync run.  All texts are UTF-8 without U+0000.  Times are as the file has them (c1zread_time makes stream times of
 * them); ${ended_at} is NULL for a sync that is not finished.  ${parent} is "" for one without.
 */
struct c1zread_sync {
    char *id, *started_at, *ended_at, *type, *parent;
};

struct c1zread;
struct c1zread_rows;

/**
 * c1zread_open(name, e):
 * Open the file ${name} (kept, not copied; errors call it so), or with "-" standard input, which may be a pipe, and list
 * its syncs.  Return NULL with ${e}: EX_NOINPUT (it is not there or may not be read), EX_DATAERR (no .c1z, an empty or
 * damaged one, or one of a kind that cannot be read, named), EX_IOERR, EX_CANTCREAT (no temporary file), EX_CONFIG (a
 * variable that bounds decoding is wrong).  c1zread_close takes NULL too.
 */
struct c1zread *c1zread_open(const char *name, struct err *e);
void c1zread_close(struct c1zread *r);

/* What errors call it. */
const char *c1zread_name(const struct c1zread *r);

/* The ${*n} syncs of the file in stored order; they live until the close. */
const struct c1zread_sync *c1zread_syncs(const struct c1zread *r, size_t *n);

/*
 * Which sync is read.  ${newer} is a finished sync of another type than full that ended after ${sync}, which readers of
 * SDK 0.25 and later list in its place, or NULL.
 */
struct c1zread_choice {
    const struct c1zread_sync *sync, *newer;
};

/**
 * c1zread_choose(r, id, choice, e):
 * Find the sync ${id}, or if that is NULL: of the finished full ones the one with the greatest ended_at, else of the
 * finished ones of any type, else of all the one that began last (reference/c1z-format.md sections 5.4, 9.2); of equal
 * times the greatest id.  Return 0, or -1 with ${e} (EX_DATAERR: there is none).
 */
int c1zread_choose(const struct c1zread *r, const char *id, struct c1zread_choice *choice, struct err *e);

/* Whether ${sync} is finished and full, so that what it does not have did not exist. */
bool c1zread_whole(const struct c1zread_sync *sync);

#define C1ZREAD_TIME_SIZE 96

/**
 * c1zread_time(text, to):
 * Write the time ${text} of a file (section 4.8: a date and a time with a space or a T between, a fraction, an offset,
 * each of the last three or none; seconds may be missing, and the time of day) as RFC 3339 in UTC to ${to}.  Without an
 * offset it is taken for UTC, as readers do.  Return whether ${text} is such a time between the years 1 and 9999.
 */
bool c1zread_time(const char *text, char to[C1ZREAD_TIME_SIZE]);

/*
 * In which order records come: as they are stored (v1: in the order in which they were written; v3: sorted), or sorted
 * in the order of bytes, which is the same for one sync in any kind of file:
 *   resource types by id;
 *   resources by type and id;
 *   entitlements by type and id of their resource, then those whose own id does not begin with these two and colons
 *   ("type:id:") before those whose id does, then by id;
 *   grants by their entitlement likewise, then by type and id of their principal, then by id.
 */
enum c1zread_order { C1ZREAD_STORED, C1ZREAD_SORTED };

/*
 * The ids of a record; what a kind does not have is empty.  Texts are UTF-8, not terminated, and live until the next
 * row.  ${on} is the resource that an entitlement is on, or that of a grant's entitlement; ${self} is a resource's own id
 * (its ${id} is empty).
 */
struct c1zread_ref {
    struct json_str type, id;
};
struct c1zread_row {
    struct json_str id;           /* of a resource type, an entitlement or a grant */
    struct c1zread_ref self;      /* of a resource */
    struct c1zread_ref parent;    /* of a resource: empty if it has none */
    struct c1zread_ref on;        /* of an entitlement or a grant */
    struct json_str entitlement;  /* of a grant */
    struct c1zread_ref principal; /* of a grant */
};

/**
 * c1zread_compare(kind, a, b), c1zread_compare_held(a, b), c1zread_compare_ref(a, b),
 * c1zread_compare_entitlement(a_on, a, b_on, b):
 * The sorted order of two records of ${kind}; of two grants by who holds what, whatever their own ids; of two resources;
 * of two entitlements by the resources they are on and their ids: negative, 0 or positive.
 */
int c1zread_compare(enum kind kind, const struct c1zread_row *a, const struct c1zread_row *b);
int c1zread_compare_held(const struct c1zread_row *a, const struct c1zread_row *b);
int c1zread_compare_ref(const struct c1zread_ref *a, const struct c1zread_ref *b);
int c1zread_compare_entitlement(
    const struct c1zread_ref *a_on, struct json_str a, const struct c1zread_ref *b_on, struct json_str b);

/* How many bytes of the entitlement's ${id} are the type and the id of the resource ${on}, each with a colon behind it:
   0 if it does not begin with them. */
size_t c1zread_convention(const struct c1zread_ref *on, struct json_str id);

/*
 * How much of each record is wanted: its ids alone (c1zread_next), which is a good deal faster; its message too, but of a
 * grant not what it says of its entitlement and its principal, which need not be read then, nor be right; or the whole.
 */
enum c1zread_part { C1ZREAD_IDS, C1ZREAD_LEAN, C1ZREAD_WHOLE };

/* Which records of a sync to read, which is one of c1zread_syncs, and how. */
struct c1zread_query {
    const struct c1zread_sync *sync;
    enum kind kind;
    enum c1zread_order order;
    enum c1zread_part part;
};

/**
 * c1zread_rows(r, query, e):
 * Begin to read the records of ${query} (which is copied).  Several may be read at one time.  Memory does not depend on
 * their number.  Return NULL with ${e}.  c1zread_rows_close takes NULL too.
 */
struct c1zread_rows *c1zread_rows(struct c1zread *r, const struct c1zread_query *query, struct err *e);
void c1zread_rows_close(struct c1zread_rows *rows);

/**
 * c1zread_next(rows, row, e):
 * Go to the next record; ${row} are its ids (or NULL if they are not wanted).  Return 1, 0 after the last, or -1 with
 * ${e}: EX_DATAERR for ids that are no text, with the place in the file; EX_IOERR.
 */
int c1zread_next(struct c1zread_rows *rows, struct c1zread_row *row, struct err *e);

/**
 * c1zread_message(rows, a, m, e):
 * The record that c1zread_next went to, of a query for C1ZREAD_WHOLE: with what the file keeps beside its message put
 * back (a grant's entitlement and principal by their ids where it has none, GrantExpandable behind its other
 * annotations).  Of one for C1ZREAD_LEAN, a grant may have no entitlement and no principal.  It is allocated in ${a}, and
 * nothing in it points elsewhere.  Its type is that of kind_names(kind)->message.  Return 0, or -1 with ${e} (EX_DATAERR
 * with the place in the file, or EX_OSERR with ${a}->failed).
 */
int c1zread_message(struct c1zread_rows *rows, struct arena *a, ProtobufCMessage **m, struct err *e);

/**
 * c1zread_place(rows, e):
 * Put where the current record stands in the file before the message of ${e}.  Always return -1.
 */
int c1zread_place(struct c1zread_rows *rows, struct err *e);

/**
 * c1zread_asset(r, sync, id, data, e):
 * Append the bytes of the asset ${id} of ${sync} to ${data}.  Return 1, 0 if there is none, or -1 with ${e}.
 */
int c1zread_asset(struct c1zread *r, const struct c1zread_sync *sync, const char *id, struct buf *data, struct err *e);

#endif
