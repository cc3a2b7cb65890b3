/*
 * rpc.h: one call of a gRPC method (reference/conductorone-service.md section 2): framing, token, status.
 */
#ifndef C1_SERVE_RPC_H
#define C1_SERVE_RPC_H

#include <stdint.h>

#include "bearer.h"
#include "buf.h"
#include "cancel.h"
#include "err.h"
#include "h2.h"
#include "status.h"

/* The five bytes before each message: 0 for "not compressed", and its length, the highest byte first. */
#define RPC_PREFIX_LEN 5
void rpc_prefix(uint8_t to[RPC_PREFIX_LEN], size_t len);

/* The service: one for all threads, which change nothing of it but its token.  All texts are owned. */
struct rpc_service {
    char *host, *port;
    char *user_agent;
    struct bearer bearer;
};

/**
 * rpc_service_init(v, c, e):
 * The service of ${c}, which outlives ${v}: at its host, or where BATON_C1_API_HOST says.  Return 0, or -1 with ${e}
 * (EX_CONFIG for a host that is none).
 */
int rpc_service_init(struct rpc_service *v, const struct credential *c, struct err *e);
void rpc_service_release(struct rpc_service *v);

/*
 * What a call sends and how long it may take.
 *   method    the last part of the path
 *   body      all messages with their prefixes; ${rewind} starts it anew (a call that the server has not looked at is
 *             made once more), returning 0, or -1 if that cannot be done
 *   limit_ms  from now to the end, told to the server if ${tell}; 0: none.  ${idle_ms}: as in h2.h
 */
struct rpc_call {
    const char *method;
    struct h2_body body;
    int (*rewind)(void *arg);
    int64_t limit_ms, idle_ms;
    bool tell;
    struct cancel *cancel;
};

/**
 * rpc_perform(v, call, answer, s):
 * Make the call and put the message of the answer, without its prefix, into ${answer}.  Return 0 for status OK, else -1
 * with ${s}.  A token that is refused (UNAUTHENTICATED) is forgotten, so that the next call has another.
 */
int rpc_perform(struct rpc_service *v, const struct rpc_call *call, struct buf *answer, struct status *s);

/**
 * rpc_judge(h, answer, s):
 * What the answer in ${h} means: of one exchange that the server has ended or reset.  As rpc_perform.
 */
int rpc_judge(const struct h2 *h, struct buf *answer, struct status *s);

/* rpc_perform for one message of ${len} bytes at ${message}: ${call}->body and ${call}->rewind are set here. */
int rpc_unary(struct rpc_service *v, struct rpc_call *call, const void *message, size_t len, struct buf *answer,
    struct status *s);

#endif
