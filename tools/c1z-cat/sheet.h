/*
 * sheet.h: rows of text under titled columns, printed in one of several formats.
 */
#ifndef C1Z_CAT_SHEET_H
#define C1Z_CAT_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "out.h"

#define SHEET_COLUMNS_MAX 16

/* The ${n} columns of a sheet: what each is called for people and, in JSON, its member. */
struct sheet_columns {
    size_t n;
    struct {
        const char *title, *member;
    } column[SHEET_COLUMNS_MAX];
};

/* ${line} is what a format makes one row in; ${rows} counts those printed. */
struct sheet {
    const struct sheet_format *format;
    const struct sheet_columns *columns;
    struct out *out;
    struct buf line;
    uint64_t rows;
};

/* A format: each function appends to ${s}->line what comes before, for a row, and behind, or is NULL. */
struct sheet_format {
    const char *name;
    void (*begin)(struct sheet *s);
    void (*row)(struct sheet *s, const struct json_str *cells);
    void (*end)(struct sheet *s);
};

/* The format called ${name}, or NULL. */
const struct sheet_format *sheet_format(const char *name);

/**
 * sheet_begin(s, format, columns, out, e), sheet_row(s, cells, e), sheet_end(s, e):
 * Print a sheet to ${out}: a row has a cell for each column, which is UTF-8 and may be empty.  Return 0, or -1 with
 * ${e}.  After sheet_begin, sheet_release must be called, whatever happens.
 */
int sheet_begin(struct sheet *s, const struct sheet_format *format, const struct sheet_columns *columns,
    struct out *out, struct err *e);
int sheet_row(struct sheet *s, const struct json_str *cells, struct err *e);
int sheet_end(struct sheet *s, struct err *e);
void sheet_release(struct sheet *s);

#endif
