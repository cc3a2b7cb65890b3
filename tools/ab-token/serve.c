#include "serve.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "lines.h"
#include "log.h"
#include "out.h"

/* The longest request line accepted. */
#define REQUEST_MAX ((size_t)4096)

/* What is served, and the token in hand (its ${len} is 0 while there is none). */
struct server {
    const struct minter *m;
    int64_t min_ttl_ms;
    struct token token;
};

static bool is(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* Do what the request asks for, so that s->token is the answer. */
static int answer(struct server *s, const char *text, size_t len, struct err *e)
{
    bool renew = is(text, len, "renew");

    if (!renew && !is(text, len, "get"))
        return err_set(e, EX_DATAERR, "unknown request: only 'get' and 'renew' are known");
    if (!renew && token_lasts(&s->token, s->min_ttl_ms, token_now_ms()))
        return 0;
    /* Who asks for another token has no use for this one, even if there is no other. */
    token_wipe(&s->token);
    return mint_token(s->m, mint_until_ms(s->m), &s->token, e);
}

/* The text of an error may hold bytes from outside; a JSON string holds UTF-8 alone. */
static void put_error(struct buf *b, const struct err *e)
{
    const char *text = json_utf8(e->msg, strlen(e->msg)) ? e->msg : "failed, for a reason that is not UTF-8";

    buf_puts(b, "{\"error\":");
    json_put_string(b, text, strlen(text));
    buf_printf(b, ",\"status\":%d}", e->status);
}

/* Answer one request. -1 only if the answer cannot be written. */
static int serve_one(struct server *s, struct out *o, const char *text, size_t len, struct err *e)
{
    struct err failure = {0};
    struct buf line;
    int r;

    buf_init(&line, 8 * TOKEN_MAX);
    buf_reserve(&line, 2 * TOKEN_MAX);
    if (answer(s, text, len, &failure) == 0) {
        token_put_json(&line, &s->token);
    } else {
        log_debug("no token", LOG_STR("cause", failure.msg));
        put_error(&line, &failure);
    }
    if (line.failed)
        r = err_set(e, EX_OSERR, "no memory for an answer");
    else
        r = out_line(o, line.data, line.len, e) == 0 ? out_flush(o, e) : -1;
    buf_wipe(&line);
    return r;
}

int serve_requests(const struct minter *m, int64_t min_ttl_ms, int in_fd, int out_fd, struct err *e)
{
    struct server s = {.m = m, .min_ttl_ms = min_ttl_ms};
    struct lines in;
    struct out out;
    const char *text;
    size_t len;
    int r;

    lines_init(&in, in_fd, "standard input", REQUEST_MAX);
    out_init(&out, out_fd, "standard output");
    while ((r = lines_next(&in, &text, &len, e)) > 0)
        if (serve_one(&s, &out, text, len, e) < 0) {
            r = -1;
            break;
        }
    if (r == 0)
        r = out_close(&out, e);
    out_release(&out);
    lines_release(&in);
    token_wipe(&s.token);
    return r;
}
