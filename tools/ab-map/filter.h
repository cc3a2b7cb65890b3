/*
 * filter.h: a compiled jq filter that turns lines of JSON into lines of JSON.  filter.c, jqvalue.c and jqobjects.c alone touch libjq.
 *
 * A filter is pure: it has no inputs but its line, and sees no environment (filter_global_init).  What a jq program can
 * still do is read the clock (now), read modules and data when it is compiled (import), and write to standard error
 * (stderr).
 */
#ifndef AB_MAP_FILTER_H
#define AB_MAP_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "log.h"

/* The most results of one line, the most bytes that they may have, and the memory for a line, on average. */
#define FILTER_RECORDS_MAX 100000
#define FILTER_RESULTS_MAX ((size_t)256 << 20)
#define FILTER_MEMORY_MAX ((size_t)1 << 30)

/*
 * A filter's ${text} and the ${ndirs} folders ${dirs} in which its imports are looked for.  The "search" of an import
 * is relative to ${origin}, a folder.
 */
struct filter_source {
    const char *text;
    const char *origin;
    const char *const *dirs;
    size_t ndirs;
};

/*
 * Where results go: ${records} of them in ${lines}, each with a line feed, and the log messages in ${logs}, in the
 * order in which the filter gave them, to be read by filter_next_log.
 */
struct filter_results {
    struct buf lines;
    uint64_t records;
    struct buf logs;
};

/* The most fields of a log message: what it has besides level and text, if that is text too. */
#define FILTER_FIELDS_MAX 8

/* A log message; all texts point into the results. */
struct filter_log {
    enum log_level level;
    const char *msg;
    struct log_field fields[FILTER_FIELDS_MAX];
    size_t n_fields;
};

struct filter;

/**
 * filter_global_init():
 * Once per program, before any thread exists and after everything else has read the environment: replace it by one
 * that holds TZ=UTC alone, so that no filter depends on it, and prepare the regular expressions for several threads.
 */
void filter_global_init(void);

/**
 * filter_limit_memory(threads):
 * Once per program: let the process have no more than FILTER_MEMORY_MAX bytes of data for each of ${threads} threads
 * beyond what it has and their stacks.  Where a filter wants more the program ends with EX_DATAERR and a message that names the line of the
 * thread that met the limit.
 */
void filter_limit_memory(unsigned threads);

/**
 * filter_new(src, e):
 * Compile ${src}.  Return a filter to be used by one thread at a time and freed with filter_free, or NULL with ${e}:
 * EX_CONFIG and the first thing jq says is wrong, or EX_OSERR.
 */
struct filter *filter_new(const struct filter_source *src, struct err *e);
void filter_free(struct filter *f);

/**
 * filter_run(f, text, len, line, res, e):
 * Run ${f} over the object that the ${len} bytes at ${text} must be, and append to ${res}.  ${line} is its number in
 * errors.  Return 0, or -1 with ${e} and ${res} as it was before: EX_DATAERR if the line is not strict JSON, not an
 * object, or the filter ends in an error, halts, or gives what is no record; EX_OSERR without memory.  Of the error
 * that a filter ends in the message says what the line is about (about.h).
 */
int filter_run(
    struct filter *f, const char *text, size_t len, uint64_t line, struct filter_results *res, struct err *e);

void filter_results_init(struct filter_results *res);
void filter_results_clear(struct filter_results *res);
void filter_results_release(struct filter_results *res);

/**
 * filter_next_log(res, at, log):
 * Read the message at ${*at} in ${res}->logs (0 at first) and move ${*at} behind it.  Return whether there was one.
 */
bool filter_next_log(const struct filter_results *res, size_t *at, struct filter_log *log);

#endif
