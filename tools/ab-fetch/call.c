#include "call.h"

#include <stdlib.h>

struct call *call_new(const struct endpoint *ep, const struct scope *scope, struct known *known, unsigned limit)
{
    struct call *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->ep = ep;
    c->known = known;
    c->paging.limit = limit;
    ids_init(&c->paging.seen);
    ids_init(&c->paging.tokens);
    ids_init(&c->paging.here);
    rows_init(&c->rows);
    exchange_init(&c->exchange);
    if (scope_copy(&c->scope, scope) == 0)
        return c;
    call_free(c);
    return NULL;
}

void call_free(struct call *c)
{
    if (c == NULL)
        return;
    scope_release(&c->scope);
    rows_release(&c->rows);
    ids_release(&c->paging.seen);
    ids_release(&c->paging.tokens);
    ids_release(&c->paging.here);
    free(c->paging.where);
    free(c->paging.token);
    exchange_release(&c->exchange);
    free(c);
}

struct endpoint_part call_part(const struct call *c)
{
    return (struct endpoint_part){
        .limit = c->paging.limit, .offset = c->paging.offset, .token = c->paging.token, .since = c->since};
}

int call_about(const struct call *c, struct err *e)
{
    struct buf words;

    buf_init(&words, 8192);
    endpoint_describe(&words, c->ep, &c->scope);
    err_field(e, "call", buf_cstr(&words));
    for (enum level level = 0; level < LEVEL_COUNT; level++)
        err_field(e, resource_level_word(level), c->scope.id[level]);
    buf_release(&words);
    return -1;
}

int call_context(const struct call *c, struct err *e)
{
    struct buf words;

    buf_init(&words, 8192);
    endpoint_describe(&words, c->ep, &c->scope);
    if (buf_cstr(&words) != NULL)
        err_context(e, "%s", buf_cstr(&words));
    buf_release(&words);
    return call_about(c, e);
}

void call_fields(const struct call *c, struct log_field fields[static LEVEL_COUNT])
{
    for (enum level level = 0; level < LEVEL_COUNT; level++)
        fields[level] = LOG_ALSO(resource_level_word(level), c->scope.id[level]);
}
