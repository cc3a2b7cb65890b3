#include "mint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "guard.h"
#include "json.h"
#include "log.h"
#include "problem.h"
#include "retry.h"

/* All tries together, without a deadline; and one of them. A token takes a healthy server well under a second. */
#define TOTAL_MS ((int64_t)30000)
#define EXCHANGE_MS ((int64_t)10000)

/* Tries of one form. 500 may be for ever (reference/airbyte-api.md section 6), so it gets fewer. */
#define ATTEMPTS 5
#define ATTEMPTS_500 3
#define BASE_MS 500
#define MAX_MS 4000

/* The largest answer accepted; error answers of old servers have tens of kilobytes of stack traces. */
#define ANSWER_MAX ((size_t)1 << 20)

/* What came of asking one form. */
enum verdict {
    MINTED,
    STOPPED,   /* final: nobody need be asked again */
    DENIED,    /* 401, 403: also how servers answer for a form they do not have (section 3.0.6) */
    ABSENT,    /* this form is not there */
    FAULTY,    /* 500: to be tried again, then the other form */
    SLOW,      /* 408: the same; the two forms have different time limits */
    BUSY,      /* other passing failures: to be tried again */
    THROTTLED, /* 429 */
};

/* The state of one mint_token. ${body} holds the secret. */
struct minting {
    const struct minter *m;
    int64_t began_ms, until_ms;
    struct buf body;
};

int64_t mint_until_ms(const struct minter *m)
{
    return clock_mono_ms() + (m->deadline_ms > 0 ? m->deadline_ms : TOTAL_MS);
}

/* All four members whatever the form: each server takes those it knows (section 2.2). */
static int make_body(struct minting *r, struct err *e)
{
    const struct minter *m = r->m;
    size_t id_len = strlen(m->client_id);

    buf_init(&r->body, (size_t)64 << 10);
    /* Room for every byte as an escape, so that the block never moves and leaves a copy behind. */
    buf_reserve(&r->body, 128 + 6 * (id_len + m->secret->len));
    buf_puts(&r->body, "{\"client_id\":");
    json_put_string(&r->body, m->client_id, id_len);
    buf_puts(&r->body, ",\"client_secret\":");
    json_put_string(&r->body, m->secret->text, m->secret->len);
    buf_puts(&r->body, ",\"grant_type\":\"client_credentials\",\"grant-type\":\"client_credentials\"}");
    return r->body.failed ? err_set(e, EX_OSERR, "no memory for a request") : 0;
}

/*
 * Whether a 500 looks like the answer of some editions to wrong credentials: {"errorId":...} of newer ones, the
 * exception form of older ones. A problem document ("type", "title") is a failure of another kind.
 */
static bool is_exception(const struct http *h)
{
    bool exception = false, problem = false;
    struct json_str name;
    struct json j;

    json_init(&j, NULL);
    json_begin(&j, h->answer.data, h->answer.len, 0);
    if (h->answer.len > 0 && json_object(&j))
        while (json_member(&j, &name)) {
            exception = exception || json_eq(name, "errorId") || json_eq(name, "exceptionClassName");
            problem = problem || json_eq(name, "type") || json_eq(name, "title");
            json_skip(&j, NULL);
        }
    exception = exception && !problem && json_end(&j, NULL) == 0;
    json_release(&j);
    return exception;
}

static enum verdict judge_500(const struct http *h, const char *words, struct err *e)
{
    if (is_exception(h))
        err_set(e, EX_NOPERM,
            "'%s' still answers 500 (%s): wrong client id or secret, which some editions of Airbyte answer "
            "like this, or a server that fails",
            h->url, words);
    else
        err_set(e, EX_UNAVAILABLE,
            "'%s' still answers 500 (%s); wrong credentials show as 500 on some editions of Airbyte", h->url, words);
    return FAULTY;
}

/* Read an answer of success into ${t}. */
static enum verdict accept_token(const struct http *h, struct token *t, struct err *e)
{
    if (!h->json) {
        err_set(
            e, EX_PROTOCOL, "'%s' answers %d, but not with JSON: is this the address of Airbyte?", h->url, h->status);
        return STOPPED;
    }
    if (token_read(t, h->answer.len > 0 ? h->answer.data : "", h->answer.len, h->server_time, clock_wall_ms(), e) == 0)
        return MINTED;
    err_context(e, "'%s' does not answer with a token", h->url);
    return STOPPED;
}

/* Judge a refusal, 400, 401 or 403: of the API, or of what stands before it. */
static enum verdict judge_refusal(const struct http *h, enum problem_form form, const char *words, struct err *e)
{
    if (form == PROBLEM_FOREIGN) {
        err_set(e, EX_PROTOCOL,
            "'%s' answers %d, but not as Airbyte does: is it https, and the right port? is a login page in front of "
            "it?",
            h->url, h->status);
        return STOPPED;
    }
    err_set(e, EX_NOPERM, "wrong client id or secret: '%s' answers %d: %s", h->url, h->status, words);
    return h->status == 400 ? STOPPED : DENIED;
}

/* Judge an answer that is none of the API's. */
static enum verdict judge_strange(const struct http *h, const char *words, struct err *e)
{
    if (h->status > 300 && h->status < 400 && h->status != 304)
        err_set(e, EX_PROTOCOL,
            "'%s' answers %d, a redirect, which is not followed: check the address of Airbyte (https or http, path)",
            h->url, h->status);
    else
        err_set(
            e, EX_PROTOCOL, "'%s' answers %d, which is not an answer of the Airbyte API: %s", h->url, h->status, words);
    return STOPPED;
}

/* Judge an answer: what to do now, and in ${e} the failure it is if nothing better comes. */
static enum verdict judge_answer(const struct http *h, struct token *t, struct err *e)
{
    char words[PROBLEM_TEXT];
    enum problem_form form;

    if (h->status >= 200 && h->status < 300)
        return accept_token(h, t, e);
    form = problem_read(h, words, sizeof(words));
    switch (h->status) {
    case 400:
    case 401:
    case 403:
        return judge_refusal(h, form, words, e);
    case 404:
    case 405:
    case 415:
    case 501:
        err_set(e, EX_PROTOCOL,
            "'%s' answers %d (%s): this is not the address of the Airbyte API, or its authentication is switched off",
            h->url, h->status, words);
        return ABSENT;
    case 429:
        err_set(e, EX_TEMPFAIL, "'%s' answers 429 (%s): too many requests, try again later", h->url, words);
        return THROTTLED;
    case 500:
        return judge_500(h, words, e);
    default:
        break;
    }
    if (!retry_status(h->status))
        return judge_strange(h, words, e);
    err_set(e, EX_UNAVAILABLE, "'%s' still answers %d: %s", h->url, h->status, words);
    return h->status == 408 ? SLOW : BUSY;
}

static int64_t left_ms(const struct minting *r)
{
    return r->until_ms - clock_mono_ms();
}

/* What ${e} is about, if something failed: the call, and the status of an answer that there was. */
static void note_call(const char *url, int status, struct err *e)
{
    char call[sizeof(e->fields[0].text)];

    if (e->status == 0)
        return;
    if (snprintf(call, sizeof(call), "POST %s", url) < (int)sizeof(call))
        err_field(e, "call", call);
    if (status != 0)
        err_field_number(e, "status", status);
}

/* One exchange with ${url}. ${retry_after_ms} is what the server asks to wait, or -1. */
static enum verdict ask_once(
    const struct minting *r, const char *url, struct token *t, int64_t *retry_after_ms, struct err *e)
{
    int64_t left = left_ms(r);
    struct http h = {.url = url,
        .body = r->body.data,
        .body_len = r->body.len,
        .content_type = "application/json",
        .timeout_ms = (long)(left < 1             ? 1
                             : left < EXCHANGE_MS ? left
                                                  : EXCHANGE_MS),
        .body_max = ANSWER_MAX};
    enum verdict v = STOPPED;

    *retry_after_ms = -1;
    switch (http_exchange(&h, e)) {
    case HTTP_ANSWERED:
        v = judge_answer(&h, t, e);
        *retry_after_ms = h.retry_after_ms;
        break;
    case HTTP_NETWORK:
        v = BUSY;
        break;
    case HTTP_REFUSED:
        break;
    }
    note_call(url, h.status, e);
    buf_wipe(&h.answer);
    http_release(&h);
    return v;
}

static void sleep_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) < 0)
        continue;
}

/*
 * Say in ${e} what ended the tries, if it was not their number: the server's wish to wait ${retry_after_ms}, and the
 * caller's deadline, which makes any failure one to come back after.
 */
static void explain_end(const struct minting *r, int64_t retry_after_ms, struct err *e)
{
    if (retry_after_ms > 0 && retry_after_ms > left_ms(r))
        err_context(e, "the server asks to wait %" PRId64 " s", retry_after_ms / 1000);
    if (r->m->deadline_ms == 0 || e->status == EX_TEMPFAIL)
        return;
    e->status = EX_TEMPFAIL;
    err_context(e, "no token within %" PRId64 " s", r->m->deadline_ms / 1000);
}

/* Ask one form, until it has answered for good or its tries are over. */
static enum verdict ask_form(const struct minting *r, const char *url, struct token *t, struct err *e)
{
    struct retry_policy p = {.base_ms = BASE_MS, .max_ms = MAX_MS, .total_ms = r->until_ms - r->began_ms};

    for (unsigned attempt = 1;; attempt++) {
        int64_t retry_after, delay;
        enum verdict v;

        *e = (struct err){0};
        v = ask_once(r, url, t, &retry_after, e);
        if (v == MINTED || v == STOPPED || v == DENIED || v == ABSENT)
            return v;
        p.attempts = v == FAULTY ? ATTEMPTS_500 : ATTEMPTS;
        delay = retry_delay_ms(&p, attempt, clock_mono_ms() - r->began_ms, retry_after);
        if (delay < 0) {
            if (attempt < p.attempts || left_ms(r) <= 0)
                explain_end(r, retry_after, e);
            return v;
        }
        log_debug("trying again", LOG_STR("cause", e->msg), LOG_INT("delay_ms", delay));
        sleep_ms(delay);
    }
}

/* Whether the other form may do what this one did not. */
static bool other_may_help(enum verdict v)
{
    return v == DENIED || v == ABSENT || v == FAULTY || v == SLOW;
}

/* The two forms, one after the other. ${e} is the failure that says most. */
static enum verdict ask_both(
    const struct minting *r, const char *public_url, const char *config_url, struct token *t, struct err *e)
{
    enum verdict first = ask_form(r, public_url, t, e), second;
    struct err other = {0};

    if (!other_may_help(first) || left_ms(r) <= 0)
        return first;
    log_debug("asking the other token endpoint", LOG_STR("cause", e->msg));
    second = ask_form(r, config_url, t, &other);
    if (second == MINTED)
        return second;
    /* The second one decides, unless it is not there at all and the first one is. */
    if (second == ABSENT && first != ABSENT)
        return first;
    *e = other;
    return second;
}

int mint_token(const struct minter *m, bool config_form, int64_t until_ms, struct token *t, struct err *e)
{
    struct minting r = {.m = m, .began_ms = clock_mono_ms(), .until_ms = until_ms};
    char *public_url = NULL, *config_url = NULL;
    enum verdict v = STOPPED;
    struct err cause = {0};

    if (asprintf(&public_url, "%s/applications/token", m->url->public_base) < 0)
        public_url = NULL;
    if (asprintf(&config_url, "%s/applications/token", m->url->config_base) < 0)
        config_url = NULL;
    if (public_url == NULL || config_url == NULL)
        err_set(&cause, EX_OSERR, "no memory for an address");
    else if (make_body(&r, &cause) == 0)
        v = config_form ? ask_form(&r, config_url, t, &cause) : ask_both(&r, public_url, config_url, t, &cause);
    buf_wipe(&r.body);
    free(public_url);
    free(config_url);
    if (v != MINTED)
        return err_take(e, &cause);
    guard_token(t->text, t->len);
    return 0;
}
