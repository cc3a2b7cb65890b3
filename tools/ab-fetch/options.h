/*
 * options.h: the command line of ab-fetch.
 */
#ifndef AB_FETCH_OPTIONS_H
#define AB_FETCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "plan.h"
#include "source.h"

/* What the command line says. Strings point into it. */
struct options {
    enum { DO_FETCH, DO_HELP, DO_VERSION, DO_LIST } what;
    struct plan plan;
    struct source token;
    unsigned jobs;
    int64_t deadline_s; /* 0: none */
    const char *domain_url;
    bool insecure_http;
    bool input_named; /* "-" was given */
};

extern const char options_usage[], options_help[];

/**
 * options_parse(o, argc, argv, e):
 * Read the command line.  The descriptors of --token-fds are set to be closed in programs that are started.  Return 0, or
 * -1 with ${e} (EX_USAGE).
 */
int options_parse(struct options *o, int argc, char **argv, struct err *e);

#endif
