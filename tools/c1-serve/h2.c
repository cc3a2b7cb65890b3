#include "h2.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "http.h"

/* Room that the server is given for answers, in bytes; what one read takes. */
#define WINDOW (1 << 20)
#define READ_SIZE 16384

/* An exchange under way. */
struct session {
    struct h2 *h;
    struct status *s;
    CURL *easy;
    curl_socket_t socket;
    nghttp2_session *ng;
    int32_t stream;
    char curl_error[CURL_ERROR_SIZE];
    bool h2_chosen;    /* the server agreed on HTTP/2 */
    bool closed;       /* the stream is over */
    bool failed;       /* ${s} says how */
    bool first_done;   /* the first headers of the answer are complete */
    size_t header_len; /* bytes of headers so far */
    int64_t end_ms, moved_ms;
};

static int fail(struct session *x, int code, const char *text)
{
    if (!x->failed)
        status_set(x->s, code, "%s", text);
    x->failed = true;
    return -1;
}

/* ---- The connection. ---- */

/* Where OpenSSL keeps a session beside its TLS context. */
static int alpn_index = -1;

/*
 * Whom to trust, read once: read anew for each connection, as libcurl would, the system's certificates take more time than
 * all else that an idle service does.  OpenSSL's stores may be shared by threads.
 */
static X509_STORE *roots;

/* Add the certificates in ${pem}. Return whether there was one. */
static bool add_roots(const struct buf *pem)
{
    BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
    X509 *one;
    int n = 0;

    while (in != NULL && (one = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL)) != NULL) {
        n += X509_STORE_add_cert(roots, one);
        X509_free(one);
    }
    /* The end of the text is an error to it. */
    ERR_clear_error();
    BIO_free(in);
    return n > 0;
}

static int read_roots(struct err *e)
{
    const struct buf *named = http_trusted();

    roots = X509_STORE_new();
    if (roots == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (named->len > 0 ? !add_roots(named) : X509_STORE_set_default_paths(roots) != 1)
        return err_set(e, EX_CONFIG, "no certificate to trust can be read");
    return 0;
}

int h2_global_init(struct err *e)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    if (curl->ssl_version == NULL || strncmp(curl->ssl_version, "OpenSSL/", 8) != 0)
        return err_set(e, EX_SOFTWARE, "libcurl is not built with OpenSSL, which HTTP/2 on its connections needs");
    alpn_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    return alpn_index >= 0 ? read_roots(e) : err_set(e, EX_OSERR, "no memory");
}

void h2_global_cleanup(void)
{
    X509_STORE_free(roots);
    roots = NULL;
}

/* OpenSSL's word on each step of the handshake: at its end, note what was agreed on. */
static void on_handshake(const SSL *ssl, int where, int ret)
{
    struct session *x;
    const unsigned char *name;
    unsigned len;

    (void)ret;
    if ((where & SSL_CB_HANDSHAKE_DONE) == 0)
        return;
    x = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), alpn_index);
    SSL_get0_alpn_selected(ssl, &name, &len);
    x->h2_chosen = len == 2 && memcmp(name, "h2", 2) == 0;
}

/* libcurl would put its own HTTP/2 on the connection if it negotiated that itself, so it is done here. */
static CURLcode prepare_tls(CURL *easy, void *ssl_ctx, void *arg)
{
    (void)easy;
    if (SSL_CTX_set_alpn_protos(ssl_ctx, (const unsigned char *)"\x02h2", 3) != 0 ||
        SSL_CTX_set_ex_data(ssl_ctx, alpn_index, arg) != 1)
        return CURLE_OUT_OF_MEMORY;
    SSL_CTX_set1_cert_store(ssl_ctx, roots);
    SSL_CTX_set_info_callback(ssl_ctx, on_handshake);
    return CURLE_OK;
}

/* libcurl asks this at least once a second while it connects. */
static int may_go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct session *x = arg;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return cancel_reason(x->h->cancel) != CANCEL_NOT;
}

static int64_t connect_limit(const struct session *x)
{
    int64_t left = x->h->limit_ms > 0 ? x->end_ms - clock_mono_ms() : H2_CONNECT_MS;

    return left < 1 ? 1 : left < H2_CONNECT_MS ? left : H2_CONNECT_MS;
}

static bool set_options(struct session *x, const char *url)
{
    CURL *c = x->easy;

    return curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)connect_limit(x)) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_ENABLE_ALPN, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, prepare_tls) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, x) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, may_go_on) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFODATA, x) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->curl_error) == CURLE_OK;
}

static int refused(struct session *x, CURLcode code)
{
    const char *cause = x->curl_error[0] != '\0' ? x->curl_error : curl_easy_strerror(code);

    if (code == CURLE_ABORTED_BY_CALLBACK)
        return fail(x, GRPC_CANCELLED, cancel_text(cancel_reason(x->h->cancel)));
    if (code == CURLE_OPERATION_TIMEDOUT && x->h->limit_ms > 0 && clock_mono_ms() >= x->end_ms)
        return fail(x, GRPC_DEADLINE_EXCEEDED, "deadline exceeded while connecting");
    return fail(x, GRPC_UNAVAILABLE, cause);
}

static int open_connection(struct session *x)
{
    struct buf url;
    CURLcode code = CURLE_OUT_OF_MEMORY;

    buf_init(&url, 4096);
    buf_printf(&url, "https://%s:%s/", x->h->host, x->h->port);
    x->easy = curl_easy_init();
    if (x->easy != NULL && !url.failed && set_options(x, buf_cstr(&url)))
        code = curl_easy_perform(x->easy);
    buf_release(&url);
    if (code != CURLE_OK)
        return refused(x, code);
    if (!x->h2_chosen)
        return fail(x, GRPC_UNAVAILABLE, "the server does not speak HTTP/2");
    if (curl_easy_getinfo(x->easy, CURLINFO_ACTIVESOCKET, &x->socket) != CURLE_OK || x->socket == CURL_SOCKET_BAD)
        return fail(x, GRPC_UNAVAILABLE, "the connection was lost");
    return 0;
}

/* ---- nghttp2's questions and news. ---- */

static ssize_t on_send(nghttp2_session *ng, const uint8_t *data, size_t len, int flags, void *arg)
{
    struct session *x = arg;
    size_t n = 0;
    CURLcode code = curl_easy_send(x->easy, data, len, &n);

    (void)ng;
    (void)flags;
    if (code == CURLE_AGAIN)
        return NGHTTP2_ERR_WOULDBLOCK;
    if (code != CURLE_OK)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    x->moved_ms = clock_mono_ms();
    return (ssize_t)n;
}

static ssize_t on_body(nghttp2_session *ng, int32_t stream, uint8_t *to, size_t size, uint32_t *flags,
    nghttp2_data_source *source, void *arg)
{
    struct session *x = arg;
    ssize_t n = x->h->body.read(x->h->body.arg, to, size);

    (void)ng;
    (void)stream;
    (void)source;
    if (n < 0) {
        x->h->unread = true;
        fail(x, GRPC_INTERNAL, "what was to be sent cannot be read");
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (n == 0)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return n;
}

/* The place for the value of a header that matters, or NULL. */
static char **slot(struct h2 *h, const char *name)
{
    static const char *const names[] = {"content-type", "grpc-status", "grpc-message", "grpc-encoding"};
    char **const slots[] = {&h->content_type, &h->grpc_status, &h->grpc_message, &h->grpc_encoding};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return slots[i];
    return NULL;
}

static int on_header(nghttp2_session *ng, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
    const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
    struct session *x = arg;
    char **to = slot(x->h, (const char *)name);

    (void)flags;
    (void)ng;
    if (frame->hd.stream_id != x->stream)
        return 0;
    x->header_len += name_len + value_len;
    if (x->header_len > H2_HEADERS_MAX) {
        fail(x, GRPC_RESOURCE_EXHAUSTED, "the answer has too many headers");
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (strcmp((const char *)name, ":status") == 0)
        x->h->http_status = atoi((const char *)value);
    if (to != NULL) {
        free(*to);
        *to = strndup((const char *)value, value_len);
    }
    return to != NULL && *to == NULL ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* The first headers are complete, and more is to come: a status in them is none, as it belongs to the end. */
static void begin_answer(struct session *x)
{
    x->first_done = true;
    free(x->h->grpc_status);
    free(x->h->grpc_message);
    x->h->grpc_status = x->h->grpc_message = NULL;
}

static int on_frame(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
    struct session *x = arg;
    bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

    (void)ng;
    if (frame->hd.stream_id != x->stream)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS) {
        /* Headers of a 1xx answer are none of the answer's. */
        if (x->first_done || last)
            x->h->trailers = true;
        else if (x->h->http_status >= 200)
            begin_answer(x);
    }
    if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && last)
        x->h->ended = true;
    return 0;
}

static int on_data(nghttp2_session *ng, uint8_t flags, int32_t stream, const uint8_t *data, size_t len, void *arg)
{
    struct session *x = arg;

    (void)ng;
    (void)flags;
    if (stream != x->stream || buf_append(&x->h->data, data, len) == 0)
        return 0;
    fail(x, GRPC_RESOURCE_EXHAUSTED, "the answer is larger than 4 MiB");
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_close(nghttp2_session *ng, int32_t stream, uint32_t code, void *arg)
{
    struct session *x = arg;

    (void)ng;
    if (stream != x->stream)
        return 0;
    x->closed = true;
    if (!x->h->ended) {
        x->h->reset = true;
        x->h->reset_code = code;
    }
    return 0;
}

static int open_session(struct session *x)
{
    nghttp2_session_callbacks *calls;
    int r;

    if (nghttp2_session_callbacks_new(&calls) != 0)
        return fail(x, GRPC_INTERNAL, "no memory");
    nghttp2_session_callbacks_set_send_callback(calls, on_send);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
    r = nghttp2_session_client_new(&x->ng, calls, x);
    nghttp2_session_callbacks_del(calls);
    return r == 0 ? 0 : fail(x, GRPC_INTERNAL, "no memory");
}

/* ---- The exchange. ---- */

static nghttp2_nv pair(const char *name, const char *value, uint8_t flags)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), flags};
}

/* Headers in the order in which gRPC's own clients send them. */
static int submit(struct session *x)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW}};
    nghttp2_data_provider body = {.read_callback = on_body};
    struct buf authority;
    nghttp2_nv nv[9];
    size_t n = 0;
    int r;

    buf_init(&authority, 4096);
    buf_printf(&authority, "%s:%s", x->h->host, x->h->port);
    if (buf_cstr(&authority) == NULL)
        return fail(x, GRPC_INTERNAL, "the host's name is too long");
    nv[n++] = pair(":method", "POST", 0);
    nv[n++] = pair(":scheme", "https", 0);
    nv[n++] = pair(":path", x->h->path, 0);
    nv[n++] = pair(":authority", buf_cstr(&authority), 0);
    nv[n++] = pair("content-type", "application/grpc", 0);
    nv[n++] = pair("user-agent", x->h->user_agent, 0);
    nv[n++] = pair("te", "trailers", 0);
    if (x->h->timeout != NULL)
        nv[n++] = pair("grpc-timeout", x->h->timeout, 0);
    /* Never put into the table by which later headers are shortened: its size would tell of the token. */
    nv[n++] = pair("authorization", x->h->authorization, NGHTTP2_NV_FLAG_NO_INDEX);
    r = nghttp2_submit_settings(x->ng, NGHTTP2_FLAG_NONE, settings, 2);
    x->stream = r == 0 ? nghttp2_submit_request(x->ng, NULL, nv, n, &body, NULL) : -1;
    buf_release(&authority);
    return x->stream > 0 ? 0 : fail(x, GRPC_INTERNAL, "the request cannot be made");
}

/* Feed what has come to nghttp2. Return 1 if the server has closed the connection, 0 if not, -1 on failure. */
static int receive(struct session *x)
{
    uint8_t block[READ_SIZE];

    for (;;) {
        size_t n = 0;
        CURLcode code = curl_easy_recv(x->easy, block, sizeof(block), &n);

        if (code == CURLE_AGAIN)
            return 0;
        if (code != CURLE_OK || n == 0)
            return 1;
        x->moved_ms = clock_mono_ms();
        if (nghttp2_session_mem_recv(x->ng, block, n) < 0)
            return fail(x, GRPC_INTERNAL, "the server's HTTP/2 is broken");
    }
}

/* The milliseconds until a limit is met, or -1 for ever; 0 with ${x} failed when one is. */
static int64_t time_left(struct session *x)
{
    int64_t now = clock_mono_ms(), total = INT64_MAX, idle = INT64_MAX;

    if (x->h->limit_ms > 0)
        total = x->end_ms - now;
    if (x->h->idle_ms > 0)
        idle = x->moved_ms + x->h->idle_ms - now;
    if (total <= 0)
        fail(x, GRPC_DEADLINE_EXCEEDED, "deadline exceeded");
    else if (idle <= 0)
        fail(x, GRPC_DEADLINE_EXCEEDED, "the server neither takes nor sends anything");
    if (x->failed)
        return 0;
    total = total < idle ? total : idle;
    return total == INT64_MAX ? -1 : total < INT_MAX ? total : INT_MAX;
}

static int wait_for_more(struct session *x)
{
    struct pollfd p[2] = {{.fd = x->socket, .events = POLLIN}, {.fd = x->h->cancel->fd, .events = POLLIN}};
    int64_t left = time_left(x);

    if (x->failed)
        return -1;
    if (nghttp2_session_want_write(x->ng))
        p[0].events |= POLLOUT;
    if (poll(p, 2, (int)left) < 0 && errno != EINTR)
        return fail(x, GRPC_INTERNAL, "poll failed");
    return 0;
}

/* Tell the server that no more is coming, if it can still be told; what becomes of that does not matter. */
static void take_back(struct session *x, uint32_t code)
{
    if (x->stream > 0 && !x->closed) {
        nghttp2_submit_rst_stream(x->ng, NGHTTP2_FLAG_NONE, x->stream, code);
        nghttp2_session_send(x->ng);
    }
}

static int exchange(struct session *x)
{
    for (;;) {
        int sent = nghttp2_session_send(x->ng),
            end = sent == 0 || sent == NGHTTP2_ERR_CALLBACK_FAILURE ? receive(x) : -1;

        if (x->failed)
            return -1;
        if (x->closed)
            return 0;
        /* The answer is complete although not all was sent: gRPC wants the rest called off, and the status counts. */
        if (x->h->ended) {
            take_back(x, NGHTTP2_NO_ERROR);
            return 0;
        }
        if (end != 0 || sent != 0)
            return fail(x, GRPC_UNAVAILABLE, "the connection was lost");
        if (cancel_reason(x->h->cancel) != CANCEL_NOT)
            return fail(x, GRPC_CANCELLED, cancel_text(cancel_reason(x->h->cancel)));
        if (!nghttp2_session_want_read(x->ng) && !nghttp2_session_want_write(x->ng))
            return fail(x, GRPC_UNAVAILABLE, "the server has ended the connection");
        if (wait_for_more(x) < 0)
            return -1;
    }
}

int h2_perform(struct h2 *h, struct status *s)
{
    struct session x = {.h = h, .s = s, .socket = CURL_SOCKET_BAD};
    int r;

    buf_init(&h->data, H2_ANSWER_MAX);
    x.moved_ms = clock_mono_ms();
    x.end_ms = x.moved_ms + h->limit_ms;
    r = open_connection(&x);
    x.moved_ms = clock_mono_ms();
    if (r == 0 && (r = open_session(&x)) == 0 && (r = submit(&x)) == 0) {
        r = exchange(&x);
        if (r < 0)
            take_back(&x, NGHTTP2_CANCEL);
    }
    nghttp2_session_del(x.ng);
    curl_easy_cleanup(x.easy);
    return r;
}

void h2_release(struct h2 *h)
{
    free(h->content_type);
    free(h->grpc_status);
    free(h->grpc_message);
    free(h->grpc_encoding);
    h->content_type = h->grpc_status = h->grpc_message = h->grpc_encoding = NULL;
    buf_release(&h->data);
}
