#include "engine.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "retry.h"

/* One exchange, from the connection to the last byte. */
#define EXCHANGE_TIMEOUT_MS 120000

/* Good answers after which a halved API gets one call more. */
#define ANSWERS_TO_RECOVER 8

/* Calls left alone for longer than this, while output blocks or a token is fetched, may time out by our own fault. */
#define STALL_MS 1000

/* The longest wait without a look at the clock. */
#define WAIT_MAX_MS 60000

/* Why a try is to be repeated. */
enum cause { CAUSE_NETWORK, CAUSE_MALFORMED, CAUSE_SERVER, CAUSE_BUSY, CAUSE_TOLD };

static const struct retry_policy policies[] = {
    [CAUSE_NETWORK] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 300000},
    [CAUSE_MALFORMED] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 30000},
    [CAUSE_SERVER] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 30000},
    [CAUSE_BUSY] = {.attempts = 3, .base_ms = 5000, .max_ms = 15000, .total_ms = 30000},
    [CAUSE_TOLD] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 120000},
};

/* A try that failed: ${why} is what to say, with the status to end with, if there is no further one. */
struct trouble {
    enum cause cause;
    int64_t retry_after_ms; /* -1: the server does not say */
    struct err why;
};

int engine_init(struct engine *g, const struct baseurl *base, struct source *token, unsigned jobs, int64_t deadline_ms,
    struct err *e)
{
    *g = (struct engine){.base = base, .token = token, .deadline_ms = deadline_ms};
    g->lane[API_CONFIG].max = g->lane[API_CONFIG].limit = jobs;
    g->lane[API_PUBLIC].max = g->lane[API_PUBLIC].limit = jobs / 2 > 0 ? jobs / 2 : 1;
    g->multi = curl_multi_init();
    return g->multi != NULL ? 0 : err_set(e, EX_OSERR, "no memory for HTTP");
}

void engine_release(struct engine *g)
{
    for (size_t i = 0; i < g->nactive; i++) {
        struct fetch *f = g->active[i];

        if (f->sent)
            curl_multi_remove_handle(g->multi, f->http.easy);
        http_release(&f->http);
        f->sent = false;
    }
    g->nactive = 0;
    curl_multi_cleanup(g->multi);
    g->multi = NULL;
}

bool engine_room(const struct engine *g, enum api api)
{
    const struct lane *lane = &g->lane[api];

    return lane->running < lane->limit && (lane->resume_ms == 0 || retry_now_ms() >= lane->resume_ms);
}

bool engine_pauses(const struct engine *g)
{
    return g->lane[API_PUBLIC].resume_ms != 0 || g->lane[API_CONFIG].resume_ms != 0;
}

void engine_attend(struct engine *g, int64_t since_ms)
{
    int64_t now = retry_now_ms();

    if (now - since_ms > STALL_MS)
        g->stalled_ms = now;
}

/* Put the call in words before the message of ${e}. */
static int in_context(const struct fetch *f, struct err *e)
{
    struct buf call;

    buf_init(&call, 8192);
    endpoint_describe(&call, f->ep, &f->scope);
    if (buf_cstr(&call) != NULL)
        err_context(e, "%s", buf_cstr(&call));
    buf_release(&call);
    return -1;
}

/* Hand one try of ${f} to curl. */
static int send_try(struct engine *g, struct fetch *f, struct err *e)
{
    int64_t start_ms = retry_now_ms();

    buf_clear(&f->url);
    buf_clear(&f->body);
    endpoint_url(&f->url, f->ep, g->base, &f->scope, f->limit, f->offset);
    if (f->ep->body != NULL)
        endpoint_body(&f->body, f->ep, &f->scope);
    if (buf_cstr(&f->url) == NULL || f->body.failed)
        return err_set(e, EX_OSERR, "no memory for a request");
    token_drop(f->token);
    f->token = source_token(g->token, e);
    if (f->token == NULL)
        return -1;
    engine_attend(g, start_ms);
    http_release(&f->http);
    f->http = (struct http){
        .url = f->url.data,
        .body = f->ep->body != NULL ? f->body.data : NULL,
        .body_len = f->body.len,
        .content_type = "application/json",
        .bearer = f->token->text.data,
        .timeout_ms = EXCHANGE_TIMEOUT_MS,
        .body_max = HTTP_BODY_MAX,
    };
    if (http_prepare(&f->http, e) < 0)
        return -1;
    if (curl_multi_add_handle(g->multi, f->http.easy) != CURLM_OK)
        return err_set(e, EX_OSERR, "cannot begin a request");
    f->sent = true;
    f->sent_ms = retry_now_ms();
    if (f->attempts++ == 0)
        f->first_ms = f->sent_ms;
    g->requests++;
    return 0;
}

int engine_start(struct engine *g, struct fetch *f, struct err *e)
{
    f->state = FETCH_ACTIVE;
    g->active[g->nactive++] = f;
    g->lane[f->ep->api].running++;
    return send_try(g, f, e);
}

/* ${f} is finished: take it out of the engine's hands. */
static int finished(struct engine *g, struct fetch *f, enum fetch_state state)
{
    for (size_t i = 0; i < g->nactive; i++)
        if (g->active[i] == f) {
            g->active[i] = g->active[--g->nactive];
            break;
        }
    g->lane[f->ep->api].running--;
    http_release(&f->http);
    ids_release(&f->seen);
    f->state = state;
    return 0;
}

/* Send the next page, or the same one with another token. */
static int send_again(struct engine *g, struct fetch *f, struct err *e)
{
    http_release(&f->http);
    return send_try(g, f, e);
}

/* Give up on ${f}. */
static int give_up(const struct fetch *f, struct trouble *t, struct err *e)
{
    in_context(f, &t->why);
    if (f->attempts > 1)
        return err_set(e, t->why.status, "%s (%u tries)", t->why.msg, f->attempts);
    return err_set(e, t->why.status, "%s", t->why.msg);
}

/* Try ${f} again after a while, or not any more. */
static int try_later(struct engine *g, struct fetch *f, struct trouble *t, struct err *e)
{
    const struct retry_policy *policy = &policies[t->cause];
    int64_t now = retry_now_ms(), delay;

    if (g->stalled_ms > f->sent_ms) { /* it was we who did not listen */
        f->attempts = 1;
        f->first_ms = now;
    }
    delay = retry_delay_ms(policy, f->attempts, now - f->first_ms, t->retry_after_ms);
    if (delay < 0 && t->retry_after_ms > 0 && f->attempts < policy->attempts)
        t->why.status = EX_TEMPFAIL; /* it may well answer, but later than we wait */
    if (delay < 0)
        return give_up(f, t, e);
    log_debug("trying again", LOG_STR("path", f->ep->path), LOG_STR("cause", t->why.msg),
        LOG_INT("tries", (int64_t)f->attempts), LOG_INT("delay_ms", delay));
    f->due_ms = now + delay;
    g->retries++;
    return 0;
}

/* The API is too busy: halve its lane, once for all the calls that were in flight together, and leave it in peace. */
static void ease_off(struct engine *g, const struct fetch *f, const struct trouble *t)
{
    struct lane *lane = &g->lane[f->ep->api];
    int64_t now = retry_now_ms();

    if (t->retry_after_ms > 0 && lane->resume_ms < now + t->retry_after_ms)
        lane->resume_ms = now + t->retry_after_ms;
    if (f->sent_ms < lane->reduced_ms)
        return;
    lane->limit = lane->limit / 2 > 0 ? lane->limit / 2 : 1;
    lane->answers = 0;
    lane->reduced_ms = now;
    log_debug("too many requests", LOG_STR("path", f->ep->path), LOG_INT("at_a_time", (int64_t)lane->limit));
}

static void recover(struct lane *lane)
{
    if (++lane->answers < ANSWERS_TO_RECOVER || lane->limit == lane->max)
        return;
    lane->answers = 0;
    lane->limit++;
}

/* A failure that is no use trying again: the call, the status, the server's own words, and ${hint}. */
static int refuse(const struct fetch *f, int status, const char *hint, struct err *e)
{
    char text[256];
    struct err why = {0};

    http_error_text(&f->http, text, sizeof(text));
    err_set(&why, status, "HTTP status %d: %s%s%s", f->http.status, text, *hint != '\0' ? "; " : "", hint);
    in_context(f, &why);
    return err_set(e, why.status, "%s", why.msg);
}

/* 403: say which role is missing. */
static int forbidden(const struct fetch *f, struct err *e)
{
    static const char also[] = "self-managed servers also answer 403 where a call is missing";
    struct buf hint;

    buf_init(&hint, 8192);
    if (f->ep->role != NULL) {
        buf_puts(&hint, "it needs ");
        endpoint_role(&hint, f->ep, &f->scope);
        buf_printf(&hint, " (%s)", also);
    } else {
        buf_printf(&hint, "any valid token will do for it, so something else refuses (%s)", also);
    }
    if (buf_cstr(&hint) == NULL)
        err_set(e, EX_OSERR, "no memory for a message");
    else
        refuse(f, EX_NOPERM, buf_cstr(&hint), e);
    buf_release(&hint);
    return -1;
}

/* 401: once with another token; at once, for it says nothing about the call. */
static int unauthorized(struct engine *g, struct fetch *f, struct err *e)
{
    bool outdated = f->token->serial != g->token->current->serial;
    int r;

    if (f->renewed && !outdated)
        return refuse(f, EX_NOPERM, "a new token was refused like the one before", e);
    r = source_refused(g->token, f->token, e);
    if (r < 0)
        return -1;
    if (r == 0)
        return refuse(f, EX_NOPERM, "the token in a file cannot be renewed", e);
    if (!outdated) {
        f->renewed = true;
        g->renewals++;
    }
    f->attempts--;
    return send_again(g, f, e);
}

/* 408, 429, 5xx. */
static int overloaded(struct engine *g, struct fetch *f, struct err *e)
{
    bool busy = f->http.status == 429;
    struct trouble t = {.cause = busy ? CAUSE_BUSY : CAUSE_SERVER, .retry_after_ms = f->http.retry_after_ms};
    char text[256];

    http_error_text(&f->http, text, sizeof(text));
    if (t.retry_after_ms >= 0) {
        t.cause = CAUSE_TOLD;
        err_set(&t.why, busy ? EX_TEMPFAIL : EX_UNAVAILABLE, "HTTP status %d: %s; Retry-After is %" PRId64 " s",
            f->http.status, text, (t.retry_after_ms + 999) / 1000);
    } else {
        err_set(&t.why, busy ? EX_TEMPFAIL : EX_UNAVAILABLE, "HTTP status %d: %s", f->http.status, text);
    }
    if (busy || t.retry_after_ms > 0)
        ease_off(g, f, &t);
    return try_later(g, f, &t, e);
}

/* An answer with a 2xx status. */
static int good_answer(struct engine *g, struct fetch *f, struct err *e)
{
    struct trouble t = {.cause = CAUSE_MALFORMED, .retry_after_ms = -1};

    if (!f->http.json)
        return refuse(
            f, EX_PROTOCOL, "the answer is not JSON, so this is not the Airbyte API: is the base URL wrong?", e);
    recover(&g->lane[f->ep->api]);
    switch (fetch_read(f, f->http.answer.data, f->http.answer.len, &t.why)) {
    case FETCH_COMPLETE:
        return finished(g, f, FETCH_DONE);
    case FETCH_MORE:
        f->attempts = 0;
        return send_again(g, f, e);
    case FETCH_MALFORMED:
        return try_later(g, f, &t, e);
    case FETCH_FAILED:
        break;
    }
    in_context(f, &t.why);
    return err_set(e, t.why.status, "%s", t.why.msg);
}

static bool is_refusal(int status)
{
    return status == 403 || status == 404 || status == 405 || status == 501;
}

/* What the answer of a try means. */
static int answered(struct engine *g, struct fetch *f, struct err *e)
{
    int status = f->http.status;

    if (status == 401)
        return unauthorized(g, f, e);
    f->renewed = false;
    if (status >= 200 && status < 300)
        return good_answer(g, f, e);
    if (is_refusal(status) && f->ep->purpose == FOR_LOOKUP)
        return finished(g, f, FETCH_REFUSED);
    if (status == 403)
        return forbidden(f, e);
    if (retry_status(status))
        return overloaded(g, f, e);
    if (status >= 300 && status < 400)
        return refuse(f, EX_PROTOCOL, "redirects are not followed: is the base URL wrong?", e);
    if (is_refusal(status))
        return refuse(f, EX_PROTOCOL, "the server does not know this call: is it too old, or the base URL wrong?", e);
    return refuse(f, EX_PROTOCOL, "", e);
}

/* One try has ended with ${code}. */
static int try_ended(struct engine *g, struct fetch *f, CURLcode code, struct err *e)
{
    struct trouble t = {.cause = CAUSE_NETWORK, .retry_after_ms = -1};
    enum http_outcome outcome;

    f->sent = false;
    outcome = http_finish(&f->http, code, &t.why);
    log_debug("answer", LOG_STR("method", f->ep->body == NULL ? "GET" : "POST"), LOG_STR("path", f->ep->path),
        LOG_INT("status", outcome == HTTP_ANSWERED ? f->http.status : 0), LOG_INT("ms", retry_now_ms() - f->sent_ms),
        LOG_INT("bytes", (int64_t)f->http.answer.len));
    if (outcome == HTTP_ANSWERED)
        return answered(g, f, e);
    if (outcome == HTTP_NETWORK)
        return try_later(g, f, &t, e);
    in_context(f, &t.why);
    return err_set(e, t.why.status, "%s", t.why.msg);
}

/* Take what curl has finished. */
static int collect(struct engine *g, struct err *e)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(g->multi, &left)) != NULL) {
        CURLcode code = msg->data.result;
        CURL *easy = msg->easy_handle;
        char *http = NULL;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &http);
        curl_multi_remove_handle(g->multi, easy);
        if (try_ended(g, (struct fetch *)(void *)(http - offsetof(struct fetch, http)), code, e) < 0)
            return -1;
    }
    return 0;
}

/* Send again what is due. */
static int resend(struct engine *g, struct err *e)
{
    int64_t now = retry_now_ms();

    for (size_t i = 0; i < g->nactive; i++) {
        struct fetch *f = g->active[i];

        if (!f->sent && now >= f->due_ms && now >= g->lane[f->ep->api].resume_ms && send_again(g, f, e) < 0)
            return -1;
    }
    return 0;
}

static void no_later(int64_t at_ms, int64_t now_ms, int64_t *wait_ms)
{
    int64_t left = at_ms > now_ms ? at_ms - now_ms : 0;

    if (left < *wait_ms)
        *wait_ms = left;
}

/* How long to wait for curl and the descriptor at most. The pause of a lane that is over is noticed here. */
static int wait_ms(struct engine *g)
{
    int64_t now = retry_now_ms(), wait = WAIT_MAX_MS;

    if (g->deadline_ms != 0)
        no_later(g->deadline_ms, now, &wait);
    for (size_t i = 0; i < API_COUNT; i++)
        if (g->lane[i].resume_ms != 0) {
            no_later(g->lane[i].resume_ms, now, &wait);
            if (g->lane[i].resume_ms <= now)
                g->lane[i].resume_ms = 0;
        }
    for (size_t i = 0; i < g->nactive; i++) {
        const struct fetch *f = g->active[i];
        int64_t resume_ms = g->lane[f->ep->api].resume_ms;

        if (!f->sent)
            no_later(f->due_ms > resume_ms ? f->due_ms : resume_ms, now, &wait);
    }
    return (int)wait;
}

int engine_wait(struct engine *g, int fd, bool at_once, bool *readable, struct err *e)
{
    struct curl_waitfd extra = {.fd = fd, .events = CURL_WAIT_POLLIN};
    int running;

    /* A call just begun has a timer that is due, so the first poll for it returns at once. */
    if (curl_multi_poll(g->multi, &extra, fd >= 0 ? 1 : 0, at_once ? 0 : wait_ms(g), NULL) != CURLM_OK ||
        curl_multi_perform(g->multi, &running) != CURLM_OK)
        return err_set(e, EX_OSERR, "cannot wait for answers");
    *readable = fd >= 0 && extra.revents != 0;
    if (collect(g, e) < 0)
        return -1;
    if (g->deadline_ms != 0 && retry_now_ms() >= g->deadline_ms)
        return err_set(e, EX_TEMPFAIL, "the deadline has passed");
    return resend(g, e);
}
