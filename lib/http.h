/*
 * http.h: one HTTP exchange with an Airbyte server, on libcurl.  The only file pair of lib/ that touches libcurl.
 *
 * What holds for every exchange: http and https only, no redirects, no netrc, no cookies, proxies from the environment
 * as curl reads them, but none to this machine itself, TLS 1.2 or newer and verified (http_trust), a User-Agent
 * (Airbyte answers 403 without one, reference airbyte-api.md section 0.1), Accept: application/json, decoded bodies and
 * headers capped, connect timeout 10 s, an end after 60 s of silence.
 */
#ifndef AB_HTTP_H
#define AB_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "buf.h"
#include "err.h"

/* The largest answer accepted, after decompression. */
#define HTTP_BODY_MAX ((size_t)64 << 20)

/* All header lines of one answer, trailers after its body included: more than any server sends in good faith. */
#define HTTP_HEADERS_MAX ((size_t)300 << 10)

/*
 * One exchange.  The caller sets the first group (strings stay the caller's and must live until http_finish):
 * ${body} NULL for a GET, else a POST of ${body_len} bytes of ${content_type}; ${bearer} NULL for none.
 */
struct http {
    const char *url;
    const char *body;
    size_t body_len;
    const char *content_type;
    const char *bearer;
    long timeout_ms;
    size_t body_max;

    /* The answer, after http_finish returned 0. */
    int status;             /* HTTP status code */
    struct buf answer;      /* the body, decoded */
    bool json;              /* Content-Type is application/json or application/...+json */
    int64_t retry_after_ms; /* Retry-After, seconds or date, from now; -1 if absent or unreadable */
    time_t server_time;     /* Date, or 0 */

    /* Private to http.c. */
    CURL *easy;
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];
    size_t header_len;
    bool too_large, too_many_headers;
};

/* How an exchange ended, as far as a retry goes. */
enum http_outcome {
    HTTP_ANSWERED, /* an answer with a status is there */
    HTTP_NETWORK,  /* no complete answer: worth another try; ${e} is EX_UNAVAILABLE */
    HTTP_REFUSED,  /* no answer that can be used, ever: certificate, size, protocol; ${e} holds the status */
};

/* Once per program, before and after everything else. */
int http_global_init(struct err *e);
void http_global_cleanup(void);

/**
 * http_trust(file, e):
 * Verify servers against the certificates that trust_read finds, in place of the system's, in all exchanges from now on.
 * Return 0, or -1 with ${e} as that.
 */
int http_trust(const char *file, struct err *e);

/* The certificates that http_trust read, as PEM; empty where the system's are meant. It stays http.c's. */
const struct buf *http_trusted(void);

/* Make a handle that is not http_prepare's verify servers so, too. Return whether that could be done. */
bool http_set_trust(CURL *c);

/**
 * http_prepare(h, e):
 * Make the easy handle ${h}->easy for the caller to perform or to add to a multi handle (its CURLOPT_PRIVATE is ${h}).
 * Handles are kept and reused by http_finish, so connections live on when performed alone.  Return 0 or -1 with ${e}.
 */
int http_prepare(struct http *h, struct err *e);

/**
 * http_finish(h, code, e):
 * Read the answer after the transfer ended with ${code}; give the easy handle back (it must not be in a multi handle
 * any more).  The messages never hold the URL's query, the request's body, or any header of the request.
 */
enum http_outcome http_finish(struct http *h, CURLcode code, struct err *e);

/* http_prepare, perform, http_finish: for one exchange at a time. */
enum http_outcome http_exchange(struct http *h, struct err *e);

/* Free the answer (and the handle, if http_finish was not reached). ${h} may be used for another exchange. */
void http_release(struct http *h);

#endif
