/*
 * login.c: the token endpoints, reference/airbyte-api.md sections 2.2 and 2.5.
 */
#include "api.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static bool is_form(const struct request *r)
{
    return strncasecmp(r->content_type, "application/x-www-form-urlencoded", 33) == 0;
}

static void refuse_credentials(struct call *c)
{
    if (c->api->wrong_credentials == 400)
        response_framework(c->answer, 400, "Invalid client id or token");
    else
        response_error_id(c->answer, c->api->wrong_credentials);
}

static void grant_token(struct call *c, enum api_base base)
{
    struct piece *body = &c->answer->body;
    int64_t claimed_s = c->api->expires_in_s < 0 ? c->api->tokens->life_s : c->api->expires_in_s;

    piece_puts(body, "{\"access_token\":\"");
    tokens_mint(c->api->tokens, base == API_PUBLIC, body);
    piece_puts(body, "\"");
    if (base == API_PUBLIC)
        piece_addf(body, ",\"token_type\":\"Bearer\",\"expires_in\":%" PRId64, claimed_s);
    piece_puts(body, "}");
}

/* The grant type may be missing; if it is there, under either name, it has one value only. */
static void check(struct call *c, enum api_base base, const char *id, const char *secret, const char *grant_type)
{
    const struct tenant *t = c->tenant;

    if (!id || !secret)
        response_error_id(c->answer, 400);
    else if (base == API_PUBLIC && grant_type && strcasecmp(grant_type, "client_credentials") != 0)
        response_error_id(c->answer, 400);
    else if (strcmp(id, t->client_id) != 0 || strcmp(secret, t->client_secret) != 0)
        refuse_credentials(c);
    else
        grant_token(c, base);
}

static void answer_form(struct call *c, enum api_base base)
{
    const struct piece *body = c->request->body;
    struct form form;

    form_parse(&form, body->data, body->len);
    check(c, base, form_get(&form, "client_id"), form_get(&form, "client_secret"), form_get(&form, "grant-type"));
    form_release(&form);
}

static void answer_json(struct call *c, enum api_base base)
{
    const struct piece *body = c->request->body;
    json_t *o = json_loadb(body->data ? body->data : "", body->len, 0, NULL);

    if (!json_is_object(o))
        response_error_id(c->answer, 422);
    else
        check(c, base, json_string_value(json_object_get(o, "client_id")),
            json_string_value(json_object_get(o, "client_secret")),
            json_string_value(json_object_get(o, "grant-type")));
    json_decref(o);
}

void login_answer(struct call *c, enum api_base base)
{
    if (is_form(c->request))
        answer_form(c, base);
    else
        answer_json(c, base);
}
