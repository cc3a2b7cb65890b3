/*
 * source.h: access tokens, from another program, a pair of descriptors or a file.  This program never sees the secret
 * that they are bought with.
 */
#ifndef AB_FETCH_SOURCE_H
#define AB_FETCH_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "starter.h"
#include "tokenline.h"

/* One token, alive as long as somebody holds it; wiped when the last one lets go. */
struct token {
    unsigned holders;
    unsigned serial; /* tokens of a source are numbered from 1 */
    struct buf text; /* NUL behind it */
};

enum source_kind {
    SOURCE_SIBLING, /* the program ab-token beside this one, else on PATH, as "ab-token --json" */
    SOURCE_COMMAND, /* a shell command that prints what ab-token --json prints */
    SOURCE_FDS,     /* descriptors to and from an "ab-token --serve" */
    SOURCE_FILE,    /* a file with a token, or with a line of ab-token --json; it is read once */
};

/*
 * Where tokens come from.  The caller sets the first group.
 *   command       the command of SOURCE_COMMAND, the file of SOURCE_FILE
 *   fd_read, fd_write   of SOURCE_FDS
 *   domain_url, cacert, insecure_http   options that the sibling gets as well; NULL for none
 *   deadline_ms   on the clock of clock_mono_ms: no longer is waited; 0 for none
 *   renew_by      what is asked for to have a new one: TOKENLINE_RENEW to begin with
 * The second is source.c's.
 *   starter       starts the program, if the source is one
 *   renew_at_ms   on the clock of clock_mono_ms, when the current token is to be renewed; 0: not before a 401
 */
struct source {
    enum source_kind kind;
    const char *command;
    int fd_read, fd_write;
    const char *domain_url, *cacert;
    bool insecure_http;
    int64_t deadline_ms;
    enum tokenline_ask renew_by;

    struct starter starter;
    struct token *current;
    int64_t renew_at_ms;
};

/**
 * source_prepare(s, e):
 * Get ready to ask: if the source is a program, fork what is to start it (starter.h).  Call it once the first group is
 * set, as early as may be: before files are opened and rights are given up.  Return 0, or -1 with ${e} (EX_OSERR).
 */
int source_prepare(struct source *s, struct err *e);

/**
 * source_token(s, e):
 * The current token, fetched or renewed first if there is none or if less than min(30 s, half its life) is left.  The
 * caller holds it until token_drop.  Return NULL with ${e} on failure: what the source said, with its status;
 * EX_DATAERR if it printed no token, EX_UNAVAILABLE if it did not answer, EX_TEMPFAIL at the deadline.
 */
struct token *source_token(struct source *s, struct err *e);

/**
 * source_refused(s, t, e):
 * The server refused ${t}: fetch a new one, unless that has happened since ${t} was given out.  Return 1; 0 if the source
 * cannot renew; or -1 with ${e} as source_token.
 */
int source_refused(struct source *s, const struct token *t, struct err *e);

/* Let go of a token. NULL is allowed. */
void token_drop(struct token *t);

/* Let go of the current token and close the descriptors. */
void source_release(struct source *s);

#endif
