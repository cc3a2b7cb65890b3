/*
 * http.h: what is read out of an answer, and how exchanges end, against a server of one answer each on this machine.
 */
#include "http.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fullio.h"
#include "tap.h"

#define OK "HTTP/1.1 200 OK\r\n"

/* A Date, and the same 90 s later. */
#define DATE "Date: Tue, 15 Nov 1994 12:45:26 GMT\r\n"
#define DATE_TIME 784903526
#define LATER "Tue, 15 Nov 1994 12:46:56 GMT"

/* An answer, and what http_finish makes of it; ${body_max} 0 is the default. */
static const struct {
    const char *answer, *what;
    size_t body_max;
    enum http_outcome outcome;
    int status; /* of the answer, or of the failure */
    const char *body;
    bool json;
    int64_t retry_after_ms;
    time_t server_time;
} rows[] = {
    {OK DATE "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", "an answer", 0, HTTP_ANSWERED, 200, "{}",
        true, -1, DATE_TIME},
    {OK "content-type: APPLICATION/JSON; charset=utf-8\r\nContent-Length: 0\r\n\r\n", "a parameter of the type", 0,
        HTTP_ANSWERED, 200, "", true, -1, 0},
    {OK "Content-Type: application/problem+json\r\nContent-Length: 0\r\n\r\n", "a type built on JSON", 0, HTTP_ANSWERED,
        200, "", true, -1, 0},
    {OK "Content-Type: text/html\r\nContent-Length: 0\r\n\r\n", "another type", 0, HTTP_ANSWERED, 200, "", false, -1,
        0},
    {OK "Content-Type: application/jsonx\r\nContent-Length: 0\r\n\r\n", "one that begins alike", 0, HTTP_ANSWERED, 200,
        "", false, -1, 0},
    {OK "Content-Length: 0\r\n\r\n", "none", 0, HTTP_ANSWERED, 200, "", false, -1, 0},
    {"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", "Retry-After in seconds", 0, HTTP_ANSWERED,
        429, "", false, 7000, 0},
    {"HTTP/1.1 503 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n", "of none", 0, HTTP_ANSWERED, 503, "", false, 0,
        0},
    {"HTTP/1.1 503 Slow\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", "that is neither", 0, HTTP_ANSWERED, 503,
        "", false, -1, 0},
    {"HTTP/1.1 503 Slow\r\n" DATE "Retry-After: " LATER "\r\nContent-Length: 0\r\n\r\n",
        "as a date, by the server's clock", 0, HTTP_ANSWERED, 503, "", false, 90000, DATE_TIME},
    {"HTTP/1.1 503 Slow\r\nRetry-After: " LATER "\r\nContent-Length: 0\r\n\r\n", "as a date that has been", 0,
        HTTP_ANSWERED, 503, "", false, 0, 0},
    {"HTTP/1.1 503 Slow\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n", "a year at most", 0,
        HTTP_ANSWERED, 503, "", false, INT64_C(365) * 86400 * 1000, 0},
    {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "a redirect is not followed",
        0, HTTP_ANSWERED, 302, "", false, -1, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "pieces", 0, HTTP_ANSWERED, 200, "abcde",
        false, -1, 0},
    {OK "Content-Length: 4\r\n\r\nabcd", "a body of the greatest length", 4, HTTP_ANSWERED, 200, "abcd", false, -1, 0},
    {OK "Content-Length: 5\r\n\r\nabcde", "and of one byte more", 4, HTTP_REFUSED, EX_PROTOCOL, "", false, -1, 0},
    {OK "Content-Length: 5\r\n\r\nab", "a body cut short", 0, HTTP_NETWORK, EX_UNAVAILABLE, "", false, -1, 0},
    {"", "no answer", 0, HTTP_NETWORK, EX_UNAVAILABLE, "", false, -1, 0},
    {"220 mail.example.com\r\n\r\n", "another protocol", 0, HTTP_REFUSED, EX_PROTOCOL, "", false, -1, 0},
    {OK " folded\r\nContent-Length: 0\r\n\r\n", "a first line that continues none", 0, HTTP_REFUSED, EX_PROTOCOL, "",
        false, -1, 0},
    {OK "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nno", "what does not decompress", 0, HTTP_REFUSED,
        EX_PROTOCOL, "", false, -1, 0},
};

static int listener;

/* Answer one client, ${arg} being the bytes, and hang up. */
static void *answer_one(void *arg)
{
    const char *answer = arg;
    char request[4096];
    size_t have = 0;
    int client = accept(listener, NULL, NULL);

    while (client >= 0 && have < sizeof(request) && memmem(request, have, "\r\n\r\n", 4) == NULL) {
        ssize_t n = read(client, request + have, sizeof(request) - have);

        if (n <= 0)
            break;
        have += (size_t)n;
    }
    (void)fullio_write(client, answer, strlen(answer));
    close(client);
    return NULL;
}

/* Listen on a free port of this machine, whose address goes into ${url}. */
static bool listen_here(char *url, size_t size)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);

    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 4) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) < 0)
        return false;
    snprintf(url, size, "http://127.0.0.1:%d/x?person=query", ntohs(at.sin_port));
    return true;
}

static bool is_body(const struct http *h, const char *body)
{
    return h->answer.len == strlen(body) && (h->answer.len == 0 || memcmp(h->answer.data, body, h->answer.len) == 0);
}

static void check_row(const char *url, size_t i)
{
    struct http h = {.url = url, .timeout_ms = 20000, .body_max = rows[i].body_max};
    struct err e = {0};
    enum http_outcome outcome;
    pthread_t server;
    bool good;

    if (pthread_create(&server, NULL, answer_one, (void *)(uintptr_t)rows[i].answer) != 0)
        abort();
    outcome = http_exchange(&h, &e);
    pthread_join(server, NULL);
    good = outcome == rows[i].outcome && is_body(&h, rows[i].body);
    if (outcome == HTTP_ANSWERED)
        good = good && h.status == rows[i].status && h.json == rows[i].json &&
               h.retry_after_ms == rows[i].retry_after_ms && h.server_time == rows[i].server_time && e.status == 0;
    else
        good = good && e.status == rows[i].status && strstr(e.msg, "query") == NULL;
    if (!tap_ok(good, rows[i].what))
        printf("# outcome %d, status %d, failure %d: %s\n", (int)outcome, h.status, e.status, e.msg);
    http_release(&h);
}

int main(void)
{
    struct err e = {0};
    char url[64];

    if (http_global_init(&e) < 0 || !listen_here(url, sizeof(url)))
        return EX_OSERR;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(url, i);
    http_global_cleanup();
    close(listener);
    return tap_done();
}
