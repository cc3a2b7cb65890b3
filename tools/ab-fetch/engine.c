#include "engine.h"

#include <curl/curl.h>
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"

/* One exchange, from the connection to the last byte. */
#define EXCHANGE_TIMEOUT_MS 120000

/* Calls left alone for longer than this, while output blocks or a token is fetched, may time out by our own fault. */
#define STALL_MS 1000

/* The longest wait without a look at the clock. */
#define WAIT_MAX_MS 60000

int engine_init(struct engine *g, const struct baseurl *base, struct source *token, struct journal *journal,
    unsigned jobs, int64_t deadline_ms, struct err *e)
{
    *g = (struct engine){.base = base, .answering = {.token = token, .journal = journal, .deadline_ms = deadline_ms}};
    lane_init(&g->answering.lane[API_CONFIG], jobs);
    lane_init(&g->answering.lane[API_PUBLIC], jobs / 2 > 0 ? jobs / 2 : 1);
    g->multi = curl_multi_init();
    return g->multi != NULL ? 0 : err_set(e, EX_OSERR, "no memory for HTTP");
}

void engine_release(struct engine *g)
{
    for (size_t i = 0; i < g->nactive; i++) {
        struct exchange *x = &g->active[i]->exchange;

        if (x->sent)
            curl_multi_remove_handle(g->multi, x->http.easy);
        http_release(&x->http);
        x->sent = false;
    }
    g->nactive = 0;
    curl_multi_cleanup(g->multi);
    g->multi = NULL;
}

bool engine_room(const struct engine *g, enum api api)
{
    return lane_room(&g->answering.lane[api], clock_mono_ms());
}

bool engine_pauses(const struct engine *g)
{
    return g->answering.lane[API_PUBLIC].resume_ms != 0 || g->answering.lane[API_CONFIG].resume_ms != 0;
}

void engine_attend(struct engine *g, int64_t since_ms)
{
    int64_t now = clock_mono_ms();

    if (now - since_ms > STALL_MS)
        g->answering.stalled_ms = now;
}

/* Write the request of ${c}, with a token. */
static int prepare(struct engine *g, struct call *c, struct err *e)
{
    struct exchange *x = &c->exchange;
    const struct endpoint_part part = call_part(c);
    int64_t start_ms = clock_mono_ms();

    buf_clear(&x->url);
    buf_clear(&x->body);
    endpoint_url(&x->url, c->ep, g->base, &c->scope, &part);
    if (c->ep->body != NULL)
        endpoint_body(&x->body, c->ep, &c->scope, &part);
    if (buf_cstr(&x->url) == NULL || x->body.failed)
        return err_set(e, EX_OSERR, "no memory for a request");
    token_drop(x->token);
    x->token = source_token(g->answering.token, e);
    if (x->token == NULL)
        return -1;
    engine_attend(g, start_ms);
    http_release(&x->http);
    x->http = (struct http){
        .url = x->url.data,
        .body = c->ep->body != NULL ? x->body.data : NULL,
        .body_len = x->body.len,
        .content_type = "application/json",
        .bearer = x->token->text.data,
        .timeout_ms = EXCHANGE_TIMEOUT_MS,
        .body_max = HTTP_BODY_MAX,
    };
    return http_prepare(&x->http, e);
}

/* Hand one try of ${c} to curl. */
static int send_try(struct engine *g, struct call *c, struct err *e)
{
    struct exchange *x = &c->exchange;

    if (prepare(g, c, e) < 0)
        return -1;
    if (curl_multi_add_handle(g->multi, x->http.easy) != CURLM_OK)
        return err_set(e, EX_OSERR, "cannot begin a request");
    x->sent = true;
    x->sent_ms = clock_mono_ms();
    if (x->attempts++ == 0)
        x->first_ms = x->sent_ms;
    g->requests++;
    return 0;
}

/* ${c} is finished: take it out of the engine's hands. */
static void finished(struct engine *g, struct call *c, enum call_state state)
{
    for (size_t i = 0; i < g->nactive; i++)
        if (g->active[i] == c) {
            g->active[i] = g->active[--g->nactive];
            break;
        }
    g->answering.lane[c->ep->api].running--;
    http_release(&c->exchange.http);
    ids_release(&c->paging.seen);
    ids_release(&c->paging.here);
    free(c->paging.where);
    c->paging.where = NULL;
    c->paging.where_cap = 0;
    c->state = state;
    g->changes++;
}

/* Do what follows from the end of a try, or from what the journal has. */
static int follow(struct engine *g, struct call *c, enum outcome outcome, struct err *e)
{
    switch (outcome) {
    case OUTCOME_DONE:
        finished(g, c, CALL_DONE);
        return 0;
    case OUTCOME_REFUSED:
        finished(g, c, CALL_REFUSED);
        return 0;
    case OUTCOME_SEND:
        return send_try(g, c, e);
    case OUTCOME_WAIT:
        return 0;
    case OUTCOME_END:
        break;
    }
    return -1;
}

int engine_start(struct engine *g, struct call *c, struct err *e)
{
    c->state = CALL_ACTIVE;
    g->active[g->nactive++] = c;
    g->answering.lane[c->ep->api].running++;
    return follow(g, c, answer_recall(&g->answering, c, e), e);
}

/* One try has ended with ${code}. */
static int try_ended(struct engine *g, struct call *c, CURLcode code, struct err *e)
{
    int64_t start_ms = clock_mono_ms();
    enum outcome outcome;

    c->exchange.sent = false;
    outcome = answer_take(&g->answering, c, code, e);
    engine_attend(g, start_ms); /* a new token may have taken long */
    return follow(g, c, outcome, e);
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
        if (try_ended(g, (struct call *)(void *)(http - offsetof(struct call, exchange.http)), code, e) < 0)
            return -1;
    }
    return 0;
}

/* Send again what is due. */
static int resend(struct engine *g, struct err *e)
{
    int64_t now = clock_mono_ms();

    for (size_t i = 0; i < g->nactive; i++) {
        struct call *c = g->active[i];

        if (!c->exchange.sent && now >= c->exchange.due_ms && now >= g->answering.lane[c->ep->api].resume_ms &&
            send_try(g, c, e) < 0)
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

/* When ${c}, which has not been sent, is to be sent. */
static int64_t due_ms(const struct engine *g, const struct call *c)
{
    int64_t resume_ms = g->answering.lane[c->ep->api].resume_ms;

    return c->exchange.due_ms > resume_ms ? c->exchange.due_ms : resume_ms;
}

int64_t engine_idle_ms(const struct engine *g)
{
    int64_t now = clock_mono_ms(), idle = INT64_MAX;

    for (size_t i = 0; i < API_COUNT; i++)
        if (g->nactive == 0 && g->answering.lane[i].resume_ms != 0)
            no_later(g->answering.lane[i].resume_ms, now, &idle);
    for (size_t i = 0; i < g->nactive; i++)
        no_later(g->active[i]->exchange.sent ? now : due_ms(g, g->active[i]), now, &idle);
    return idle == INT64_MAX ? 0 : idle;
}

/* How long to wait for curl and the descriptor at most. The pause of a lane that is over is noticed here. */
static int wait_ms(struct engine *g)
{
    int64_t now = clock_mono_ms(), wait = WAIT_MAX_MS;

    if (g->answering.deadline_ms != 0)
        no_later(g->answering.deadline_ms, now, &wait);
    for (size_t i = 0; i < API_COUNT; i++)
        if (g->answering.lane[i].resume_ms != 0) {
            no_later(g->answering.lane[i].resume_ms, now, &wait);
            if (g->answering.lane[i].resume_ms <= now)
                g->answering.lane[i].resume_ms = 0;
        }
    for (size_t i = 0; i < g->nactive; i++) {
        const struct call *c = g->active[i];

        if (!c->exchange.sent)
            no_later(due_ms(g, c), now, &wait);
    }
    return (int)wait;
}

/* The deadline has passed: say what there was to wait for, why a call was last not answered well, or else which one it is. */
static int late(const struct engine *g, const struct engine_waits *w, struct err *e)
{
    const struct err *last = &g->answering.last;
    struct buf words;

    if (w->out >= 0)
        return err_set(e, EX_TEMPFAIL, "the deadline has passed while '%s' was not read", w->out_name);
    if (last->status != 0) {
        struct err why = *last;

        why.status = EX_TEMPFAIL;
        err_context(&why, "the deadline has passed; before that");
        return err_take(e, &why);
    }
    if (g->nactive == 0)
        return err_set(e, EX_TEMPFAIL, "the deadline has passed");
    buf_init(&words, 8192);
    endpoint_describe(&words, g->active[0]->ep, &g->active[0]->scope);
    err_set(e, EX_TEMPFAIL, "the deadline has passed while waiting for the answer to %s", buf_cstr(&words));
    buf_release(&words);
    return call_about(g->active[0], e);
}

int engine_wait(struct engine *g, struct engine_waits *w, struct err *e)
{
    struct curl_waitfd extra[2];
    unsigned n = 0;
    int running;

    if (w->out >= 0)
        extra[n++] = (struct curl_waitfd){.fd = w->out, .events = CURL_WAIT_POLLOUT};
    if (w->in >= 0)
        extra[n++] = (struct curl_waitfd){.fd = w->in, .events = CURL_WAIT_POLLIN};
    /* A call just begun has a timer that is due, so the first poll for it returns at once. */
    if (curl_multi_poll(g->multi, extra, n, w->at_once ? 0 : wait_ms(g), NULL) != CURLM_OK ||
        curl_multi_perform(g->multi, &running) != CURLM_OK)
        return err_set(e, EX_OSERR, "cannot wait for answers");
    w->readable = w->in >= 0 && extra[n - 1].revents != 0;
    if (collect(g, e) < 0)
        return -1;
    if (g->answering.deadline_ms != 0 && clock_mono_ms() >= g->answering.deadline_ms)
        return late(g, w, e);
    return resend(g, e);
}
