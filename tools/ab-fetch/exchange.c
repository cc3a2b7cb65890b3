#include "exchange.h"

/* The longest URL, and the longest body of a request. */
#define REQUEST_MAX ((size_t)64 << 10)

void exchange_init(struct exchange *x)
{
    *x = (struct exchange){0};
    buf_init(&x->url, REQUEST_MAX);
    buf_init(&x->body, REQUEST_MAX);
}

void exchange_release(struct exchange *x)
{
    http_release(&x->http);
    buf_release(&x->url);
    buf_release(&x->body);
    token_drop(x->token);
    x->token = NULL;
}
