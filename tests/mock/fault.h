/*
 * fault.h: the plan of what goes wrong.
 *
 * A fault is 'WHERE N ACTION': the N-th request ("3", "2-5", "2-", or "*" for each) that WHERE fits meets ACTION. WHERE is
 * the end of a path, or "*" for all paths; with "?TEXT" behind it, TEXT must be in the query or the body as well.
 *
 * Another answer than the true one (the first in the plan wins):
 *   status=S[,retry-after=TEXT][,location=URL]   S (300 to 599) with a body in the server's style
 *   echo=S       S with a message that repeats the Authorization header
 *   unlicensed   403, for want of an entitlement
 *   html         200 with a page of HTML
 *   body=FILE[,status=S]   200, or S (200 to 599), with that file as JSON
 *   cache        what was first answered at this very URL, whatever the body is now
 *   reset        the connection is reset before an answer
 * Paging (of the public lists and of config lists with a paging object; all apply):
 *   loop         every page is the first one
 *   cap=N        no page has more than N rows, whatever was asked
 *   overlap=N    pages after the first start N rows earlier
 *   shrink=N     pages after the first start N rows later, as when rows before them have gone
 * Changes to the body (all apply, in the order of the plan):
 *   omit=TEXT    rows with TEXT in them are left out
 *   without=M    the first member M has another name
 *   ids          ids that the request names are other ones in the answer
 *   next=URL     the link to the next page leads there
 *   utf8         a byte that is not UTF-8 in the first string
 *   duplicate    the first member of the first row comes twice
 *   deep=N       a member with N arrays in one another
 *   pad=N        N spaces behind it
 *   gzip         compressed, unasked
 *   bomb=N       compressed, with N spaces behind it
 * How it is sent (the first wins; delays add up; header lines are all sent):
 *   delay=MS     that much later
 *   hold=FIFO    when who has opened that for writing closes it; a test that opens it waits for the request
 *   header=LINE  with this header line more, or instead of the same one
 *   cut          the length is announced whole, half is sent, the connection is closed
 *   stall        the same, but the connection stays open and silent
 *   drip=MS      the body byte by byte, with a pause after each
 *   headers=N    with N bytes of header lines more
 *   trailers=N   in chunks, with N bytes of trailer lines
 * Each fault counts its own requests.
 */
#ifndef MOCK_FAULT_H
#define MOCK_FAULT_H

#include "piece.h"

#include <pthread.h>

/* In the order above. */
enum fault_kind {
    FAULT_STATUS,
    FAULT_ECHO,
    FAULT_UNLICENSED,
    FAULT_HTML,
    FAULT_BODY,
    FAULT_CACHE,
    FAULT_RESET,
    FAULT_LOOP,
    FAULT_CAP,
    FAULT_OVERLAP,
    FAULT_SHRINK,
    FAULT_OMIT,
    FAULT_WITHOUT,
    FAULT_IDS,
    FAULT_NEXT,
    FAULT_UTF8,
    FAULT_DUPLICATE,
    FAULT_DEEP,
    FAULT_PAD,
    FAULT_GZIP,
    FAULT_BOMB,
    FAULT_DELAY,
    FAULT_HOLD,
    FAULT_HEADER,
    FAULT_CUT,
    FAULT_STALL,
    FAULT_DRIP,
    FAULT_HEADERS,
    FAULT_TRAILERS,
};

struct fault {
    char *suffix, *part;       /* of WHERE; ${suffix} NULL: every path; ${part} NULL: whatever is asked */
    unsigned long first, last; /* which requests, counted from 1 */
    unsigned long seen;        /* requests that matched so far */
    enum fault_kind kind;
    unsigned long number;         /* the action's: a status, milliseconds, bytes, rows */
    char *word;                   /* the action's text; NULL if it has none */
    char *retry_after, *location; /* NULL: not sent */
    struct piece body;            /* of body=, and of cache the first answer, once there is one */
};

struct faults {
    pthread_mutex_t lock;
    struct fault *list;
    size_t n;
};

/* The most faults that one request can meet. */
#define FAULT_MET_MAX 16

/* What a request meets, in the order of the plan. The faults stay valid, their actions unchanged, until fault_release. */
struct fault_met {
    struct fault *list[FAULT_MET_MAX];
    size_t n;
};

void fault_init(struct faults *f);
void fault_release(struct faults *f);

/* Add the fault that ${spec} describes. Return NULL, or what is wrong with it. */
const char *fault_add(struct faults *f, const char *spec);

/* Count a request, and tell what it meets. ${body} may be NULL. */
void fault_meet(struct faults *f, const char *path, const char *query, const char *body, struct fault_met *met);

/* The first of those met whose kind is from ${from} to ${to}, or NULL. */
struct fault *fault_find(const struct fault_met *met, enum fault_kind from, enum fault_kind to);

/* Whether any fault of the plan writes to the connection by itself, which needs one without TLS. */
bool fault_needs_socket(const struct faults *f);

/* The answer that fault ${f}, of kind FAULT_CACHE, remembers: the first that is offered. The caller must not change it. */
const struct piece *fault_remember(struct faults *all, struct fault *f, const struct piece *answer);

#endif
