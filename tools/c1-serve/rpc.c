#include "rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "log.h"
#include "number.h"
#include "version.h"

#define SERVICE "/c1.connectorapi.baton.v1.BatonService/"
#define PORT "443"

/* HTTP/2's and its codes of resets (RFC 9113 section 7) that mean something of their own to gRPC. */
enum {
    H2_FLOW_CONTROL_ERROR = 3,
    H2_REFUSED_STREAM = 7,
    H2_CANCEL = 8,
    H2_ENHANCE_YOUR_CALM = 11,
    H2_INADEQUATE_SECURITY = 12
};

void rpc_prefix(uint8_t to[RPC_PREFIX_LEN], size_t len)
{
    to[0] = 0;
    for (int i = 0; i < 4; i++)
        to[1 + i] = (uint8_t)(len >> (24 - 8 * i));
}

/* ---- The service. ---- */

/* Where the port of ${authority} begins, behind the colon, or NULL. The address of an IPv6 host is in brackets. */
static const char *port_of(const char *authority)
{
    const char *from = *authority == '[' ? strchr(authority, ']') : authority;
    const char *colon = from != NULL ? strrchr(from, ':') : NULL;

    return colon != NULL ? colon + 1 : NULL;
}

static int split_authority(struct rpc_service *v, const char *authority, struct err *e)
{
    const char *port = port_of(authority);
    size_t len = port != NULL ? (size_t)(port - 1 - authority) : strlen(authority);
    int64_t number;

    if (len == 0 || strpbrk(authority, "/@?# ") != NULL || (port != NULL && number_parse(port, 1, 65535, &number) < 0))
        return err_set(e, EX_CONFIG, "the service's host is none: neither HOST nor HOST:PORT");
    v->host = strndup(authority, len);
    v->port = strdup(port != NULL ? port : PORT);
    return v->host != NULL && v->port != NULL ? 0 : err_set(e, EX_OSERR, "no memory");
}

int rpc_service_init(struct rpc_service *v, const struct credential *c, struct err *e)
{
    const char *other = getenv("BATON_C1_API_HOST"), *authority = other != NULL ? other : c->host;

    *v = (struct rpc_service){0};
    if (bearer_init(&v->bearer, c, authority, e) < 0 || split_authority(v, authority, e) < 0)
        return -1;
    if (asprintf(&v->user_agent, "%s baton-airbyte-c/" AB_VERSION, c->name) >= 0)
        return 0;
    v->user_agent = NULL;
    return err_set(e, EX_OSERR, "no memory");
}

void rpc_service_release(struct rpc_service *v)
{
    free(v->host);
    free(v->port);
    free(v->user_agent);
    bearer_release(&v->bearer);
}

/* ---- What an answer means. ---- */

static int code_of_http(int status)
{
    switch (status) {
    case 400:
        return GRPC_INTERNAL;
    case 401:
        return GRPC_UNAUTHENTICATED;
    case 403:
        return GRPC_PERMISSION_DENIED;
    case 404:
        return GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return GRPC_UNAVAILABLE;
    default:
        return GRPC_UNKNOWN;
    }
}

static int code_of_reset(uint32_t code)
{
    switch (code) {
    case H2_REFUSED_STREAM:
        return GRPC_UNAVAILABLE;
    case H2_CANCEL:
        return GRPC_CANCELLED;
    case H2_FLOW_CONTROL_ERROR:
    case H2_ENHANCE_YOUR_CALM:
        return GRPC_RESOURCE_EXHAUSTED;
    case H2_INADEQUATE_SECURITY:
        return GRPC_PERMISSION_DENIED;
    default:
        return GRPC_INTERNAL;
    }
}

static bool is_grpc(const char *type)
{
    return type != NULL && strncasecmp(type, "application/grpc", 16) == 0 && strchr("+;", type[16]) != NULL;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

/* Put what the server said into ${s}: %XX is a byte, and what is not so spelled stands as it is. */
static void take_message(struct status *s, int code, const char *text)
{
    char plain[sizeof(s->message)];
    size_t n = 0;

    for (; text != NULL && *text != '\0' && n < sizeof(plain); text++) {
        int high = *text == '%' ? hex(text[1]) : -1, low = high >= 0 ? hex(text[2]) : -1;

        plain[n++] = (char)(low >= 0 ? high << 4 | low : *text);
        if (low >= 0)
            text += 2;
    }
    status_set_remote(s, code, plain, n);
}

/* The status of an answer that has one, else what stands for it. Return 0 if it is OK, or -1 with ${s}. */
static int read_status(const struct h2 *h, struct status *s)
{
    int64_t code;

    if (h->grpc_status == NULL || !is_grpc(h->content_type)) {
        if (h->reset)
            return status_set(s, code_of_reset(h->reset_code), "the stream was reset with code %u", h->reset_code);
        if (!is_grpc(h->content_type))
            return status_set(s, code_of_http(h->http_status), "no answer of gRPC: HTTP status %d", h->http_status);
        if (!h->trailers)
            return status_set(s, GRPC_INTERNAL, "server closed the stream without sending trailers");
        return status_set(s, GRPC_UNKNOWN, "the trailers have no status");
    }
    if (number_parse(h->grpc_status, 0, INT32_MAX, &code) < 0)
        return status_set(s, GRPC_UNKNOWN, "the status is no number");
    if (code == GRPC_OK)
        return 0;
    take_message(s, (int)code, h->grpc_message);
    return -1;
}

/* The one message of an answer with status OK. */
static int read_message(const struct h2 *h, struct buf *answer, struct status *s)
{
    const uint8_t *p = (const uint8_t *)h->data.data;
    size_t len;

    if (h->data.len < RPC_PREFIX_LEN)
        return status_set(s, GRPC_INTERNAL, "status OK, but no message came with it");
    len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
    if (p[0] != 0)
        return status_set(s, GRPC_INTERNAL, "the message is compressed, which was not asked for");
    if (len > H2_ANSWER_MAX - RPC_PREFIX_LEN)
        return status_set(s, GRPC_RESOURCE_EXHAUSTED, "the message is larger than 4 MiB");
    if (h->data.len != RPC_PREFIX_LEN + len)
        return status_set(s, GRPC_INTERNAL, "status OK, but not one whole message came with it");
    buf_append(answer, p + RPC_PREFIX_LEN, len);
    return answer->failed ? status_set(s, GRPC_INTERNAL, "no memory") : 0;
}

int rpc_judge(const struct h2 *h, struct buf *answer, struct status *s)
{
    if (read_status(h, s) == 0)
        return read_message(h, answer, s);
    s->local = false;
    return -1;
}

/* ---- A call. ---- */

/* One try. ${*again}: the server has not looked at the request. */
static int attempt(struct rpc_service *v, const struct rpc_call *call, const char *authorization, struct buf *answer,
    bool *again, struct status *s)
{
    char path[128], timeout[32];
    struct h2 h = {.host = v->host,
        .port = v->port,
        .path = path,
        .authorization = authorization,
        .user_agent = v->user_agent,
        .timeout = call->tell ? timeout : NULL,
        .body = call->body,
        .limit_ms = call->limit_ms,
        .idle_ms = call->idle_ms,
        .cancel = call->cancel};
    int r;

    snprintf(path, sizeof(path), SERVICE "%s", call->method);
    snprintf(timeout, sizeof(timeout), "%lldm", (long long)call->limit_ms);
    r = h2_perform(&h, s);
    *again = r == 0 && h.reset && h.reset_code == H2_REFUSED_STREAM && h.grpc_status == NULL;
    if (r == 0)
        r = rpc_judge(&h, answer, s);
    h2_release(&h);
    return r;
}

static void log_call(const struct rpc_call *call, int64_t began_ms, int r, const struct status *s)
{
    log_debug("call", LOG_STR("method", call->method), LOG_STR("status", r == 0 ? "OK" : status_name(s->code)),
        LOG_INT("ms", clock_mono_ms() - began_ms), LOG_STR("message", r == 0 ? "" : s->message));
}

int rpc_perform(struct rpc_service *v, const struct rpc_call *call, struct buf *answer, struct status *s)
{
    int64_t began_ms = clock_mono_ms();
    struct buf header;
    bool again;
    int r;

    buf_init(&header, 32768);
    *s = (struct status){0};
    r = bearer_get(&v->bearer, call->cancel, &header, s);
    if (r == 0) {
        const char *authorization = buf_cstr(&header);

        r = attempt(v, call, authorization, answer, &again, s);
        if (again && call->rewind(call->body.arg) == 0)
            r = attempt(v, call, authorization, answer, &again, s);
        if (r < 0 && s->code == GRPC_UNAUTHENTICATED)
            bearer_drop(&v->bearer, &header);
    }
    buf_wipe(&header);
    log_call(call, began_ms, r, s);
    return r;
}

/* One message to be sent, ${at} of it so far. */
struct message {
    uint8_t prefix[RPC_PREFIX_LEN];
    const uint8_t *data;
    size_t len, at;
};

static ssize_t read_unary(void *arg, uint8_t *to, size_t size)
{
    struct message *m = arg;
    size_t n = 0;

    for (; n < size && m->at < RPC_PREFIX_LEN + m->len; n++, m->at++)
        to[n] = m->at < RPC_PREFIX_LEN ? m->prefix[m->at] : m->data[m->at - RPC_PREFIX_LEN];
    return (ssize_t)n;
}

static int rewind_unary(void *arg)
{
    ((struct message *)arg)->at = 0;
    return 0;
}

int rpc_unary(
    struct rpc_service *v, struct rpc_call *call, const void *message, size_t len, struct buf *answer, struct status *s)
{
    struct message m = {.data = message, .len = len};

    rpc_prefix(m.prefix, len);
    call->body = (struct h2_body){.read = read_unary, .arg = &m};
    call->rewind = rewind_unary;
    return rpc_perform(v, call, answer, s);
}
