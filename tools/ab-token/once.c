#include "once.h"

#include <unistd.h>

#include "cache.h"
#include "out.h"

/* Print the token, alone or as JSON, and close standard output. */
static int print_token(const struct token *t, bool json, struct err *e)
{
    struct buf line;
    struct out out;
    int r = -1;

    buf_init(&line, TOKENLINE_MAX);
    /* At once, so that no piece of the token is left behind by growing. */
    buf_reserve(&line, TOKENLINE_MAX);
    if (json)
        tokenline_put_token(&line, t->text, t->len, t->expires_ms);
    else
        buf_append(&line, t->text, t->len);
    out_init(&out, STDOUT_FILENO, "standard output");
    if (line.failed)
        err_set(e, EX_OSERR, "no memory for the token");
    else if (out_line(&out, line.data, line.len, e) == 0)
        r = out_close(&out, e);
    out_release(&out);
    buf_wipe(&line);
    return r;
}

/* Get a token out of the cache or from the server. */
static int get_token(
    const struct once_options *o, const struct minter *m, struct cache *c, struct token *t, struct err *e)
{
    bool config_form = o->ask == TOKENLINE_RENEW_CONFIG;
    int64_t until_ms = mint_until_ms(m);

    if (!c->open)
        return mint_token(m, config_form, until_ms, t, e);
    if (cache_lock(c, until_ms, e) < 0)
        return -1;
    if (o->ask == TOKENLINE_GET && cache_read(c, m->secret, o->min_ttl_ms, t))
        return 0;
    if (mint_token(m, config_form, until_ms, t, e) < 0)
        return -1;
    cache_write(c, m->secret, t);
    return 0;
}

int once_print(const struct once_options *o, const struct minter *m, struct err *e)
{
    struct token t = {0};
    struct cache c = {.dir_fd = -1, .lock_fd = -1};
    int r = o->no_cache ? 0 : cache_open(&c, o->cache, m->url, m->client_id, e);

    if (r == 0)
        r = get_token(o, m, &c, &t, e);
    /* The lock goes before the token is printed: standard output may be slow. */
    cache_close(&c);
    if (r == 0)
        r = print_token(&t, o->json, e);
    token_wipe(&t);
    return r;
}
