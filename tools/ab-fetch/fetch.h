/*
 * fetch.h: one call of the API with all its pages, and what its answers become: lines of the stream.
 */
#ifndef AB_FETCH_FETCH_H
#define AB_FETCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"
#include "http.h"
#include "ids.h"
#include "source.h"

/*
 * What is known about an organization or a workspace, as bits on its id.
 *   MARK_EMITTED  its line is in the stream, or about to be
 *   MARK_LISTED   an organization's own list of workspaces has it
 */
enum { MARK_EMITTED = 1, MARK_LISTED = 2 };

/* The ids of the things that have others beneath them, by the resource they are. */
struct known {
    struct ids organizations, workspaces;
};

/* The set for ${resource}, or NULL if its ids matter only within one list. */
struct ids *known_ids(struct known *k, enum resource resource);

/* The number of no id. */
#define NO_INDEX UINT32_MAX

/* A row whose id is kept: its number (struct known), that of its parent (NO_INDEX if not asked for), the end of its text. */
struct row {
    uint32_t id, parent;
    uint32_t end;
};

/*
 * Lines, each with its line feed, in ${text}.  ${row} and ${n} describe them if the resource has others beneath it (it
 * is in struct known); else ${n} is 0.  ${next} and ${start} say from which row on they have not been used yet.
 */
struct rows {
    struct buf text;
    struct row *row;
    uint32_t n, cap;
    uint32_t next, start;
};

void rows_init(struct rows *r);
void rows_release(struct rows *r);

/* Describe what was appended to ${r}->text since the last row as one more row. Return 0, or -1 without memory. */
int rows_add(struct rows *r, uint32_t id, uint32_t parent);

enum fetch_state {
    FETCH_WAITING, /* not begun */
    FETCH_ACTIVE,  /* in the hands of the engine */
    FETCH_DONE,    /* all pages are in ${rows} */
    FETCH_REFUSED, /* FOR_LOOKUP: the server will not say (403, 404, 405, 501) */
};

/*
 * A call.  ${skip}: rows whose id has one of these marks are left out.  ${bare}: the text of a row is its data alone
 * rather than a whole line.
 */
struct fetch {
    const struct endpoint *ep;
    struct scope scope;
    struct known *known;
    uint8_t skip;
    bool bare;
    enum fetch_state state;
    struct rows rows;

    /* Paging. */
    unsigned limit;
    uint64_t offset;
    unsigned barren; /* full pages in a row that brought no new id */
    struct ids seen; /* ids met in this list */

    /* The exchange: engine.c. */
    struct http http;
    struct buf url, body;
    struct token *token;
    unsigned attempts; /* tries of the current page */
    bool renewed;      /* the last answer was a 401, and the token was renewed for it */
    bool sent;         /* in the hands of curl */
    int64_t first_ms;  /* when the first of these tries began */
    int64_t sent_ms;   /* when the last try began */
    int64_t due_ms;    /* when the next one may begin */
};

/* A new call in ${scope} (copied), with pages of ${limit} rows; ${known} outlives it. NULL without memory. */
struct fetch *fetch_new(const struct endpoint *ep, const struct scope *scope, struct known *known, unsigned limit);
void fetch_free(struct fetch *f);

/* How an answer was read. */
enum fetch_reading {
    FETCH_COMPLETE,  /* it is in ${f}->rows, and was the last page */
    FETCH_MORE,      /* it is in ${f}->rows, and ${f}->offset is that of the next page */
    FETCH_MALFORMED, /* ${e}: EX_PROTOCOL: it is not JSON at all; perhaps it was damaged on the way */
    FETCH_FAILED,    /* ${e}: EX_PROTOCOL: JSON, but not what this endpoint sends; or EX_OSERR */
};

/* Read one answer, ${len} bytes at ${body}. On failure ${f}->rows holds nothing of it. */
enum fetch_reading fetch_read(struct fetch *f, const char *body, size_t len, struct err *e);

#endif
