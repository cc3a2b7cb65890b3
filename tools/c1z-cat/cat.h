/*
 * cat.h: what c1z-cat prints: subjects (kinds of records, the syncs) in a format.  The subjects are a table in cat.c, the
 * formats one in sheet.c; any of the one goes with any of the other.
 */
#ifndef C1Z_CAT_CAT_H
#define C1Z_CAT_CAT_H

#include <stdbool.h>
#include <stddef.h>

#include "c1zread.h"
#include "err.h"
#include "out.h"
#include "sheet.h"

struct cat;

/*
 * Something to print.  In ndjson a subject of ${records} is printed as record lines, of the kind ${kind}; in all other
 * formats, and any other subject in ndjson too, as the rows that ${rows} hands to a sheet of ${columns}.
 */
struct cat_subject {
    const char *name;
    bool records;
    enum kind kind;
    const struct sheet_columns *columns;
    int (*rows)(struct cat *c, struct sheet *s, struct err *e);
};

/*
 * What was asked for.
 *   file      the file to read
 *   sync      the id of the sync, or NULL for the one that c1zread_choose finds
 *   subjects  the ${n} subjects, each once, in the order of the table
 *   format    how to print them
 */
struct cat_options {
    const char *file, *sync;
    const struct cat_subject *subjects[KIND_COUNT];
    size_t n;
    const struct sheet_format *format;
};

/* One run. ${sync} is NULL for a subject that is of the whole file, as long as no sync is asked for. */
struct cat {
    const struct cat_options *options;
    struct c1zread *file;
    const struct c1zread_sync *sync;
    struct out out;
};

/* The subject called ${name}, or NULL. */
const struct cat_subject *cat_find(const char *name);

/**
 * cat_ask(o, names, n, e):
 * Ask for the subjects called ${names}, or without any for all kinds of records.  Return 0, or -1 with ${e} (EX_USAGE):
 * no such subject, or some that cannot be printed together.
 */
int cat_ask(struct cat_options *o, char *const *names, int n, struct err *e);

/**
 * cat_run(o, e):
 * Print to standard output, and close it.  The file is never written.  A sync that is not finished is printed with a gap
 * line, so that no consumer takes it for the whole.  Return 0, or -1 with ${e}: as c1zread_open, EX_DATAERR also for a
 * sync that is not there and a message that does not decode, by its place in the file.
 */
int cat_run(const struct cat_options *o, struct err *e);

#endif
