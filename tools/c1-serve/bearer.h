/*
 * bearer.h: the access token, asked for when it is needed and shared by all calls
 * (reference/conductorone-service.md sections 1.6, 1.7).
 */
#ifndef C1_SERVE_BEARER_H
#define C1_SERVE_BEARER_H

#include <pthread.h>
#include <stdint.h>

#include "buf.h"
#include "cancel.h"
#include "credential.h"
#include "status.h"

/* ${header} is the value of an authorization header, good up to ${stale_ms} (clock_mono_ms), empty if there is none. */
struct bearer {
    const struct credential *credential;
    char *url;
    pthread_mutex_t lock;
    struct buf header;
    int64_t stale_ms;
    unsigned asked; /* requests so far */
};

/**
 * bearer_init(b, c, authority, e):
 * Start without a token, to be had from the host ${authority} (host or host:port) for ${c}, which outlives ${b}.
 */
int bearer_init(struct bearer *b, const struct credential *c, const char *authority, struct err *e);
void bearer_release(struct bearer *b);

/**
 * bearer_get(b, cancel, header, s):
 * Append the header's value to ${header}, which the caller wipes.  A token that is stale is replaced first, unless
 * ${cancel} ends that; other threads wait for it.  Return 0, or -1 with ${s}: UNAUTHENTICATED, as the SDK has it, final
 * if the service refused us (400, 401, 403); CANCELLED.
 */
int bearer_get(struct bearer *b, struct cancel *cancel, struct buf *header, struct status *s);

/* The service no longer takes ${header}: forget it, unless another one is here by now. */
void bearer_drop(struct bearer *b, const struct buf *header);

#endif
