/*
 * reqlog.h: the log of requests: a JSON line each, without any secret.
 */
#ifndef MOCK_REQLOG_H
#define MOCK_REQLOG_H

#include "piece.h"

#include <stdbool.h>

/* One line: what was asked and what was answered. Texts may be NULL. */
struct reqlog_entry {
    unsigned long n; /* the request's number, in the order of arrival */
    const char *method, *path, *query, *user_agent;
    unsigned status; /* 0: none was sent */
    size_t token;    /* number of the token that was used; 0: none of ours */
    bool proxied;    /* asked for as one asks a proxy; shown only if so */
    const struct piece *body;
};

/*
 * Append to ${fd}, in one write. The body is left out if it is empty or the request is for a token; if it is not JSON it
 * is written as a string. Return 0, or -1 with errno set.
 */
int reqlog_write(int fd, const struct reqlog_entry *e);

#endif
