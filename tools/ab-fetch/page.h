/*
 * page.h: one answer of a list, read in one walk: each row is copied, and what matters of it noted, as it passes.
 */
#ifndef AB_FETCH_PAGE_H
#define AB_FETCH_PAGE_H

#include "call.h"

/* The most rows of one answer. No list of Airbyte with as many fits the largest answer (HTTP_BODY_MAX). */
#define PAGE_ROWS_MAX 500000

enum page_reading {
    PAGE_LAST,      /* it is in ${c}->rows, and was the last page */
    PAGE_MORE,      /* it is in ${c}->rows, and ${c}->paging is at the next page, or at the first for another round */
    PAGE_MALFORMED, /* ${e}: EX_PROTOCOL: it is not JSON at all; perhaps it was damaged on the way */
    PAGE_FAILED,    /* ${e}: EX_PROTOCOL: JSON, but not what this call should get; or EX_OSERR */
};

/**
 * page_read(c, body, len, e):
 * Read one answer of ${c}, ${len} bytes at ${body}: rows without the white space between their tokens, else as they
 * stand.  Left out are rows that the list had already (the same id with the same role), deleted ones, and those that
 * ${c}->skip says.  A row must have its id, and no id of it may be another than the one that was asked for.
 *
 * Pages are cut by offset out of lists that have no order, or one in which new rows push others along.  A row that
 * comes on two of them stands where another might have stood, so the list is then read again, and what all rounds met
 * is kept, until that is as many rows as the pages of the last round had.  After a few rounds ${c}->paging.unsure says
 * that it is not.
 */
enum page_reading page_read(struct call *c, const char *body, size_t len, struct err *e);

#endif
