/*
 * sheet.h: rows of text under titled columns, printed in one of several formats.
 */
#ifndef C1Z_CAT_SHEET_H
#define C1Z_CAT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "out.h"

#define SHEET_COLUMNS_MAX 16

/* A column: its title for people, its member in JSON, and whether tables have it, which are for people. */
struct sheet_column {
    const char *title, *member;
    bool table;
};

struct sheet_columns {
    size_t n;
    struct sheet_column column[SHEET_COLUMNS_MAX];
};

/*
 * One sheet.
 *   raw        csv: do not guard cells against being taken for formulas
 *   measuring  this pass only looks how wide the columns are
 *   width      how wide each column of a table is
 *   cut        whether cells of a table are cut to that
 *   line       what a format makes one row in
 *   cell       what it makes one cell in, or an object
 *   rows       how many rows were printed
 */
struct sheet {
    const struct sheet_format *format;
    const struct sheet_columns *columns;
    struct out *out;
    bool raw, measuring, cut;
    size_t width[SHEET_COLUMNS_MAX];
    struct buf line, cell;
    uint64_t rows;
};

/*
 * A format: each function appends to ${s}->line what comes before all rows, for a row, and behind all, or is NULL.  One
 * that has ${measure} wants to see all rows twice, and is shown them there first.
 */
struct sheet_format {
    const char *name;
    void (*measure)(struct sheet *s, const struct json_str *cells);
    void (*begin)(struct sheet *s);
    void (*row)(struct sheet *s, const struct json_str *cells);
    void (*end)(struct sheet *s);
};

/* The format called ${name}, or NULL. */
const struct sheet_format *sheet_format(const char *name);

/**
 * sheet_init(s, format, columns, raw, out), sheet_release(s):
 * Make ready to print to ${out}, and give the memory back.
 */
void sheet_init(
    struct sheet *s, const struct sheet_format *format, const struct sheet_columns *columns, bool raw, struct out *out);
void sheet_release(struct sheet *s);

/**
 * sheet_print(s, rows, from, e):
 * Print a whole sheet: ${rows} is called once, or twice for a format that measures, and hands each row to sheet_row.
 * Return 0, or -1 with ${e}; what was printed before the failure stays.
 */
int sheet_print(struct sheet *s, int (*rows)(void *from, struct sheet *s, struct err *e), void *from, struct err *e);

/* Add a row: a cell for each column, UTF-8, maybe empty.  Return 0, or -1 with ${e}. */
int sheet_row(struct sheet *s, const struct json_str *cells, struct err *e);

#endif
