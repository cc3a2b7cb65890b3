/*
 * options.h: the command line of ab-fetch.
 */
#ifndef AB_FETCH_OPTIONS_H
#define AB_FETCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"
#include "option.h"
#include "plan.h"
#include "source.h"

/* What the command line says. Strings point into it. */
struct options {
    bool list;
    struct plan plan;
    struct source token;
    struct journal_use journal;
    int64_t max_age_s;
    bool workspace_invitations;
    int64_t jobs;
    int64_t deadline_s; /* 0: none */
    const char *domain_url, *cacert;
    bool insecure_http;
};

/* For option_parse, with a struct options that options_init has filled. */
extern const struct option_set options_set;
void options_init(struct options *o);

/**
 * options_check(o, argc, argv, e):
 * Take the ${argc} operands at ${argv}, and see whether all goes together.  The descriptors of --token-fds are set to be
 * closed in programs that are started.  Return 0, or -1 with ${e} (EX_USAGE).
 */
int options_check(struct options *o, int argc, char **argv, struct err *e);

#endif
