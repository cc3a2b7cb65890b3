#include "requests.h"

#include "clock.h"
#include "lines.h"
#include "log.h"
#include "out.h"
#include "tokenline.h"

/* The longest request line accepted. */
#define REQUEST_MAX ((size_t)4096)

/*
 * What is served, and the token in hand (its ${len} is 0 while there is none).  ${config_form} says that somebody has asked
 * for one of the configuration API and got it, so that all from then on are of it.
 */
struct server {
    const struct minter *m;
    int64_t min_ttl_ms;
    bool config_form;
    struct token token;
};

/* Do what is asked for, so that s->token is the answer. */
static int answer_request(struct server *s, enum tokenline_ask ask, struct err *e)
{
    bool config_form = s->config_form || ask == TOKENLINE_RENEW_CONFIG;

    if (ask == TOKENLINE_UNKNOWN)
        return err_set(e, EX_DATAERR, "unknown request: only 'get', 'renew' and 'renew-config' are known");
    if (ask == TOKENLINE_GET && token_lasts(&s->token, s->min_ttl_ms, clock_wall_ms()))
        return 0;
    /* Who asks for another token has no use for this one, even if there is no other. */
    token_wipe(&s->token);
    if (mint_token(s->m, config_form, mint_until_ms(s->m), &s->token, e) < 0)
        return -1;
    s->config_form = config_form;
    return 0;
}

/* Answer one request. -1 only if the answer cannot be written. */
static int serve_one(struct server *s, struct out *o, const char *text, size_t len, struct err *e)
{
    struct err failure = {0};
    struct buf line;
    int r;

    buf_init(&line, TOKENLINE_MAX);
    buf_reserve(&line, TOKENLINE_MAX);
    if (answer_request(s, tokenline_ask(text, len), &failure) == 0) {
        tokenline_put_token(&line, s->token.text, s->token.len, s->token.expires_ms);
    } else {
        log_debug("no token", LOG_STR("cause", failure.msg));
        tokenline_put_error(&line, &failure);
    }
    if (line.failed)
        r = err_set(e, EX_OSERR, "no memory for an answer");
    else
        r = out_line(o, line.data, line.len, e) == 0 ? out_flush(o, e) : -1;
    buf_wipe(&line);
    return r;
}

int requests_serve(const struct minter *m, int64_t min_ttl_ms, int in_fd, int out_fd, struct err *e)
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
