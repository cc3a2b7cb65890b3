#include "answer.h"

#include <inttypes.h>

#include "clock.h"
#include "log.h"
#include "page.h"
#include "problem.h"
#include "strip.h"
#include "verdict.h"

/* A try that failed: ${why} is what to say if there is no further one. ${retry_after_ms} -1: the server does not say. */
struct trouble {
    enum cause cause;
    int64_t retry_after_ms;
    struct err why;
};

/* The run ends with this call: the call in words, and what went wrong. */
static enum outcome broken(const struct call *c, struct err *why, struct err *e)
{
    call_context(c, why);
    if (c->exchange.attempts > 1)
        err_set(e, why->status, "%s (%u tries)", why->msg, c->exchange.attempts);
    else
        err_set(e, why->status, "%s", why->msg);
    return OUTCOME_END;
}

/* The server will not answer ${c}: leave it to its owner what that means. */
static enum outcome refused(struct call *c, const struct verdict *v)
{
    struct http *http = &c->exchange.http;

    c->refusal.http_status = http->status;
    c->refusal.exit_status = v->exit_status;
    c->refusal.hint = v->hint;
    problem_read(http, c->refusal.text, sizeof(c->refusal.text));
    rows_truncate(&c->rows, 0);
    return OUTCOME_REFUSED;
}

/* Have ${c} tried again after a while. Return whether a try is left. */
static bool try_later(struct answering *a, struct call *c, const struct trouble *t)
{
    const struct retry_policy *policy = verdict_policy(t->cause);
    struct exchange *x = &c->exchange;
    int64_t now = clock_mono_ms(), delay;

    if (a->stalled_ms > x->sent_ms) { /* it was we who did not listen */
        x->attempts = 1;
        x->first_ms = now;
    }
    delay = retry_delay_ms(policy, x->attempts, now - x->first_ms, t->retry_after_ms);
    if (delay < 0)
        return false;
    log_debug("trying again", LOG_STR("path", c->ep->path), LOG_STR("cause", t->why.msg),
        LOG_INT("tries", (int64_t)x->attempts), LOG_INT("delay_ms", delay));
    x->due_ms = now + delay;
    a->retries++;
    return true;
}

/* Try again after a while, or end the run. */
static enum outcome try_or_end(struct answering *a, struct call *c, struct trouble *t, struct err *e)
{
    return try_later(a, c, t) ? OUTCOME_WAIT : broken(c, &t->why, e);
}

/* An answer that is worth reading: without its secrets, if it may have any. */
static enum outcome taken(struct answering *a, struct call *c, struct err *e)
{
    struct trouble t = {.cause = CAUSE_MALFORMED, .retry_after_ms = -1};
    struct http *http = &c->exchange.http;
    enum page_reading reading = PAGE_MALFORMED;
    struct buf safe;

    buf_init(&safe, HTTP_BODY_MAX + 1);
    lane_recover(&a->lane[c->ep->api]);
    if (!strip_needed(c->ep))
        reading = page_read(c, http->answer.data, http->answer.len, &t.why);
    else if (strip_answer(c->ep, http->answer.data, http->answer.len, &safe, &t.why) == 0)
        reading = page_read(c, safe.data, safe.len, &t.why);
    buf_release(&safe);
    if (reading == PAGE_MALFORMED)
        return try_or_end(a, c, &t, e);
    if (reading == PAGE_FAILED)
        return broken(c, &t.why, e);
    a->proven = true;
    if (reading == PAGE_LAST)
        return OUTCOME_DONE;
    c->exchange.attempts = 0;
    return OUTCOME_SEND;
}

/* 401: once with another token; at once, for it says nothing about the call. */
static enum outcome renew(struct answering *a, struct call *c, struct verdict *v, struct err *e)
{
    struct exchange *x = &c->exchange;
    bool outdated = x->token->serial != a->token->current->serial;
    int r = source_refused(a->token, x->token, e);

    if (r < 0)
        return OUTCOME_END;
    if (r == 0) {
        v->hint = "the token in a file cannot be renewed";
        return refused(c, v);
    }
    if (!outdated) {
        x->renewed = true;
        a->renewals++;
    }
    x->attempts--;
    return OUTCOME_SEND;
}

/* The server is not to be asked again before a while, or its answer was a stray one. */
static enum outcome again(struct answering *a, struct call *c, const struct verdict *v, struct err *e)
{
    struct http *http = &c->exchange.http;
    struct trouble t = {.cause = v->cause, .retry_after_ms = http->retry_after_ms};
    char text[PROBLEM_TEXT];

    problem_read(http, text, sizeof(text));
    err_set(
        &t.why, v->exit_status, "HTTP status %d: %s%s%s", http->status, text, *v->hint != '\0' ? "; " : "", v->hint);
    if (t.retry_after_ms >= 0 && v->cause == CAUSE_TOLD) {
        t.why = (struct err){0};
        err_set(&t.why, v->exit_status, "HTTP status %d: %s; Retry-After is %" PRId64 " s", http->status, text,
            (t.retry_after_ms + 999) / 1000);
    }
    if ((http->status == 429 || (v->cause == CAUSE_TOLD && t.retry_after_ms > 0)) &&
        lane_ease_off(&a->lane[c->ep->api], clock_mono_ms(), c->exchange.sent_ms, t.retry_after_ms))
        log_debug("too many requests", LOG_STR("path", c->ep->path),
            LOG_INT("at_a_time", (int64_t)a->lane[c->ep->api].limit));
    if (try_later(a, c, &t))
        return OUTCOME_WAIT;
    if (v->then == VERDICT_REFUSED)
        return refused(c, v);
    if (v->cause == CAUSE_TOLD && c->exchange.attempts < verdict_policy(v->cause)->attempts)
        t.why.status = EX_TEMPFAIL; /* it may well answer, but later than we wait */
    return broken(c, &t.why, e);
}

/* What the body of an answer is: JSON of whatever form if all is well, else one of the forms that errors have. */
static enum verdict_body body_of(const struct http *http)
{
    char text[PROBLEM_TEXT];
    bool well = http->status >= 200 && http->status < 300;

    if (http->answer.len == 0)
        return BODY_EMPTY;
    return (well ? http->json : problem_read(http, text, sizeof(text)) == PROBLEM_API) ? BODY_JSON : BODY_FOREIGN;
}

/* What the answer of a try means. */
static enum outcome answered(struct answering *a, struct call *c, struct err *e)
{
    struct exchange *x = &c->exchange;
    const struct verdict_case it = {
        .status = x->http.status,
        .told = x->http.retry_after_ms >= 0,
        .body = body_of(&x->http),
        .renewed = x->renewed && x->token->serial == a->token->current->serial,
        .proven = a->proven,
    };
    struct verdict v = verdict_of(&it);
    struct err why = {0};
    char text[PROBLEM_TEXT];

    if (it.status != 401)
        x->renewed = false;
    switch (v.kind) {
    case VERDICT_TAKEN:
        return taken(a, c, e);
    case VERDICT_AGAIN:
        return again(a, c, &v, e);
    case VERDICT_RENEW:
        return renew(a, c, &v, e);
    case VERDICT_REFUSED:
        return refused(c, &v);
    case VERDICT_BROKEN:
        break;
    }
    problem_read(&x->http, text, sizeof(text));
    err_set(&why, v.exit_status, "HTTP status %d: %s%s%s", it.status, text, *v.hint != '\0' ? "; " : "", v.hint);
    return broken(c, &why, e);
}

enum outcome answer_take(struct answering *a, struct call *c, CURLcode code, struct err *e)
{
    struct trouble t = {.cause = CAUSE_NETWORK, .retry_after_ms = -1};
    struct exchange *x = &c->exchange;
    enum http_outcome outcome;

    outcome = http_finish(&x->http, code, &t.why);
    log_debug("answer", LOG_STR("method", c->ep->body == NULL ? "GET" : "POST"), LOG_STR("path", c->ep->path),
        LOG_INT("status", outcome == HTTP_ANSWERED ? x->http.status : 0), LOG_INT("ms", clock_mono_ms() - x->sent_ms),
        LOG_INT("bytes", (int64_t)x->http.answer.len));
    if (outcome == HTTP_ANSWERED)
        return answered(a, c, e);
    return outcome == HTTP_NETWORK ? try_or_end(a, c, &t, e) : broken(c, &t.why, e);
}
