#include "answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "page.h"
#include "problem.h"
#include "strip.h"

/* A wait longer than this is worth a word. */
#define LONG_WAIT_MS 10000

/* The most fields that a message about a call has of its own. */
#define TELL_MAX 3

/* So often is it forgiven that this process did not listen, for one page. */
#define FORGIVEN_MAX 3

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
    if (c->exchange.attempts > 1) {
        size_t used = strlen(why->msg);

        snprintf(why->msg + used, sizeof(why->msg) - used, " (%u tries)", c->exchange.attempts);
    }
    err_take(e, why);
    return OUTCOME_END;
}

/* The server will not answer ${c}: leave it to its owner what that means. */
static enum outcome refused(struct answering *a, struct call *c, const struct verdict *v, struct err *e)
{
    struct http *http = &c->exchange.http;

    c->refusal.http_status = http->status;
    c->refusal.exit_status = v->exit_status;
    c->refusal.hint = v->hint;
    c->refusal.unlicensed = http->status == 403 && problem_is_licence(http);
    problem_read(http, c->refusal.text, sizeof(c->refusal.text));
    rows_truncate(&c->rows, 0);
    return journal_put_refusal(a->journal, c, e) < 0 ? OUTCOME_END : OUTCOME_REFUSED;
}

/* Whether something that takes ${delay_ms} from now on would end behind the deadline. */
static bool is_too_late(const struct answering *a, int64_t now_ms, int64_t delay_ms)
{
    return a->deadline_ms != 0 && now_ms + delay_ms >= a->deadline_ms;
}

/* How long to wait before ${c} is tried again, -1 if it must not be. */
static int64_t delay_before(const struct answering *a, const struct call *c, const struct trouble *t, int64_t now)
{
    const struct exchange *x = &c->exchange;
    struct retry_policy policy = *verdict_policy(t->cause);
    int64_t spent_ms = now - x->first_ms;

    if (t->cause == CAUSE_BUSY)
        return verdict_busy_wait(x->attempts);
    if (t->cause == CAUSE_TOLD) { /* a server that says when it will answer is waited for as long as there is time */
        spent_ms = x->waited_ms;
        if (a->deadline_ms != 0)
            policy.total_ms = spent_ms + (a->deadline_ms - now);
    }
    return retry_delay_ms(&policy, x->attempts, spent_ms, t->retry_after_ms);
}

/* A message about ${c}, with the ${n} fields ${own} of its own. */
static void tell(enum log_level level, const char *msg, const struct call *c, const struct log_field *own, size_t n)
{
    struct log_field fields[1 + TELL_MAX + LEVEL_COUNT];
    struct buf words;

    if (!log_enabled(level))
        return;
    buf_init(&words, 8192);
    endpoint_describe(&words, c->ep, &c->scope);
    fields[0] = LOG_STR("call", buf_cstr(&words));
    memcpy(fields + 1, own, n * sizeof(*own));
    call_fields(c, fields + 1 + n);
    log_event(level, msg, fields, 1 + n + LEVEL_COUNT);
    buf_release(&words);
}

/* Say that there is a wait, in a warning the first time that it is long. */
static void tell_wait(struct call *c, const struct trouble *t, int64_t delay_ms)
{
    bool is_long = delay_ms > LONG_WAIT_MS && !c->exchange.warned;
    const struct log_field cause = LOG_STR("cause", t->why.msg), tries = LOG_INT("tries", c->exchange.attempts);

    c->exchange.warned |= is_long;
    if (is_long)
        tell(LOG_WARN, "waiting before the next try", c,
            (struct log_field[]){cause, LOG_INT("seconds", (delay_ms + 500) / 1000)}, 2);
    else
        tell(LOG_DEBUG, "trying again", c, (struct log_field[]){cause, tries, LOG_INT("delay_ms", delay_ms)}, 3);
}

/* Have ${c} tried again after a while. Return whether that is possible; if not, the status may become EX_TEMPFAIL. */
static bool try_later(struct answering *a, struct call *c, struct trouble *t)
{
    struct exchange *x = &c->exchange;
    int64_t now = clock_mono_ms(), delay;

    if (a->stalled_ms > x->sent_ms && x->forgiven < FORGIVEN_MAX) { /* it was we who did not listen */
        x->forgiven++;
        x->attempts = 1;
        x->first_ms = now;
    }
    a->last = t->why;
    call_context(c, &a->last);
    delay = delay_before(a, c, t, now);
    if (delay < 0 || is_too_late(a, now, delay)) {
        bool tries_left = x->attempts < verdict_policy(t->cause)->attempts;

        if (is_too_late(a, now, delay < 0 ? 0 : delay) || (t->cause == CAUSE_TOLD && tries_left))
            t->why.status = EX_TEMPFAIL; /* it may well answer, but later than we wait */
        return false;
    }
    tell_wait(c, t, delay);
    x->waited_ms += delay;
    x->due_ms = now + delay;
    a->retries++;
    return true;
}

/* Try again after a while, or end the run. */
static enum outcome try_or_end(struct answering *a, struct call *c, struct trouble *t, struct err *e)
{
    return try_later(a, c, t) ? OUTCOME_WAIT : broken(c, &t->why, e);
}

/* Read a page, ${len} bytes at ${body} without secrets, and keep it in the journal under the words that asked for it. */
static enum page_reading keep_page(
    struct answering *a, struct call *c, const char *body, size_t len, struct err *why, struct err *e)
{
    struct buf key;
    enum page_reading reading;

    buf_init(&key, (size_t)64 << 10);
    journal_key(a->journal, &key, c);
    reading = page_read(c, body, len, why);
    if ((reading == PAGE_LAST || reading == PAGE_MORE) && journal_put(a->journal, &key, body, len, e) < 0)
        reading = PAGE_FAILED;
    buf_release(&key);
    return reading;
}

static void learn_server(struct answering *a)
{
    if (a->proof == PROOF_NONE)
        a->proof = PROOF_SERVER;
}

/* ${c} was answered well: what that shows. */
static void learn(struct answering *a, const struct call *c)
{
    if (c->ep->resource != RESOURCE_INSTANCE) /* which is told to everybody */
        a->proof = PROOF_TOKEN;
    else
        learn_server(a);
    if (c->ep->body != NULL)
        a->posted_with = c->exchange.token->serial;
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
        reading = keep_page(a, c, http->answer.data, http->answer.len, &t.why, e);
    else if (strip_answer(c->ep, c->more, http->answer.data, http->answer.len, &safe, &t.why) == 0)
        reading = keep_page(a, c, safe.data, safe.len, &t.why, e);
    buf_release(&safe);
    if (e->status != 0)
        return OUTCOME_END;
    if (reading == PAGE_MALFORMED)
        return try_or_end(a, c, &t, e);
    if (reading == PAGE_FAILED)
        return broken(c, &t.why, e);
    learn(a, c);
    if (reading == PAGE_LAST)
        return OUTCOME_DONE;
    c->exchange.attempts = 0;
    return OUTCOME_SEND;
}

enum outcome answer_recall(struct answering *a, struct call *c, struct err *e)
{
    struct journal_answer answer;
    struct err why = {0};
    int r;

    while ((r = journal_find(a->journal, c, &answer, e)) > 0) {
        enum page_reading reading;

        if (answer.refused) {
            c->refusal = answer.refusal;
            rows_truncate(&c->rows, 0);
            return OUTCOME_REFUSED;
        }
        reading = page_read(c, answer.body.s, answer.body.len, &why);
        if (reading == PAGE_LAST || reading == PAGE_MORE)
            learn_server(a); /* as in the run that the journal is of */
        if (reading == PAGE_LAST)
            return OUTCOME_DONE;
        if (reading != PAGE_MORE) {
            err_context(&why, "journal '%s'", a->journal->use.path);
            return broken(c, &why, e);
        }
    }
    return r < 0 ? OUTCOME_END : OUTCOME_SEND;
}

/* What to say of an answer: its status, the server's words if it is an error, and a hint. */
static void describe(const struct call *c, const struct verdict *v, struct err *why)
{
    const struct http *http = &c->exchange.http;
    const char *separator = *v->hint != '\0' ? "; " : "";
    char text[PROBLEM_TEXT];

    problem_read(http, text, sizeof(text));
    if (http->status < 300)
        err_set(why, v->exit_status, "HTTP status %d%s%s", http->status, separator, v->hint);
    else
        err_set(why, v->exit_status, "HTTP status %d: %s%s%s", http->status, text, separator, v->hint);
    err_field_number(why, "status", http->status);
}

/* The end of the run. */
static enum outcome end(const struct call *c, const struct verdict *v, struct err *e)
{
    struct err why = {0};

    describe(c, v, &why);
    return broken(c, &why, e);
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
        v->hint =
            c->ep->body != NULL && a->proof == PROOF_TOKEN && a->posted_with == 0
                ? "the token in a file cannot be renewed; a GET was taken with it, so it may have to be one of the "
                  "configuration API"
                : "the token in a file cannot be renewed";
        return end(c, v, e);
    }
    if (!outdated) {
        x->renewed = true;
        a->renewals++;
    }
    x->attempts--;
    return OUTCOME_SEND;
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

/*
 * Ask for a token of the configuration API.  That it cannot be had is no end: the one in hand is as good as it was, and
 * what was refused is refused.  Return -1 with ${e} only at the deadline.
 */
static int ask_other_form(struct answering *a, const struct call *c, struct err *e)
{
    struct err why = {0};
    int r;

    log_debug("asking for a token of the configuration API", LOG_STR("path", c->ep->path));
    a->token->renew_by = TOKENLINE_RENEW_CONFIG;
    r = source_refused(a->token, a->token->current, &why);
    if (r > 0) {
        a->other_form = OTHER_THERE;
        a->renewals++;
        return 0;
    }
    a->other_form = OTHER_NOT_THERE;
    a->token->renew_by = TOKENLINE_RENEW;
    if (r == 0)
        return 0;
    if (is_too_late(a, clock_mono_ms(), 0))
        return err_take(e, &why);
    log_debug("no token of the configuration API", LOG_STR("cause", why.msg));
    a->other_why = why;
    return 0;
}

/*
 * Some servers take a token of the public form for a GET and refuse it for a POST.  If no POST has been taken with the token
 * of ${c}, which is one, a token of the configuration API is asked for, once a run.  Return whether ${c} is to be sent with
 * another token, or -1 with ${e}.
 */
static int try_other_form(struct answering *a, const struct call *c, struct err *e)
{
    const struct token *token = c->exchange.token;

    if (c->ep->body == NULL || token->serial == a->posted_with)
        return 0;
    if (a->other_form == OTHER_UNASKED && ask_other_form(a, c, e) < 0)
        return -1;
    return a->other_form == OTHER_THERE && token->serial != a->token->current->serial;
}

/* The server refuses the call: perhaps because of the form of the token. */
static enum outcome refused_or_renewed(struct answering *a, struct call *c, const struct verdict *v, struct err *e)
{
    int status = c->exchange.http.status, r = status == 401 || status == 403 ? try_other_form(a, c, e) : 0;

    if (r < 0)
        return OUTCOME_END;
    if (r == 0)
        return refused(a, c, v, e);
    c->exchange.attempts--;
    return OUTCOME_SEND;
}

/* The server is not to be asked again before a while, or its answer was a stray one. */
static enum outcome again(struct answering *a, struct call *c, const struct verdict *v, struct err *e)
{
    struct lane *lane = &a->lane[c->ep->api];
    struct trouble t = {.cause = v->cause, .retry_after_ms = -1};
    struct err why = {0};

    describe(c, v, &why);
    if (v->cause == CAUSE_TOLD) {
        t.retry_after_ms = c->exchange.http.retry_after_ms;
        err_set(&t.why, why.status, "%s; Retry-After is %" PRId64 " s", why.msg, (t.retry_after_ms + 999) / 1000);
        err_field_number(&t.why, "status", c->exchange.http.status);
    } else {
        t.why = why;
    }
    if ((v->cause == CAUSE_BUSY || v->cause == CAUSE_TOLD) &&
        lane_ease_off(lane, clock_mono_ms(), c->exchange.sent_ms, t.retry_after_ms))
        log_debug("too many requests", LOG_STR("path", c->ep->path), LOG_INT("at_a_time", (int64_t)lane->limit));
    if (try_later(a, c, &t)) {
        c->exchange.doubts = v->cause == CAUSE_DOUBT;
        a->doubters += c->exchange.doubts;
        return OUTCOME_WAIT;
    }
    return v->then == VERDICT_REFUSED && t.why.status != EX_TEMPFAIL ? refused_or_renewed(a, c, v, e)
                                                                     : broken(c, &t.why, e);
}

/* What the run has shown of the server: another call may yet, but for those that wait for the same. */
static enum verdict_proof proof_of(const struct answering *a)
{
    unsigned others = a->lane[API_PUBLIC].running + a->lane[API_CONFIG].running - a->doubters - 1;

    return a->proof == PROOF_NONE && others > 0 ? PROOF_PENDING : a->proof;
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
        .proof = proof_of(a),
    };
    struct verdict v = verdict_of(&it);

    if (it.status != 401)
        x->renewed = false;
    if (it.status == 403 && it.body == BODY_JSON) /* a refusal of Airbyte's own */
        learn_server(a);
    switch (v.kind) {
    case VERDICT_TAKEN:
        return taken(a, c, e);
    case VERDICT_AGAIN:
        return again(a, c, &v, e);
    case VERDICT_RENEW:
        return renew(a, c, &v, e);
    case VERDICT_REFUSED:
        return refused_or_renewed(a, c, &v, e);
    case VERDICT_BROKEN:
        break;
    }
    return end(c, &v, e);
}

/* The end of a try, at debug, with the call and what it is for. ${status} 0: no answer. */
static void tell_answer(const struct call *c, int status)
{
    const struct exchange *x = &c->exchange;

    tell(LOG_DEBUG, "answer", c,
        (struct log_field[]){LOG_INT("status", status), LOG_INT("ms", clock_mono_ms() - x->sent_ms),
            LOG_INT("bytes", (int64_t)x->http.answer.len)},
        3);
}

/* Where some POST was taken, the form of the token was none of the reasons: so this does not depend on which came first. */
void answer_warn(const struct answering *a)
{
    if (a->other_why.status != 0 && a->posted_with == 0)
        log_warn("no POST was taken, perhaps for the form of the token: one of the configuration API cannot be had",
            LOG_STR("cause", a->other_why.msg));
}

enum outcome answer_take(struct answering *a, struct call *c, CURLcode code, struct err *e)
{
    struct trouble t = {.cause = CAUSE_NETWORK, .retry_after_ms = -1};
    struct exchange *x = &c->exchange;
    enum http_outcome outcome;

    a->doubters -= x->doubts;
    x->doubts = false;
    outcome = http_finish(&x->http, code, &t.why);
    tell_answer(c, outcome == HTTP_ANSWERED ? x->http.status : 0);
    if (outcome == HTTP_ANSWERED)
        return answered(a, c, e);
    return outcome == HTTP_NETWORK ? try_or_end(a, c, &t, e) : broken(c, &t.why, e);
}
