/*
 * cat.h: what c1z-cat prints: subjects (kinds of records, the syncs) in a format.  The subjects are a table in cat.c, the
 * formats one in sheet.c; any of the one goes with any of the other.
 */
#ifndef C1Z_CAT_CAT_H
#define C1Z_CAT_CAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "c1zread.h"
#include "err.h"
#include "out.h"
#include "selection.h"
#include "sheet.h"

/* How many subjects there are at most. */
#define CAT_SUBJECTS_MAX 16

struct cat;

/*
 * Something to print.
 *   name             what it is called by
 *   columns, rows    a sheet: its columns, and what hands the rows to it
 *   lines, document  how it is printed in ndjson and in json where that is not as rows, else NULL
 *   kind             of what kind its records are, or KIND_COUNT: those of several kinds can be printed as one stream
 *   filters, needs   the SELECTION_* bits that mean something for it, and those that it cannot do without
 *   of_file          it is of the whole file: no sync need be chosen
 */
struct cat_subject {
    const char *name;
    const struct sheet_columns *columns;
    int (*rows)(struct cat *c, struct sheet *s, struct err *e);
    int (*lines)(struct cat *c, struct err *e);
    int (*document)(struct cat *c, struct err *e);
    enum kind kind;
    unsigned filters, needs;
    bool of_file;
};

/*
 * What was asked for.
 *   file      the file to read
 *   sync      the id of the sync, or NULL for the one that c1zread_choose finds
 *   subjects  the ${n} subjects, each once, in the order of the table
 *   format    how to print them; raw: csv as it is
 *   filter    which of them
 */
struct cat_options {
    const char *file, *sync;
    const struct cat_subject *subjects[CAT_SUBJECTS_MAX];
    size_t n;
    const struct sheet_format *format;
    bool raw;
    struct selection filter;
};

/*
 * One run.  ${sync} is NULL for a subject that is of the whole file, as long as no sync is asked for.  ${rows} counts
 * the rows of a sheet, or the lines of records, that were printed.
 */
struct cat {
    const struct cat_options *options;
    struct c1zread *file;
    const struct c1zread_sync *sync;
    struct out out;
    uint64_t rows;
};

/* The subject called ${name}, or NULL. */
const struct cat_subject *cat_find(const char *name);

/* The name of the subject that ${word} may have been meant to be, or NULL. */
const char *cat_nearest(const char *word);

/**
 * cat_ask(o, names, n, e):
 * Ask for the subjects called ${names}, or without any for all kinds of records.  Format and filter of ${o} are set.
 * Return 0, or -1 with ${e} (EX_USAGE): no such subject, some that cannot be printed together or in the format, or that
 * do not go with the filter.
 */
int cat_ask(struct cat_options *o, char *const *names, int n, struct err *e);

/**
 * cat_run(o, e):
 * Print to standard output, and close it.  The file is never written.  A sync that is not finished, not full, or has
 * gaps, is warned about, and in a stream has gap lines, so that no consumer takes it for the whole.  Where a filter lets
 * nothing pass, an id that nothing in the sync has is warned about.  Return 0, or -1 with ${e}: as c1zread_open,
 * EX_DATAERR also for a sync that is not there and a message that does not decode, by its place in the file.
 */
int cat_run(const struct cat_options *o, struct err *e);

#endif
