#include "server.h"

#include "mangle.h"
#include "raw.h"
#include "reqlog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The server's own limit for a body, reference/airbyte-api.md section 3.0.1. */
#define BODY_MAX (10u << 20)

/* How often a held answer looks whether it is let go. */
#define HOLD_MS 5

/* What a connection keeps of a request until it is answered. */
struct incoming {
    unsigned long n;
    char *target;
    bool started; /* whether the headers were seen */
    bool too_large;
    bool counted; /* among the requests that are under way */
    enum counts_part part;
    struct piece body;
};

/* An answer that is not what its headers say: the body and then spaces, up to ${ends} bytes. */
struct stream {
    struct piece body;
    uint64_t announced, ends;
};

/* Called with the target as soon as the request line is read. */
static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct server *s = cls;
    struct incoming *in = piece_array(NULL, 1, sizeof(*in));

    (void)connection;
    *in = (struct incoming){.n = atomic_fetch_add(&s->requests, 1) + 1, .target = piece_copy(uri, strlen(uri))};
    return in;
}

static void on_completed(
    void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode why)
{
    struct incoming *in = *con_cls;

    struct server *s = cls;

    (void)connection;
    (void)why;
    if (!in)
        return;
    if (in->counted)
        counts_end(&s->counts, in->part);
    piece_release(&in->body);
    free(in->target);
    free(in);
    *con_cls = NULL;
}

bool server_wait(struct server *s, unsigned long ms)
{
    struct timespec until;
    bool goes_on;

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
    goes_on = !s->ending;
    pthread_mutex_unlock(&s->lock);
    return goes_on;
}

/* The connection's descriptor, or -1, with which every call fails. */
static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

/* Break the connection so that the client sees a reset and not an orderly end. */
static void reset(struct MHD_Connection *connection)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = socket_of(connection);

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    /* The library shuts a socket down before it closes it, which would send an orderly end first. */
    if (connect(fd, &none, sizeof(none)))
        perror("mock-airbyte: cannot reset a connection");
}

static ssize_t read_stream(void *cls, uint64_t at, char *buf, size_t max)
{
    const struct stream *st = cls;
    size_t n = max;

    if (at >= st->ends)
        return st->ends < st->announced ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    if (n > st->ends - at)
        n = (size_t)(st->ends - at);
    if (at < st->body.len) {
        if (n > st->body.len - at)
            n = st->body.len - (size_t)at;
        memcpy(buf, st->body.data + at, n);
    } else {
        memset(buf, ' ', n);
    }
    return (ssize_t)n;
}

static void free_stream(void *cls)
{
    struct stream *st = cls;

    piece_release(&st->body);
    free(st);
}

/* A response that takes over the body of ${a}, cut or padded as ${met} has it. */
static struct MHD_Response *make_response(struct response *a, const struct fault_met *met)
{
    const struct fault *pad = fault_find(met, FAULT_PAD, FAULT_PAD);
    bool cut = fault_find(met, FAULT_CUT, FAULT_CUT) && a->body.len > 0;
    struct MHD_Response *response;
    struct stream *st;

    if (!cut && !pad) {
        response = MHD_create_response_from_buffer(a->body.len, a->body.data, MHD_RESPMEM_MUST_FREE);
    } else {
        st = piece_array(NULL, 1, sizeof(*st));
        *st = (struct stream){.body = a->body, .announced = a->body.len + (pad ? pad->number : 0)};
        st->ends = cut ? st->announced / 2 : st->announced;
        response = MHD_create_response_from_callback(st->announced, 65536, read_stream, st, free_stream);
    }
    if (response)
        a->body = (struct piece){0}; /* the response's now */
    return response;
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
    return !value || MHD_add_response_header(response, name, value) == MHD_YES;
}

/* The clock of a server may be wrong, and then its Date header is, too. */
static bool add_date(const struct server *s, struct MHD_Response *response)
{
    time_t now = (time_t)tokens_now_s(s->api->tokens);
    char date[64];
    struct tm tm;

    if (s->api->tokens->clock_offset_s == 0)
        return true; /* the library sends the true one */
    if (!gmtime_r(&now, &tm) || strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        return false;
    return add_header(response, "Date", date);
}

/* The header lines of the faults: NAME: VALUE, which takes the place of another of that name. */
static bool add_lines(struct MHD_Response *response, const struct fault_met *met)
{
    bool added = true;

    for (size_t i = 0; i < met->n && added; i++) {
        const char *line = met->list[i]->word;
        size_t name_len = met->list[i]->kind == FAULT_HEADER ? strcspn(line, ":") : 0;
        char *name = piece_copy(line ? line : "", name_len);

        if (name_len > 0) {
            const char *old = MHD_get_response_header(response, name);

            if (old)
                MHD_del_response_header(response, name, old);
            added = add_header(response, name, line + name_len + 1 + strspn(line + name_len + 1, " "));
        }
        free(name);
    }
    return added;
}

static enum MHD_Result send_answer(
    struct server *s, struct MHD_Connection *connection, struct response *a, const struct fault_met *met)
{
    struct MHD_Response *response = make_response(a, met);
    enum MHD_Result queued = MHD_NO;

    if (!response)
        return MHD_NO;
    if (add_header(response, "Content-Type", a->type) && add_header(response, "Retry-After", a->retry_after) &&
        add_header(response, "Location", a->location) && add_header(response, "Content-Encoding", a->encoding) &&
        add_date(s, response) && add_lines(response, met))
        queued = MHD_queue_response(connection, a->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* How faults make paging go wrong. */
static struct skew find_skew(const struct fault_met *met)
{
    struct skew skew = {0};

    for (size_t i = 0; i < met->n; i++) {
        const struct fault *f = met->list[i];

        skew.loop |= f->kind == FAULT_LOOP;
        if (f->kind == FAULT_CAP)
            skew.cap = f->number;
        if (f->kind == FAULT_OVERLAP)
            skew.shift -= (long)f->number;
        if (f->kind == FAULT_SHRINK)
            skew.shift += (long)f->number;
    }
    return skew;
}

/* 200 with the words of another answer. */
static void answer_text(struct response *a, const struct piece *body)
{
    struct piece copy = {0};

    if (body->len > 0)
        piece_add(&copy, body->data, body->len);
    piece_release(&a->body);
    a->body = copy;
}

static void answer_remembered(struct server *s, struct fault *f, struct response *a)
{
    if (a->status == 200)
        answer_text(a, fault_remember(s->faults, f, &a->body));
}

/* Make the answer, the true one or that of a fault. */
static void make_answer(struct server *s, const struct request *r, struct fault *f, struct response *a)
{
    struct piece words = {0};

    switch (f ? (int)f->kind : -1) {
    case FAULT_STATUS:
        response_status(a, (unsigned)f->number);
        a->retry_after = f->retry_after;
        a->location = f->location;
        return;
    case FAULT_ECHO:
        piece_addf(&words, "not for %s", r->authorization ? r->authorization : "nobody");
        response_framework(a, (unsigned)f->number, words.data);
        piece_release(&words);
        return;
    case FAULT_UNLICENSED:
        response_unlicensed(a, "feature-scim");
        return;
    case FAULT_HTML:
        response_html(a);
        return;
    case FAULT_BODY:
        answer_text(a, &f->body);
        a->status = (unsigned)f->number;
        return;
    case FAULT_RESET:
        a->status = 0;
        return;
    default:
        api_answer(s->api, r, a);
    }
    if (f && f->kind == FAULT_CACHE)
        answer_remembered(s, f, a);
}

/* Change the body as one fault has it. */
static void mangle(const struct fault *f, const struct request *r, struct response *a)
{
    switch (f->kind) {
    case FAULT_OMIT:
        mangle_omit(&a->body, f->word);
        return;
    case FAULT_WITHOUT:
        mangle_without(&a->body, f->word);
        return;
    case FAULT_IDS:
        mangle_ids(&a->body, r->target);
        mangle_ids(&a->body, r->body->data ? r->body->data : "");
        return;
    case FAULT_NEXT:
        mangle_next(&a->body, f->word);
        return;
    case FAULT_UTF8:
        mangle_utf8(&a->body);
        return;
    case FAULT_DUPLICATE:
        mangle_duplicate(&a->body);
        return;
    case FAULT_DEEP:
        mangle_deep(&a->body, f->number);
        return;
    case FAULT_GZIP:
    case FAULT_BOMB:
        mangle_gzip(&a->body, f->number);
        a->encoding = "gzip";
        return;
    default:
        return;
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
        .proxied = r->proxied,
        .body = &in->body,
    };

    if (s->log_fd >= 0 && reqlog_write(s->log_fd, &entry))
        perror("mock-airbyte: cannot write the log");
}

/* Send ${a}, the library's way or by hand. What is under way ends here: who has the answer may ask again at once. */
static enum MHD_Result send_or_break(struct server *s, struct MHD_Connection *connection, struct incoming *in,
    struct response *a, const struct fault_met *met)
{
    const struct fault *by_hand = fault_find(met, FAULT_STALL, FAULT_TRAILERS);

    if (in->counted)
        counts_end(&s->counts, in->part);
    in->counted = false;
    if (a->status == 0)
        reset(connection);
    else if (by_hand)
        raw_send(s, socket_of(connection), a, by_hand, met);
    else
        return send_answer(s, connection, a, met);
    return MHD_NO;
}

/* Wait until ${fifo} has had a writer and has none any more, or the server ends. */
static void hold(struct server *s, const char *fifo)
{
    struct pollfd end = {.fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC)};

    if (end.fd < 0) {
        perror("mock-airbyte: cannot open what holds an answer");
        return;
    }
    while (poll(&end, 1, 0) == 0 && server_wait(s, HOLD_MS))
        ;
    close(end.fd);
}

static void wait_out(struct server *s, const struct fault_met *met)
{
    unsigned long ms = 0;

    for (size_t i = 0; i < met->n; i++)
        if (met->list[i]->kind == FAULT_DELAY)
            ms += met->list[i]->number;
        else if (met->list[i]->kind == FAULT_HOLD)
            hold(s, met->list[i]->word);
    if (ms > 0)
        server_wait(s, ms);
}

/* Answer ${r}, all of whose members but those about its token are there. */
static enum MHD_Result answer(
    struct server *s, struct MHD_Connection *connection, struct incoming *in, struct request *r)
{
    enum MHD_Result result;
    struct fault_met met;
    struct response a;
    size_t token;

    response_init(&a, s->api->tenant->release, in->n, in->target);
    fault_meet(s->faults, r->path, r->query, in->body.data, &met);
    wait_out(s, &met);
    r->skew = find_skew(&met);
    r->token = tokens_check(s->api->tokens, r->authorization, &token, &r->token_public);
    make_answer(s, r, fault_find(&met, FAULT_STATUS, FAULT_RESET), &a);
    for (size_t i = 0; i < met.n; i++)
        mangle(met.list[i], r, &a);
    log_request(s, in, r, a.status, token);
    result = send_or_break(s, connection, in, &a, &met);
    response_release(&a);
    return result;
}

static enum MHD_Result answer_counts(struct server *s, struct MHD_Connection *connection)
{
    const struct fault_met none = {.n = 0};
    enum MHD_Result result;
    struct response a;

    response_init(&a, RELEASE_HEAD, 0, COUNTS_PATH);
    counts_write(&s->counts, &a.body);
    result = send_answer(s, connection, &a, &none);
    response_release(&a);
    return result;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Path and query of what a proxy is asked for, which is a whole URL, or of what a server is. */
static const char *own_part(const char *target)
{
    const char *host = strncmp(target, "http://", 7) == 0 ? target + 7 : NULL;

    return host ? host + strcspn(host, "/") : target;
}

static enum MHD_Result respond(
    struct server *s, struct MHD_Connection *connection, const char *method, const char *version, struct incoming *in)
{
    const char *target = own_part(in->target);
    size_t path_len = strcspn(target, "?");
    char *path = piece_copy(target, path_len);
    struct request r = {
        .method = method,
        .target = target,
        .path = path,
        .query = target[path_len] ? target + path_len + 1 : "",
        .line_len = strlen(method) + strlen(in->target) + strlen(version) + 2,
        .content_type = header(connection, "Content-Type"),
        .user_agent = header(connection, "User-Agent"),
        .authorization = header(connection, "Authorization"),
        .body = &in->body,
        .body_too_large = in->too_large,
        .proxied = target != in->target,
    };
    enum MHD_Result result = answer(s, connection, in, &r);

    free(path);
    return result;
}

static void take_body(struct incoming *in, const char *data, size_t len)
{
    if (len > BODY_MAX - in->body.len)
        in->too_large = true;
    else if (!in->too_large)
        piece_add(&in->body, data, len);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *len, void **con_cls)
{
    struct incoming *in = *con_cls;

    (void)url; /* decoded; we want it as it was sent */
    struct server *s = cls;

    if (!in->started) {
        in->started = true;
        in->counted = strcmp(in->target, COUNTS_PATH) != 0;
        if (in->counted)
            in->part = counts_start(&s->counts, method, own_part(in->target));
        return MHD_YES;
    }
    if (*len > 0) {
        take_body(in, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (strcmp(in->target, COUNTS_PATH) == 0)
        return answer_counts(s, connection);
    return respond(s, connection, method, version, in);
}

static void on_connection(
    void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_ConnectionNotificationCode why)
{
    struct server *s = cls;

    (void)connection;
    (void)con_cls;
    if (why == MHD_CONNECTION_NOTIFY_STARTED)
        counts_connect(&s->counts);
}

static void init(struct server *s)
{
    pthread_condattr_t monotonic;

    counts_init(&s->counts);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void release(struct server *s)
{
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
    counts_release(&s->counts);
}

int server_start(
    struct server *s, const struct api *api, struct faults *faults, int log_fd, const struct server_tls *tls)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? (void *)(uintptr_t)tls->certificate : NULL},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? (void *)(uintptr_t)tls->key : NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    const union MHD_DaemonInfo *info;

    *s = (struct server){.api = api, .faults = faults, .log_fd = log_fd};
    init(s);
    errno = 0;
    s->daemon = MHD_start_daemon(flags | (tls ? (unsigned)MHD_USE_TLS : 0u), 0, NULL, NULL, on_request, s,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&loopback, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, s,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_CONNECTION_TIMEOUT, 300u, MHD_OPTION_ARRAY, tls ? secure : secure + 2, MHD_OPTION_END);
    info = s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        release(s);
        return -1;
    }
    s->port = info->port;
    return 0;
}

void server_stop(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    pthread_cond_broadcast(&s->ended);
    pthread_mutex_unlock(&s->lock);
    MHD_stop_daemon(s->daemon);
    release(s);
}
