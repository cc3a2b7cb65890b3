#include "api.h"

#include <string.h>
#include <strings.h>

/* The server's limit for a request line, reference/airbyte-api.md section 3.0.1. */
#define REQUEST_LINE_MAX 4096

/* Where a request is bound for. */
enum place { PLACE_WEB, PLACE_NOWHERE, PLACE_CONFIG, PLACE_PUBLIC, PLACE_GATEWAY };

/* The rest of ${path} if it starts with ${prefix}, or NULL. */
static const char *after(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(path, prefix, len) == 0 ? path + len : NULL;
}

/* Find where ${path} leads; *rest is what is below the base. */
static enum place find_place(const struct api *api, const char *path, const char **rest)
{
    if ((*rest = after(path, "/api/public/v1")) && **rest == '/')
        return PLACE_PUBLIC;
    if ((*rest = after(path, "/api/v1")) && **rest == '/')
        return PLACE_CONFIG;
    if (api->cloud_paths && (*rest = after(path, "/v1")) && **rest == '/')
        return PLACE_GATEWAY;
    /* A doubled slash is a path below the API that does not exist. */
    if (strcmp(path, "/api") == 0 || after(path, "/api/") || after(path, "//"))
        return PLACE_NOWHERE;
    return PLACE_WEB;
}

/* Whether ${path} is that of ${e}: component by component. */
static bool path_matches(const struct api_endpoint *e, const char *path)
{
    const char *want = e->path;

    while (*want) {
        size_t want_len = 1 + strcspn(want + 1, "/"), len = *path ? 1 + strcspn(path + 1, "/") : 0;
        bool any = want_len == 2 && want[1] == '*';

        if (any ? len < 2 : len != want_len || strncmp(want, path, len) != 0)
            return false;
        want += want_len;
        path += len;
    }
    return *path == '\0';
}

static bool media_type_is(const char *content_type, const char *wanted)
{
    size_t len = strcspn(content_type, "; \t");

    return len == strlen(wanted) && strncasecmp(content_type, wanted, len) == 0;
}

/* Whether the endpoint takes what is sent: another type of content is, for the server, another endpoint. */
static bool takes_content(const struct api_endpoint *e, const struct request *r)
{
    if (strcmp(e->method, "GET") == 0)
        return true;
    if (!r->content_type)
        return false;
    return media_type_is(r->content_type, "application/json") ||
           (e->forms && media_type_is(r->content_type, "application/x-www-form-urlencoded"));
}

/* Endpoints that this kind of server has not. */
static bool is_absent(const struct api *api, const struct api_endpoint *e, enum place place)
{
    bool token = strcmp(e->path, "/applications/token") == 0;

    if (e->since > api->tenant->release)
        return true;
    if (strncmp(e->path, "/users/list_instance_admin", 26) == 0 && (e->path[26] == 's') != api->plural_admins)
        return true;
    if (token && (api->auth_off || (api->no_public_token && place != PLACE_CONFIG)))
        return true;
    return strcmp(e->path, "/instance_configuration") == 0 && strcmp(api->tenant->edition, "cloud") == 0;
}

static const struct api_endpoint *find_endpoint(
    const struct api *api, const struct request *r, enum place place, const char *path)
{
    const struct api_endpoint *list = NULL;
    size_t n = 0;

    if (place == PLACE_CONFIG)
        list = config_endpoints(&n);
    else if (place == PLACE_PUBLIC || place == PLACE_GATEWAY)
        list = public_endpoints(&n);
    for (size_t i = 0; i < n; i++)
        if (path_matches(&list[i], path) && strcmp(list[i].method, r->method) == 0 && takes_content(&list[i], r) &&
            !is_absent(api, &list[i], place))
            return &list[i];
    return NULL;
}

static void answer_missing(const struct api *api, enum place place, struct response *a)
{
    if (place == PLACE_GATEWAY)
        response_gateway(a);
    else if (api->auth_off || api->missing == 404)
        response_not_found_text(a);
    else
        response_framework(a, 403, NULL);
}

/* Whether the caller has shown who he is; if not, ${a} says so. */
static bool passes(const struct api *api, const struct request *r, struct response *a)
{
    if (api->auth_off)
        return true;
    if (r->token != TOKEN_VALID) {
        response_framework(a, 401, NULL);
        return false;
    }
    if (api->tenant->caller == TENANT_NONE) {
        response_known(a, 401, "the current user cannot be found");
        return false;
    }
    if (api->public_token_posts && r->token_public && strcmp(r->method, "POST") == 0) {
        response_framework(a, api->public_token_posts, NULL);
        return false;
    }
    return true;
}

/* ---- the bodies of config calls ---- */

static const struct api_member *find_member(const struct api_endpoint *e, const char *name)
{
    for (size_t i = 0; i < API_MEMBERS_MAX && e->members[i].name; i++)
        if (strcmp(e->members[i].name, name) == 0)
            return &e->members[i];
    return NULL;
}

static bool has_type(const struct api_member *m, const json_t *value)
{
    switch (m->type) {
    case API_ID:
    case API_STRING:
        return json_is_string(value);
    case API_BOOL:
        return json_is_boolean(value);
    case API_NUMBER:
        return json_is_integer(value);
    case API_PAGE:
        return json_is_object(value);
    }
    return false;
}

/* Whether every member is declared and of its type, and every required one there. */
static bool body_fits(const struct api_endpoint *e, json_t *body)
{
    const char *name;
    json_t *value;

    json_object_foreach(body, name, value)
    {
        const struct api_member *m = find_member(e, name);

        if (!m || !has_type(m, value))
            return false;
    }
    for (size_t i = 0; i < API_MEMBERS_MAX && e->members[i].name; i++)
        if (e->members[i].required && !json_object_get(body, e->members[i].name))
            return false;
    return true;
}

/* Read the body of a config call. Return whether the endpoint can be called with it. */
static bool read_body(const struct api_endpoint *e, struct call *c)
{
    const struct piece *body = c->request->body;

    c->body = json_loadb(
        body->data ? body->data : "", body->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (!c->body) {
        response_error_id(c->answer, 422);
        return false;
    }
    if (!json_is_object(c->body) || !body_fits(e, c->body)) {
        response_error_id(c->answer, 400);
        return false;
    }
    for (size_t i = 0; i < API_MEMBERS_MAX && e->members[i].name; i++)
        if (e->members[i].type == API_ID && e->members[i].required)
            c->has_id = uuid_parse(json_string_value(json_object_get(c->body, e->members[i].name)), &c->id);
    return true;
}

static void serve(const struct api *api, const struct request *r, const struct api_endpoint *e, struct response *a)
{
    struct call c = {.api = api, .tenant = api->tenant, .request = r, .answer = a};

    form_parse(&c.query, r->query, strlen(r->query));
    if (strcmp(e->method, "POST") != 0 || e->lenient || read_body(e, &c))
        e->handle(&c);
    form_release(&c.query);
    json_decref(c.body);
}

void api_answer(const struct api *api, const struct request *r, struct response *a)
{
    const struct api_endpoint *e;
    const char *rest;
    enum place place;

    if (r->line_len > REQUEST_LINE_MAX) {
        response_framework(a, 414, NULL);
        return;
    }
    place = find_place(api, r->path, &rest);
    if (place == PLACE_WEB) {
        response_html(a);
        return;
    }
    if (!r->user_agent || !*r->user_agent) {
        response_framework(a, 403, NULL);
        return;
    }
    e = find_endpoint(api, r, place, rest);
    /* A server that rejects what it does not know asks for a token before it admits that; one with 404 does not. */
    if (!e && (api->missing == 404 || place == PLACE_GATEWAY)) {
        answer_missing(api, place, a);
        return;
    }
    if (!(e && e->open) && !passes(api, r, a))
        return;
    if (r->body_too_large)
        response_framework(a, 413, NULL);
    else if (e)
        serve(api, r, e, a);
    else
        answer_missing(api, place, a);
}

size_t api_scatter(size_t i, size_t n)
{
    /* Steps of a prime reach every place, unless the prime divides n. */
    static const size_t prime = 7919;

    return n % prime ? i * prime % n : n - 1 - i;
}
