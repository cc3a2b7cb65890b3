/*
 * call.h: one call of the API with all its pages: what is asked, and what has come.
 */
#ifndef AB_FETCH_CALL_H
#define AB_FETCH_CALL_H

#include "endpoint.h"
#include "exchange.h"
#include "known.h"
#include "log.h"
#include "problem.h"
#include "rows.h"
#include "scope.h"

enum call_state {
    CALL_WAITING, /* not begun */
    CALL_ACTIVE,  /* in the hands of the engine */
    CALL_DONE,    /* all pages are in ${rows} */
    CALL_REFUSED, /* ${refusal} says how; its owner decides what that means */
};

/* How a call was refused: the HTTP status, the status to exit with if it ends the run, the server's words, what may help. */
struct refusal {
    int http_status, exit_status;
    char text[PROBLEM_TEXT];
    const char *hint;
    bool unlicensed; /* the answer says that a licence is missing */
};

/*
 * Which page is next: by its offset, or by the token that the page before gave, NULL for the first.
 *   barren   pages in a row that brought nothing new to this round
 *   seen     rows met in this list, and tokens
 *   round    how often a list by offsets was read to its end before, since a row had come on two of its pages
 *   here     rows met in this round, and ${where}: page and place in it, of each, where it was first met
 *   page, page_rows   pages read in this round, and rows of the last of them
 *   repeats  rows that it had on an earlier page, but for those that two pages share as neighbours do
 *   unsure   it was read as often as it is to be, and may have more than the rows that were met
 */
struct paging {
    unsigned limit;
    uint64_t offset;
    char *token;
    unsigned barren;
    struct ids seen, tokens;
    unsigned round;
    struct ids here;
    struct met_at {
        uint32_t page, at;
    } * where;
    size_t where_cap;
    uint32_t page, page_rows;
    uint64_t repeats;
    bool unsure;
};

/*
 * A call.  Who writes what:
 *   ep, scope, known, skip, turn, since, more   the owner, before it is begun.  ${skip}: rows whose id has one of these marks are left out;
 *                            ${turn}: how many calls with the same words came before and said something else
 *                            (journal.h); page.c adds one with each round
 *   state                    the owner makes it, the engine changes it
 *   rows, paging             page.c; the owner takes the rows when it is CALL_DONE
 *   refusal                  the engine
 *   exchange                 the engine
 *
 * What always holds:
 * 1. ${rows} holds whole pages only: an answer that cannot be read leaves nothing behind.
 * 2. ${refusal} and ${rows} never both hold something of use: a refused call has no rows.
 */
struct call {
    const struct endpoint *ep;
    struct scope scope;
    struct known *known;
    uint8_t skip;
    unsigned turn;
    const char *since; /* as endpoint_part has it; outlives the call */
    bool more;         /* members that pass where that is asked for pass */
    enum call_state state;
    struct rows rows;
    struct paging paging;
    struct refusal refusal;
    struct exchange exchange;
};

/* A new call in ${scope} (copied), with pages of ${limit} rows; ${known} outlives it. NULL without memory. */
struct call *call_new(const struct endpoint *ep, const struct scope *scope, struct known *known, unsigned limit);
void call_free(struct call *c);

/* Which part of its list the next page of ${c} is. It is valid until the page has been read. */
struct endpoint_part call_part(const struct call *c);

/* Note in the fields of ${e} that it is about ${c}; put the call in words before the message too. Always return -1. */
int call_about(const struct call *c, struct err *e);
int call_context(const struct call *c, struct err *e);

/* The ids of the scope of ${c} as fields of a message. */
void call_fields(const struct call *c, struct log_field fields[static LEVEL_COUNT]);

#endif
