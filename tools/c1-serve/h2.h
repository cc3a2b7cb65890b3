/*
 * h2.h: one request and its answer by HTTP/2 over TLS, on a connection of its own.  The only file pair with nghttp2.
 *
 * libcurl finds the host, opens the connection (through a proxy, if the environment names one) and checks the
 * certificate; nghttp2 speaks HTTP/2 on it.  libcurl's own HTTP/2 loses trailers, and with them gRPC's status, when a
 * server says GOAWAY or rejects an upload early (reference/conductorone-service.md section 7.1).
 */
#ifndef C1_SERVE_H2_H
#define C1_SERVE_H2_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "cancel.h"
#include "err.h"
#include "status.h"

/* The largest answer: gRPC's usual limit for a message, and its prefix.  The most bytes of headers and trailers. */
#define H2_ANSWER_MAX (((size_t)4 << 20) + 5)
#define H2_HEADERS_MAX ((size_t)64 << 10)

/* The longest wait for a connection. */
#define H2_CONNECT_MS 30000

/*
 * What is sent after the headers: ${read} puts up to ${size} bytes at ${to} and returns how many, 0 at the end, or -1 if
 * the body cannot be had (it then has said why to whom it concerns).
 */
struct h2_body {
    ssize_t (*read)(void *arg, uint8_t *to, size_t size);
    void *arg;
};

/*
 * One exchange.  The first group is the caller's.
 *   host           the name of the server or its address, IPv6 in brackets; ${port} its port
 *   path           of the request
 *   authorization  the header's value
 *   user_agent     likewise
 *   timeout        the value of grpc-timeout, or NULL
 *   limit_ms       from now to the end; 0: none
 *   idle_ms        the longest time in which nothing moves; 0: none
 */
struct h2 {
    const char *host, *port, *path, *authorization, *user_agent, *timeout;
    struct h2_body body;
    int64_t limit_ms, idle_ms;
    struct cancel *cancel;

    /* The answer.  The texts are owned and NULL where there was no such header; ${data} is all of the body. */
    int http_status;
    char *content_type, *grpc_status, *grpc_message, *grpc_encoding;
    struct buf data;
    bool trailers;       /* headers came behind the body, or the answer was headers alone */
    bool ended;          /* the server has ended its side */
    bool reset;          /* the stream was reset, with ${reset_code} */
    uint32_t reset_code; /* REFUSED_STREAM also where a GOAWAY says that the request was not looked at */
    bool unread;         /* ${body} could not be read */
};

/**
 * h2_global_init(e):
 * Once per program, before any thread and after http_trust: read the certificates of those whom to trust.  Return 0, or -1
 * with ${e}: a libcurl without OpenSSL (EX_SOFTWARE), no certificate (EX_CONFIG).
 */
int h2_global_init(struct err *e);
void h2_global_cleanup(void);

/**
 * h2_perform(h, s):
 * Make the exchange.  Return 0 when the server has ended the stream or reset it, whatever it said; or -1 with ${s}:
 * UNAVAILABLE (no connection, or it was lost), DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED (the answer is too
 * large), INTERNAL.  In either case h2_release frees the answer.
 */
int h2_perform(struct h2 *h, struct status *s);
void h2_release(struct h2 *h);

#endif
