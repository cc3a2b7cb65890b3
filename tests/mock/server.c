#include "server.h"

#include "reqlog.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The server's own limit for a body, reference/airbyte-api.md section 3.0.1. */
#define BODY_MAX (10u << 20)

/* What a connection keeps of a request until it is answered. */
struct incoming {
    unsigned long n;
    char *target;
    bool started; /* whether the headers were seen */
    bool too_large;
    struct text body;
};

/* An answer of which only the first half is sent. */
struct half {
    struct text body;
};

/* Called with the target as soon as the request line is read. */
static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct server *s = cls;
    struct incoming *in = text_array(NULL, 1, sizeof(*in));

    (void)connection;
    *in = (struct incoming){.n = atomic_fetch_add(&s->requests, 1) + 1, .target = text_copy(uri, strlen(uri))};
    return in;
}

static void on_completed(
    void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode why)
{
    struct incoming *in = *con_cls;

    (void)cls;
    (void)connection;
    (void)why;
    if (!in)
        return;
    text_release(&in->body);
    free(in->target);
    free(in);
    *con_cls = NULL;
}

/* Wait ${ms} milliseconds, or less if the server ends. */
static void wait_out(struct server *s, unsigned long ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&s->lock);
    while (!s->ending && pthread_cond_timedwait(&s->ended, &s->lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&s->lock);
}

/* Break the connection so that the client sees a reset and not an orderly end. */
static void reset(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct sockaddr none = {.sa_family = AF_UNSPEC};

    if (!info)
        return;
    setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    /* The library shuts a socket down before it closes it, which would send an orderly end first. */
    if (connect(info->connect_fd, &none, sizeof(none)))
        perror("mock-airbyte: cannot reset a connection");
}

static ssize_t read_half(void *cls, uint64_t at, char *buf, size_t max)
{
    const struct half *h = cls;
    size_t len = h->body.len / 2, n;

    if (at >= len)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    n = len - (size_t)at;
    if (n > max)
        n = max;
    memcpy(buf, h->body.data + at, n);
    return (ssize_t)n;
}

static void free_half(void *cls)
{
    struct half *h = cls;

    text_release(&h->body);
    free(h);
}

/* A response that takes over the body of ${a}. */
static struct MHD_Response *make_response(struct answer *a, bool cut)
{
    struct MHD_Response *response;
    struct half *h;

    if (!cut || a->body.len == 0) {
        response = MHD_create_response_from_buffer(a->body.len, a->body.data, MHD_RESPMEM_MUST_FREE);
    } else {
        h = text_array(NULL, 1, sizeof(*h));
        h->body = a->body;
        response = MHD_create_response_from_callback(h->body.len, 65536, read_half, h, free_half);
    }
    if (response)
        a->body = (struct text){0}; /* the response's now */
    return response;
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
    return !value || MHD_add_response_header(response, name, value) == MHD_YES;
}

/* The clock of a server may be wrong, and then its Date header is, too. */
static bool add_date(const struct server *s, struct MHD_Response *response)
{
    time_t now = (time_t)token_now_s(s->api->tokens);
    char date[64];
    struct tm tm;

    if (s->api->tokens->clock_offset_s == 0)
        return true; /* the library sends the true one */
    if (!gmtime_r(&now, &tm) || strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        return false;
    return add_header(response, "Date", date);
}

static enum MHD_Result send_answer(struct server *s, struct MHD_Connection *connection, struct answer *a, bool cut)
{
    struct MHD_Response *response = make_response(a, cut);
    enum MHD_Result queued = MHD_NO;

    if (!response)
        return MHD_NO;
    if (add_header(response, "Content-Type", a->type) && add_header(response, "Retry-After", a->retry_after) &&
        add_header(response, "Location", a->location) && add_date(s, response))
        queued = MHD_queue_response(connection, a->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Make the answer, as the fault, if any, has it. */
static void make_answer(struct server *s, const struct request *r, const struct fault *f, struct answer *a)
{
    enum fault_kind kind = f ? f->kind : FAULT_NONE;

    if (kind == FAULT_STATUS) {
        answer_status(a, f->status);
        a->retry_after = f->retry_after;
        a->location = f->location;
    } else if (kind == FAULT_HTML) {
        answer_html(a);
    } else if (kind == FAULT_BODY) {
        text_add(&a->body, f->body.data, f->body.len);
    } else if (kind == FAULT_RESET) {
        a->status = 0;
    } else {
        api_answer(s->api, r, a);
    }
}

/* Before the answer is sent, so that a client that has it finds the line there. */
static void log_request(
    const struct server *s, const struct incoming *in, const struct request *r, unsigned status, size_t token)
{
    struct reqlog_entry entry = {
        .n = in->n,
        .method = r->method,
        .path = r->path,
        .query = r->query,
        .user_agent = r->user_agent,
        .status = status,
        .token = token,
        .body = &in->body,
    };

    if (s->log_fd >= 0 && reqlog_write(s->log_fd, &entry))
        perror("mock-airbyte: cannot write the log");
}

static enum MHD_Result respond(
    struct server *s, struct MHD_Connection *connection, const char *method, const char *version, struct incoming *in)
{
    size_t path_len = strcspn(in->target, "?"), token;
    char *path = text_copy(in->target, path_len);
    struct request r = {
        .method = method,
        .target = in->target,
        .path = path,
        .query = in->target[path_len] ? in->target + path_len + 1 : "",
        .line_len = strlen(method) + strlen(in->target) + strlen(version) + 2,
        .content_type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type"),
        .user_agent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "User-Agent"),
        .body = &in->body,
        .body_too_large = in->too_large,
    };
    enum MHD_Result result = MHD_NO;
    const struct fault *fault;
    unsigned long delay_ms;
    struct answer answer;

    answer_init(&answer, s->api->tenant->release, in->n, in->target);
    fault = fault_meet(s->faults, path, &delay_ms);
    if (delay_ms > 0)
        wait_out(s, delay_ms);
    r.token = token_check(s->api->tokens, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"),
        &token, &r.token_public);
    make_answer(s, &r, fault, &answer);
    log_request(s, in, &r, answer.status, token);
    if (answer.status == 0)
        reset(connection);
    else
        result = send_answer(s, connection, &answer, fault && fault->kind == FAULT_CUT);
    answer_release(&answer);
    free(path);
    return result;
}

static void take_body(struct incoming *in, const char *data, size_t len)
{
    if (len > BODY_MAX - in->body.len)
        in->too_large = true;
    else if (!in->too_large)
        text_add(&in->body, data, len);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *len, void **con_cls)
{
    struct incoming *in = *con_cls;

    (void)url; /* decoded; we want it as it was sent */
    if (!in->started) {
        in->started = true;
        return MHD_YES;
    }
    if (*len > 0) {
        take_body(in, data, *len);
        *len = 0;
        return MHD_YES;
    }
    return respond(cls, connection, method, version, in);
}

int server_start(struct server *s, const struct api *api, struct faults *faults, int log_fd)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const union MHD_DaemonInfo *info;
    pthread_condattr_t monotonic;

    *s = (struct server){.api = api, .faults = faults, .log_fd = log_fd};
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    errno = 0;
    s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0,
        NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&loopback, MHD_OPTION_URI_LOG_CALLBACK,
        on_request_line, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_CONNECTION_TIMEOUT, 300u,
        MHD_OPTION_END);
    info = s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info)
        s->port = info->port;
    return info ? 0 : -1;
}

void server_stop(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    pthread_cond_broadcast(&s->ended);
    pthread_mutex_unlock(&s->lock);
    MHD_stop_daemon(s->daemon);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
}
