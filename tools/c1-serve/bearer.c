#include "bearer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "assertion.h"
#include "bytes.h"
#include "clock.h"
#include "guard.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "pace.h"

/* Enough for any token that fits into a header, and for the answer and the form around it. */
#define TOKEN_MAX 16384
#define ANSWER_MAX ((size_t)64 << 10)

/* The whole request may take so long; a token is stale so long before it expires; what expires_in may say. */
#define LIMIT_MS 300000
#define EARLY_MS 10000
#define EXPIRES_MAX_S (INT64_C(366) * 86400)

static const char form_type[] = "application/x-www-form-urlencoded";

int bearer_init(struct bearer *b, const struct credential *c, const char *authority, struct err *e)
{
    *b = (struct bearer){.credential = c};
    buf_init(&b->header, TOKEN_MAX + 64);
    pthread_mutex_init(&b->lock, NULL);
    if (asprintf(&b->url, "https://%s/auth/v1/token", authority) < 0) {
        b->url = NULL;
        return err_set(e, EX_OSERR, "no memory");
    }
    return 0;
}

void bearer_release(struct bearer *b)
{
    free(b->url);
    buf_wipe(&b->header);
    pthread_mutex_destroy(&b->lock);
}

/* Append ${text} as the value of a form's field. */
static void put_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", *text) != NULL)
            buf_putc(out, *text);
        else
            buf_printf(out, "%%%02X", (unsigned char)*text);
}

/* The form, fields in the order of their names, as Go sends them. */
static int put_form(struct buf *form, const struct credential *c, struct err *e)
{
    uint8_t nonce[ASSERTION_NONCE_LEN];

    if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
        return err_sys(e, EX_OSERR, "no random numbers");
    /* In one block from the start, so that growth leaves no copy of the assertion behind. */
    buf_reserve(form, TOKEN_MAX / 2);
    buf_puts(form, "client_assertion=");
    if (assertion_put(form, c, time(NULL), nonce, e) < 0)
        return -1;
    buf_puts(form, "&client_assertion_type=");
    put_escaped(form, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    buf_puts(form, "&client_id=");
    put_escaped(form, c->id);
    buf_puts(form, "&grant_type=client_credentials");
    return buf_cstr(form) != NULL ? 0 : err_set(e, EX_SOFTWARE, "the token request is too long");
}

/* What of an answer matters. */
struct answer {
    struct json_str token, type;
    int64_t expires_s;
};

/* As Go reads it: null is as good as nothing, and another type an error. */
static void read_member(struct json *j, struct answer *a, struct json_str name)
{
    struct json_str number;

    if (json_peek(j) == JSON_NULL)
        json_null(j);
    else if (json_eq(name, "access_token"))
        json_string(j, &a->token);
    else if (json_eq(name, "token_type"))
        json_string(j, &a->type);
    else if (!json_eq(name, "expires_in"))
        json_skip(j, NULL);
    else if (json_number(j, &number) && !json_to_int64(number, &a->expires_s))
        json_fail(j, "not a whole number of seconds");
}

static int read_answer(struct json *j, const struct buf *body, struct answer *a)
{
    struct err unsaid = {0}; /* positions in a body with a token in it are nobody's business */
    struct json_str name;

    json_begin(j, body->data, body->len, 0);
    json_object(j);
    while (json_member(j, &name))
        read_member(j, a, name);
    return json_end(j, &unsaid);
}

/* The scheme, in the spelling that servers expect of the usual ones (golang.org/x/oauth2). */
static const char *scheme_of(struct json_str type, char *own, size_t size)
{
    static const char *const usual[] = {"Bearer", "MAC", "Basic"};

    if (type.len == 0)
        return usual[0];
    snprintf(own, size, "%.*s", (int)(type.len < size ? type.len : size - 1), type.s);
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (strcasecmp(own, usual[i]) == 0)
            return usual[i];
    return own;
}

static bool is_header_text(struct json_str v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.s[i] < '!' || v.s[i] > '~')
            return false;
    return v.len <= TOKEN_MAX;
}

static int install(struct bearer *b, const struct answer *a, struct status *s)
{
    int64_t life_s = a->expires_s < 0 ? 0 : a->expires_s < EXPIRES_MAX_S ? a->expires_s : EXPIRES_MAX_S;
    char own[32];

    if (a->token.len == 0)
        return status_set(s, GRPC_UNAUTHENTICATED, "failed to get token: empty access token");
    if (!is_header_text(a->token) || !is_header_text(a->type))
        return status_set(s, GRPC_UNAUTHENTICATED, "failed to get token: it cannot stand in a header");
    guard_token(a->token.s, a->token.len);
    buf_wipe(&b->header);
    buf_reserve(&b->header, a->token.len + sizeof(own) + 2);
    buf_printf(&b->header, "%s ", scheme_of(a->type, own, sizeof(own)));
    buf_append(&b->header, a->token.s, a->token.len);
    b->stale_ms = clock_mono_ms() + pace_ms(life_s * 1000) - pace_ms(EARLY_MS);
    log_debug("token received", LOG_INT("expires_in", life_s));
    return b->header.failed ? status_set(s, GRPC_UNAUTHENTICATED, "failed to get token: no memory") : 0;
}

static int take_answer(struct bearer *b, const struct http *h, struct status *s)
{
    struct answer a = {0};
    struct json j;
    int r;

    if (h->status == 400 || h->status == 401 || h->status == 403)
        return status_set_final(s, GRPC_UNAUTHENTICATED,
            "failed to get token: HTTP status %d (a revoked client, or a clock that is wrong by two minutes or more?)",
            h->status);
    if (h->status != 200)
        return status_set(s, GRPC_UNAUTHENTICATED, "failed to get token: HTTP status %d", h->status);
    json_init(&j, NULL);
    if (read_answer(&j, &h->answer, &a) < 0)
        r = status_set(s, GRPC_UNAUTHENTICATED, "failed to get token: the answer is not a token's");
    else
        r = install(b, &a, s);
    if (j.scratch != NULL)
        explicit_bzero(j.scratch, j.scratch_cap);
    json_release(&j);
    return r;
}

/* libcurl asks this at least once a second. */
static int is_over(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return cancel_reason(arg) != CANCEL_NOT;
}

/* http_exchange, but for ${cancel}. */
static enum http_outcome exchange(struct http *h, struct cancel *cancel, struct err *e)
{
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (http_prepare(h, e) < 0)
        return HTTP_REFUSED;
    if (curl_easy_setopt(h->easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
        curl_easy_setopt(h->easy, CURLOPT_XFERINFOFUNCTION, is_over) == CURLE_OK &&
        curl_easy_setopt(h->easy, CURLOPT_XFERINFODATA, cancel) == CURLE_OK)
        code = curl_easy_perform(h->easy);
    return http_finish(h, code, e);
}

/* Ask for a new token. Called with the lock held, so that there is one request at a time. */
static int renew(struct bearer *b, struct cancel *cancel, struct status *s)
{
    struct http h = {.url = b->url, .content_type = form_type, .timeout_ms = LIMIT_MS, .body_max = ANSWER_MAX};
    struct err e = {0};
    struct buf form;
    int r;

    buf_init(&form, TOKEN_MAX);
    b->asked++;
    if (put_form(&form, b->credential, &e) < 0) {
        r = status_set(s, GRPC_UNAUTHENTICATED, "failed to get token: %s", e.msg);
    } else {
        h.body = buf_cstr(&form);
        h.body_len = form.len;
        if (exchange(&h, cancel, &e) == HTTP_ANSWERED)
            r = take_answer(b, &h, s);
        else if (cancel_reason(cancel) != CANCEL_NOT)
            r = status_set(s, GRPC_CANCELLED, "%s", cancel_text(cancel_reason(cancel)));
        else
            r = status_set(s, GRPC_UNAUTHENTICATED, "transport: per-RPC creds failed due to error: %s", e.msg);
        buf_wipe(&h.answer);
        http_release(&h);
    }
    buf_wipe(&form);
    return r;
}

int bearer_get(struct bearer *b, struct cancel *cancel, struct buf *header, struct status *s)
{
    int r = 0;

    pthread_mutex_lock(&b->lock);
    if (b->header.len == 0 || clock_mono_ms() >= b->stale_ms)
        r = renew(b, cancel, s);
    if (r == 0) {
        buf_reserve(header, b->header.len + 1);
        buf_append(header, b->header.data, b->header.len);
    }
    pthread_mutex_unlock(&b->lock);
    return r;
}

void bearer_drop(struct bearer *b, const struct buf *header)
{
    pthread_mutex_lock(&b->lock);
    if (bytes_equal(b->header.data, b->header.len, header->data, header->len))
        buf_wipe(&b->header);
    pthread_mutex_unlock(&b->lock);
}
