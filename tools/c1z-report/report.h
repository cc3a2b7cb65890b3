/*
 * report.h: one run of c1z-report(1).
 */
#ifndef C1Z_REPORT_REPORT_H
#define C1Z_REPORT_REPORT_H

#include "err.h"

/* What is asked for; NULL where it was not.  ${output} is the report, by default standard output. */
struct report_options {
    const char *file, *sync, *since, *output;
};

/**
 * report_run(o, e):
 * Read ${o}->file, and ${o}->since, and write the report; a file appears whole or not at all.  Where both are one file
 * the old sync is the one before, as sides_open finds it.  From here on the process is confined.  Return 0, or -1 with
 * ${e}: as sides_open, newfile_open, newfile_publish; EX_USAGE (the report would replace a file that it is about);
 * EX_IOERR.
 */
int report_run(const struct report_options *o, struct err *e);

#endif
