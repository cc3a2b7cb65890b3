/*
 * plainline.h: grants that have their four ids alone, read in one walk: nearly all lines are such, written alike.
 */
#ifndef C1Z_PACK_PLAINLINE_H
#define C1Z_PACK_PLAINLINE_H

#include "record.h"

/**
 * plainline_read(r, text, len, line, bytes):
 * If the ${len} bytes at ${text} are a Grant with its ids and no more, its members in the order in which ab-map writes
 * them, no white space between, and every id of at most RECORD_ID_MAX characters of ASCII without an escape: make of it
 * what record_read would, but without the message (${r}->plain), and return true.  Else return false, with ${bytes} as
 * they were; that says nothing about the line.
 */
bool plainline_read(struct record *r, const char *text, size_t len, uint64_t line, struct buf *bytes);

#endif
