#include "problem.h"

#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "guard.h"
#include "json.h"

/* The texts of an error answer that are of use to a person. */
struct words {
    struct json_str data_message, detail, message, embedded, error_id;
};

/* Consume the next value; keep it if it is a string that is not empty, and the first for its place. */
static void keep_string(struct json *j, struct json_str *to)
{
    struct json_str v;

    if (json_peek(j) != JSON_STRING)
        json_skip(j, NULL);
    else if (json_string(j, &v) && v.len > 0 && to->len == 0)
        *to = v;
}

/* Consume the next value; if it is an object, keep its member "message". */
static void keep_message(struct json *j, struct json_str *to)
{
    struct json_str name;

    if (json_peek(j) != JSON_OBJECT || !json_object(j)) {
        json_skip(j, NULL);
        return;
    }
    while (json_member(j, &name)) {
        if (json_eq(name, "message"))
            keep_string(j, to);
        else
            json_skip(j, NULL);
    }
}

/* Consume the next value; if it is {"errors":[{"message":...}]}, keep the first message. */
static void keep_embedded(struct json *j, struct json_str *to)
{
    struct json_str name;

    if (json_peek(j) != JSON_OBJECT || !json_object(j)) {
        json_skip(j, NULL);
        return;
    }
    while (json_member(j, &name)) {
        if (!json_eq(name, "errors") || json_peek(j) != JSON_ARRAY || !json_array(j)) {
            json_skip(j, NULL);
            continue;
        }
        while (json_element(j))
            keep_message(j, to);
    }
}

/* Skip a member without words for a person. Return whether it stands in error answers of the API all the same. */
static bool skip_member(struct json *j, struct json_str name)
{
    static const char *const names[] = {"type", "title", "exceptionClassName"};

    json_skip(j, NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_eq(name, names[i]))
            return true;
    return false;
}

/* Read the members. The words point into the answer or into ${j}; ${*api} is set if there is one of the API's. */
static void read_members(struct json *j, struct words *w, bool *api)
{
    struct json_str name;

    while (json_member(j, &name)) {
        bool known = true;

        if (json_eq(name, "data"))
            keep_message(j, &w->data_message);
        else if (json_eq(name, "detail"))
            keep_string(j, &w->detail);
        else if (json_eq(name, "message"))
            keep_string(j, &w->message);
        else if (json_eq(name, "_embedded"))
            keep_embedded(j, &w->embedded);
        else if (json_eq(name, "errorId"))
            keep_string(j, &w->error_id);
        else
            known = skip_member(j, name);
        *api = *api || known;
    }
}

/* Read an answer with a body. The words point into it or into ${j}. */
static enum problem_form read_words(struct json *j, const struct http *h, struct words *w)
{
    bool api = false;

    *w = (struct words){0};
    json_begin(j, h->answer.data, h->answer.len, 0);
    if (json_peek(j) == JSON_OBJECT && json_object(j))
        read_members(j, w, &api);
    if (json_end(j, NULL) == 0 && api)
        return PROBLEM_API;
    *w = (struct words){0};
    return PROBLEM_FOREIGN;
}

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } table[] = {{300, "Multiple Choices"}, {304, "Not Modified"}, {400, "Bad Request"}, {401, "Unauthorized"},
        {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"}, {407, "Proxy Authentication Required"},
        {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"}, {413, "Content Too Large"},
        {415, "Unsupported Media Type"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"},
        {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"},
        {504, "Gateway Timeout"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status)
            return table[i].phrase;
    if (status >= 300 && status < 400)
        return "redirect";
    return status >= 400 ? "no reason given" : "no error";
}

/* Copy ${prefix} and ${from} into ${text}, cut before the character that does not fit whole, without any NUL. */
static void copy_cut(char *text, size_t size, const char *prefix, struct json_str from)
{
    size_t used = (size_t)snprintf(text, size, "%s", prefix), n;

    if (used >= size)
        return;
    n = bytes_cut(from.s, from.len, size - used - 1);
    for (size_t i = 0; i < n; i++)
        text[used + i] = from.s[i] != '\0' ? from.s[i] : ' ';
    text[used + n] = '\0';
}

/* The words that say most; ${*prefix} is what belongs before them. */
static struct json_str choose_words(const struct words *w, const char *phrase, const char **prefix)
{
    *prefix = "";
    if (w->data_message.len > 0)
        return w->data_message;
    if (w->detail.len > 0)
        return w->detail;
    if (w->message.len > 0 && (w->embedded.len == 0 || !json_eq(w->message, phrase)))
        return w->message;
    if (w->embedded.len > 0)
        return w->embedded;
    if (w->error_id.len > 0) {
        *prefix = "error id ";
        return w->error_id;
    }
    return (struct json_str){phrase, strlen(phrase)};
}

enum problem_form problem_read(const struct http *h, char *text, size_t size)
{
    enum problem_form form = PROBLEM_EMPTY;
    struct words w = {0};
    struct json_str chosen;
    const char *prefix;
    struct json j;

    json_init(&j, NULL);
    if (h->answer.len > 0)
        form = read_words(&j, h, &w);
    chosen = choose_words(&w, reason_phrase(h->status), &prefix);
    if (!guard_allows(chosen.s, chosen.len))
        chosen = (struct json_str){GUARD_INSTEAD, strlen(GUARD_INSTEAD)};
    copy_cut(text, size, prefix, chosen);
    json_release(&j);
    return form;
}

bool problem_is_licence(const struct http *h)
{
    struct json_str name, type = {0};
    struct json j;
    bool is = false;

    json_init(&j, NULL);
    json_begin(&j, h->answer.data, h->answer.len, 0);
    if (h->answer.len > 0 && json_peek(&j) == JSON_OBJECT && json_object(&j)) {
        while (json_member(&j, &name))
            if (json_eq(name, "type"))
                keep_string(&j, &type);
            else
                json_skip(&j, NULL);
        is = json_end(&j, NULL) == 0 && json_eq(type, "error:license/entitlement");
    }
    json_release(&j);
    return is;
}
