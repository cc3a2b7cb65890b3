#include "token.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "tokenline.h"

/* What is left by default when a token is replaced, and a token's life when nothing says how long it is. */
#define DEFAULT_MIN_TTL_MS ((int64_t)30000)
#define DEFAULT_LIFE_MS ((int64_t)170000)

/* The Date header counts whole seconds, so only a difference above that tells of clocks that disagree. */
#define CLOCK_STEP_MS ((int64_t)1000)
#define CLOCK_SKEW_MS ((int64_t)2000)

/* The latest time believed, in seconds since the epoch (the year 5138), and the longest text of a number. */
#define SECONDS_MAX 1e11
#define NUMBER_MAX 64

int token_set_text(struct token *t, const char *text, size_t len)
{
    if (!tokenline_is_token(text, len))
        return -1;
    memcpy(t->text, text, len);
    t->text[len] = '\0';
    t->len = len;
    return 0;
}

/* The milliseconds of a number of seconds, which may have a fraction, or -1 if it is not a sensible positive one. */
static int64_t seconds_to_ms(struct json_str v)
{
    char text[NUMBER_MAX + 1];
    double seconds;

    if (v.len == 0 || v.len > NUMBER_MAX)
        return -1;
    memcpy(text, v.s, v.len);
    text[v.len] = '\0';
    seconds = strtod(text, NULL);
    return seconds > 0 && seconds <= SECONDS_MAX ? (int64_t)(seconds * 1000) : -1;
}

/* Consume the next value: its milliseconds if it is a number of seconds, else -1. */
static int64_t read_seconds(struct json *j)
{
    struct json_str v;

    if (json_peek(j) == JSON_NUMBER && json_number(j, &v))
        return seconds_to_ms(v);
    json_skip(j, NULL);
    return -1;
}

static int base64url_value(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

    return at != NULL ? (int)(at - alphabet) : -1;
}

/* Decode ${len} characters of unpadded base64url; ${out} has room for 3/4 of them. Return the length, or -1. */
static ptrdiff_t base64url_decode(const char *s, size_t len, char *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    ptrdiff_t n = 0;

    if (len % 4 == 1)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int v = base64url_value(s[i]);

        if (v < 0)
            return -1;
        bits = (bits << 6 | (uint32_t)v) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(unsigned char)(bits >> have & 0xff);
        }
    }
    return n;
}

/* The "exp" of the claims in ${len} bytes at ${claims}, in milliseconds, or -1. */
static int64_t claims_exp_ms(struct json *j, const char *claims, size_t len)
{
    struct json_str name;
    int64_t exp_ms = -1;

    json_begin(j, claims, len, 0);
    if (json_peek(j) != JSON_OBJECT || !json_object(j))
        return -1;
    while (json_member(j, &name)) {
        if (json_eq(name, "exp"))
            exp_ms = read_seconds(j);
        else
            json_skip(j, NULL);
    }
    return json_end(j, NULL) == 0 ? exp_ms : -1;
}

/* When the token says that it expires, on the server's clock in milliseconds; -1 if it is no JWT that says so. */
static int64_t jwt_exp_ms(struct json *j, const struct token *t)
{
    char claims[TOKENLINE_TOKEN_MAX];
    const char *start = memchr(t->text, '.', t->len), *end;
    ptrdiff_t len;
    int64_t exp_ms;

    if (start == NULL)
        return -1;
    start++;
    end = strchr(start, '.');
    if (end == NULL || strchr(end + 1, '.') != NULL)
        return -1;
    len = base64url_decode(start, (size_t)(end - start), claims);
    exp_ms = len > 0 ? claims_exp_ms(j, claims, (size_t)len) : -1;
    explicit_bzero(claims, sizeof(claims));
    return exp_ms;
}

/* What the server's clock shows at ${now_ms} of ours. Where it is off, its later bound, so that tokens end early. */
static int64_t server_now_ms(time_t server_time, int64_t now_ms)
{
    int64_t date_ms = (int64_t)server_time * 1000;

    if (server_time == 0 || llabs(date_ms - now_ms) < CLOCK_SKEW_MS)
        return now_ms;
    return date_ms + CLOCK_STEP_MS;
}

/* Set the times of ${t}, whose text is set. ${claimed_ms} is "expires_in", -1 if there is none. */
static void set_times(struct token *t, struct json *j, int64_t claimed_ms, time_t server_time, int64_t now_ms)
{
    int64_t exp_ms = jwt_exp_ms(j, t), left_ms = -1;

    if (exp_ms >= 0)
        left_ms = exp_ms - server_now_ms(server_time, now_ms);
    /* Fresh and expired at once is a clock of ours that is wrong, unless the server's says so too. */
    if (left_ms <= 0 && server_time == 0)
        exp_ms = -1;
    if (exp_ms < 0)
        left_ms = claimed_ms >= 0 ? claimed_ms : DEFAULT_LIFE_MS;
    else if (claimed_ms >= 0 && claimed_ms < left_ms)
        left_ms = claimed_ms;
    if (left_ms <= 0)
        log_warn("the server gave a token that has expired already");
    t->minted_ms = now_ms;
    t->expires_ms = now_ms + left_ms;
}

/* Read the members that matter. ${text} stays valid until ${j} begins on another text. */
static int read_members(
    struct json *j, const char *answer, size_t len, struct json_str *text, int64_t *claimed_ms, struct err *e)
{
    struct err cause = {0};
    struct json_str name;

    *text = (struct json_str){0};
    *claimed_ms = -1;
    json_begin(j, answer, len, 0);
    if (json_object(j))
        while (json_member(j, &name)) {
            if (json_eq(name, "access_token"))
                json_string(j, text);
            else if (json_eq(name, "expires_in"))
                *claimed_ms = read_seconds(j);
            else
                json_skip(j, NULL);
        }
    if (json_end(j, &cause) < 0)
        return err_set(e, cause.status == EX_DATAERR ? EX_PROTOCOL : cause.status, "%s", cause.msg);
    return text->s != NULL ? 0 : err_set(e, EX_PROTOCOL, "there is no access_token in it");
}

int token_read(struct token *t, const char *answer, size_t len, time_t server_time, int64_t now_ms, struct err *e)
{
    struct json_str text;
    struct json j;
    int64_t claimed_ms;
    int r;

    json_init(&j, NULL);
    r = read_members(&j, answer, len, &text, &claimed_ms, e);
    if (r == 0 && token_set_text(t, text.s, text.len) < 0)
        r = err_set(e, EX_PROTOCOL, "its access_token is not 1 to %zu bytes of visible ASCII", TOKENLINE_TOKEN_MAX);
    if (r == 0)
        set_times(t, &j, claimed_ms, server_time, now_ms);
    json_release(&j);
    return r;
}

bool token_lasts(const struct token *t, int64_t min_ttl_ms, int64_t now_ms)
{
    int64_t half_ms = (t->expires_ms - t->minted_ms) / 2;

    if (min_ttl_ms < 0)
        min_ttl_ms = half_ms < DEFAULT_MIN_TTL_MS ? half_ms : DEFAULT_MIN_TTL_MS;
    return t->len > 0 && t->expires_ms - now_ms > min_ttl_ms && t->expires_ms > now_ms;
}

void token_wipe(struct token *t)
{
    explicit_bzero(t, sizeof(*t));
}
