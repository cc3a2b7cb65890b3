/*
 * run.h: one run of ab-fetch, from the begin line to the end line.
 */
#ifndef AB_FETCH_RUN_H
#define AB_FETCH_RUN_H

#include "baseurl.h"
#include "journal.h"
#include "plan.h"
#include "source.h"

/*
 * What to do.
 *   plan         the resources asked for; ${carried} is filled in
 *   base, token  where to fetch from; NULL if plan_connects says no
 *   jobs         calls at a time on the config API
 *   deadline_ms  on the clock of clock_mono_ms, 0: none
 *   journal      where answers are kept and taken from; open
 *   started_at   for the begin line, when it comes from neither standard input nor an old journal
 *   in, out      descriptors; ${in} is read only if plan_reads says so; ${out} is closed
 */
struct run_options {
    struct plan plan;
    const struct baseurl *base;
    struct source *token;
    unsigned jobs;
    int64_t deadline_ms;
    struct journal *journal;
    const char *started_at;
    int in, out;
};

/* Do it. Return 0 when the end line has been written and the output closed, else -1 with ${e}. */
int run_fetch(const struct run_options *o, struct err *e);

#endif
