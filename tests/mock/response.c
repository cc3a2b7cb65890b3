#include "response.h"

#include <string.h>

static const char json_type[] = "application/json";

static const char *reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } reasons[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Request Entity Too Large"},
        {414, "Request-URI Too Long"},
        {415, "Unsupported Media Type"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Error";
}

static void add_string(struct piece *t, const char *s)
{
    piece_quote_bytes(t, s, strlen(s));
}

static void start(struct response *a, unsigned status)
{
    a->status = status;
    a->type = json_type;
    a->body.len = 0;
}

void response_init(struct response *a, enum release release, unsigned long number, const char *self)
{
    *a = (struct response){.status = 200, .type = json_type, .release = release, .number = number, .self = self};
}

void response_release(struct response *a)
{
    piece_release(&a->body);
}

void response_framework(struct response *a, unsigned status, const char *message)
{
    start(a, status);
    piece_puts(&a->body, "{\"message\":");
    add_string(&a->body, reason(status));
    piece_puts(&a->body, ",\"_links\":{\"self\":{\"href\":");
    add_string(&a->body, a->self);
    piece_puts(&a->body, ",\"templated\":false}},\"_embedded\":{\"errors\":[{\"message\":");
    add_string(&a->body, message ? message : reason(status));
    piece_puts(&a->body, ",\"_links\":{},\"_embedded\":{}}]}}");
}

void response_problem(struct response *a, unsigned status, const char *message)
{
    static const struct {
        unsigned status;
        const char *type, *title;
    } problems[] = {
        {400, "https://reference.airbyte.com/reference/errors#bad-request", "bad-request"},
        {403, "https://reference.airbyte.com/reference/errors#forbidden", "forbidden"},
        {404, "https://reference.airbyte.com/reference/errors#resource-not-found", "resource-not-found"},
        {408, "error:request-timeout-exceeded", "Request timeout exceeded"},
        {503, "https://reference.airbyte.com/reference/errors", "service-unavailable"},
    };
    const char *type = "https://reference.airbyte.com/reference/errors", *title = "unexpected-problem";

    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
        if (problems[i].status == status) {
            type = problems[i].type;
            title = problems[i].title;
        }
    start(a, status);
    piece_addf(&a->body,
        "{\"status\":%u,\"type\":\"%s\",\"title\":\"%s\",\"detail\":\"The request was not served.\","
        "\"documentationUrl\":null,\"data\":",
        status, type, title);
    if (status == 408)
        piece_puts(&a->body, "{\"timeout\":\"PT1S\"}}");
    else if (status == 503)
        piece_puts(&a->body, "null}");
    else {
        piece_puts(&a->body, status == 404 ? "{\"resourceId\":" : "{\"message\":");
        add_string(&a->body, message);
        piece_puts(&a->body, "}}");
    }
}

void response_problem_of(struct response *a, unsigned status, const char *type, const char *id)
{
    response_problem(a, status, id);
    a->body.len -= 2;
    piece_puts(&a->body, ",\"resourceType\":");
    add_string(&a->body, type);
    piece_puts(&a->body, "}}");
}

void response_unlicensed(struct response *a, const char *entitlement)
{
    start(a, 403);
    piece_addf(&a->body,
        "{\"status\":403,\"type\":\"error:license/entitlement\",\"title\":\"License Entitlement Error\","
        "\"detail\":\"The plan does not include this.\",\"documentationUrl\":null,"
        "\"data\":{\"entitlement\":\"%s\",\"resourceId\":null}}",
        entitlement);
}

/* ${n} lines of a trace, as an array. */
static void add_stack(struct piece *t, unsigned n)
{
    piece_puts(t, "[");
    for (unsigned i = 0; i < n; i++)
        piece_addf(
            t, "%s\"io.example.server.Layer%u.call(Layer%u.java:%u) ~[server.jar:?]\"", i ? "," : "", i, i, 10 + i);
    piece_puts(t, "]");
}

/* The forms of before 2.0. */
static void answer_old(struct response *a, unsigned status)
{
    unsigned lines = a->release < RELEASE_1_8 ? 350 : 0;

    start(a, status);
    piece_puts(&a->body, "{\"message\":\"");
    piece_puts(
        &a->body, status == 400 ? "Some properties contained invalid input." : "Internal Server Error: it failed");
    piece_puts(&a->body, "\",\"exceptionClassName\":\"io.example.server.Failure\",\"exceptionStack\":");
    add_stack(&a->body, lines);
    if (status == 400) {
        piece_puts(
            &a->body, ",\"validationErrors\":[{\"propertyPath\":\"call.argument\",\"message\":\"out of range\"}]}");
        return;
    }
    piece_puts(&a->body, ",\"rootCauseExceptionStack\":");
    add_stack(&a->body, lines);
    piece_puts(&a->body, "}");
}

void response_error_id(struct response *a, unsigned status)
{
    if (a->release < RELEASE_2_0) {
        answer_old(a, status);
        return;
    }
    start(a, status);
    piece_addf(&a->body, "{\"errorId\":\"0b7a6c1e-6f0f-4c55-9a0e-%012lx\"}", a->number & 0xffffffffffffUL);
}

void response_known(struct response *a, unsigned status, const char *message)
{
    start(a, status);
    piece_puts(&a->body, "{\"message\":");
    add_string(&a->body, message);
    piece_addf(&a->body,
        ",\"errorId\":\"0b7a6c1e-6f0f-4c55-9a0e-%012lx\",\"exceptionStack\":[],\"rootCauseExceptionStack\":[]}",
        a->number & 0xffffffffffffUL);
}

void response_not_found_text(struct response *a)
{
    start(a, 404);
    piece_puts(&a->body, "Object not found.");
}

void response_gateway(struct response *a)
{
    start(a, 404);
    piece_puts(&a->body, "{\"message\":\"The current request is not defined by this API.\",\"code\":404}");
}

void response_load_shed(struct response *a)
{
    start(a, 429);
    piece_puts(&a->body, "{\"message\":\"slow down\"}");
}

void response_html(struct response *a)
{
    start(a, 200);
    a->type = "text/html";
    piece_puts(&a->body, "<!doctype html>\n<html lang=\"en\"><head><title>Airbyte</title></head>"
                         "<body><div id=\"root\"></div></body></html>\n");
}

void response_status(struct response *a, unsigned status)
{
    if (status < 400)
        start(a, status);
    else if (status == 429)
        response_load_shed(a);
    else if (status == 408 || status == 503)
        response_problem(a, status, "");
    else if (status == 500 || status == 422)
        response_error_id(a, status);
    else
        response_framework(a, status, NULL);
}
