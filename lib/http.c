#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"

#define CONNECT_TIMEOUT_MS 10000L
#define USER_AGENT "baton-airbyte/" AB_VERSION

/* Idle handles to keep: as many as requests run at one time by default, and some. */
#define IDLE_MAX 16

/* A Retry-After beyond this (a year) is cut to it, so that no sum with it overflows. */
#define RETRY_AFTER_MAX_S ((int64_t)365 * 86400)

/* The one pool of a program: an easy handle owns the connections it made, so it outlives the exchange. */
static struct {
    CURL *handle[IDLE_MAX];
    size_t n;
} idle;

int http_global_init(struct err *e)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    return code == CURLE_OK ? 0 : err_set(e, EX_OSERR, "cannot start libcurl: %s", curl_easy_strerror(code));
}

void http_global_cleanup(void)
{
    while (idle.n > 0)
        curl_easy_cleanup(idle.handle[--idle.n]);
    curl_global_cleanup();
}

static CURL *take_handle(void)
{
    return idle.n > 0 ? idle.handle[--idle.n] : curl_easy_init();
}

/* Free the list of headers, and wipe it first: one of them may be a token. */
static void free_headers(struct http *h)
{
    for (struct curl_slist *l = h->headers; l != NULL; l = l->next)
        explicit_bzero(l->data, strlen(l->data));
    curl_slist_free_all(h->headers);
    h->headers = NULL;
}

/* Give the easy handle back to the pool. The reset forgets all of the request, but keeps connections. */
static void return_handle(struct http *h)
{
    free_headers(h);
    if (h->easy == NULL)
        return;
    curl_easy_reset(h->easy);
    if (idle.n < IDLE_MAX)
        idle.handle[idle.n++] = h->easy;
    else
        curl_easy_cleanup(h->easy);
    h->easy = NULL;
}

/* curl's write callback: keep the body, up to the ceiling. A short return ends the transfer. */
static size_t keep_body(char *data, size_t size, size_t n, void *arg)
{
    struct http *h = arg;
    size_t len = size * n;

    /* One byte of the buffer is for the NUL of buf_cstr. */
    if (len >= h->answer.max - h->answer.len) {
        h->too_large = true;
        return 0;
    }
    return buf_append(&h->answer, data, len) == 0 ? len : 0;
}

static int add_header(struct http *h, const char *name, const char *value)
{
    struct curl_slist *more;
    struct buf line;
    const char *text;

    buf_init(&line, (size_t)64 << 10);
    /* In one block from the start, so that growth leaves no copy of a token behind. */
    if (buf_reserve(&line, strlen(name) + strlen(value) + 1) != NULL) {
        buf_puts(&line, name);
        buf_puts(&line, value);
    }
    text = buf_cstr(&line);
    more = text != NULL ? curl_slist_append(h->headers, text) : NULL;
    buf_wipe(&line);
    if (more == NULL)
        return -1;
    h->headers = more;
    return 0;
}

static int add_headers(struct http *h)
{
    if (add_header(h, "Accept: ", "application/json") < 0)
        return -1;
    if (h->bearer != NULL && add_header(h, "Authorization: Bearer ", h->bearer) < 0)
        return -1;
    if (h->body == NULL)
        return 0;
    /* An empty Expect: bodies are small, so waiting for "100 Continue" would only cost a round trip. */
    return add_header(h, "Content-Type: ", h->content_type) < 0 || add_header(h, "Expect:", "") < 0 ? -1 : 0;
}

/* What every exchange has, whatever it asks for. */
static bool set_common(struct http *h)
{
    const char *ca = getenv("SSL_CERT_FILE");
    CURL *c = h->easy;

    /*
     * CURLOPT_NOSIGNAL stays off: with it curl would leave SIGPIPE on while it writes to a connection that may be
     * gone. Without it curl ignores the signal for just that time, and the program keeps it for its own output.
     */
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (ca == NULL || *ca == '\0' || curl_easy_setopt(c, CURLOPT_CAINFO, ca) == CURLE_OK) &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, USER_AGENT) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep_body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PRIVATE, h) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error) == CURLE_OK;
}

/* What this exchange asks for. */
static bool set_request(struct http *h)
{
    CURL *c = h->easy;

    if (curl_easy_setopt(c, CURLOPT_URL, h->url) != CURLE_OK ||
        curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers) != CURLE_OK ||
        curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, h->timeout_ms) != CURLE_OK)
        return false;
    if (h->body == NULL)
        return curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    return curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)h->body_len) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDS, h->body) == CURLE_OK;
}

int http_prepare(struct http *h, struct err *e)
{
    size_t max = h->body_max > 0 && h->body_max < HTTP_BODY_MAX ? h->body_max : HTTP_BODY_MAX;

    http_release(h);
    buf_init(&h->answer, max + 1);
    h->status = 0;
    h->json = false;
    h->retry_after_ms = -1;
    h->server_time = 0;
    h->too_large = false;
    h->error[0] = '\0';
    h->easy = take_handle();
    if (h->easy != NULL && add_headers(h) == 0 && set_common(h) && set_request(h))
        return 0;
    http_release(h);
    return err_set(e, EX_OSERR, "cannot prepare a request: no memory, or a libcurl without what is needed");
}

/* The value of a header of the answer, or NULL. It is valid while the handle is. */
static const char *header(const struct http *h, const char *name)
{
    struct curl_header *found;

    return curl_easy_header(h->easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : NULL;
}

/* Whether a Content-Type is application/json or application/...+json, whatever its parameters. */
static bool is_json_type(const char *type)
{
    size_t len = type != NULL ? strcspn(type, "; \t") : 0;

    if (len == 16 && strncasecmp(type, "application/json", 16) == 0)
        return true;
    return len > 17 && strncasecmp(type, "application/", 12) == 0 && strncasecmp(type + len - 5, "+json", 5) == 0;
}

/* Read a Retry-After of seconds, or of a date as the server's clock ${server_time} (0: ours) has it. */
static int64_t retry_after_ms(const char *value, time_t server_time)
{
    size_t digits = value != NULL ? strspn(value, "0123456789") : 0;
    int64_t seconds = 0;
    time_t when;

    if (value == NULL)
        return -1;
    if (digits > 0 && value[digits] == '\0') {
        for (size_t i = 0; i < digits && seconds < RETRY_AFTER_MAX_S; i++)
            seconds = seconds * 10 + (value[i] - '0');
    } else {
        when = curl_getdate(value, NULL);
        if (when == (time_t)-1)
            return -1;
        seconds = (int64_t)when - (int64_t)(server_time != 0 ? server_time : time(NULL));
    }
    if (seconds > RETRY_AFTER_MAX_S)
        seconds = RETRY_AFTER_MAX_S;
    return seconds > 0 ? seconds * 1000 : 0;
}

static void read_answer(struct http *h)
{
    const char *date = header(h, "Date");
    time_t when = date != NULL ? curl_getdate(date, NULL) : (time_t)-1;
    long status = 0;

    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    h->status = (int)status;
    h->server_time = when != (time_t)-1 ? when : 0;
    h->json = is_json_type(header(h, "Content-Type"));
    h->retry_after_ms = retry_after_ms(header(h, "Retry-After"), h->server_time);
}

/* The length of the URL without its query, which may name people. */
static int url_len(const struct http *h)
{
    return (int)strcspn(h->url, "?#");
}

/* The exit status of a failure that another try cannot mend, or 0 for one that it may. */
static int permanent_status(CURLcode code)
{
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE:
        return EX_CONFIG;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* also what curl calls an answer without a status line */
        return EX_PROTOCOL;
    case CURLE_OUT_OF_MEMORY:
        return EX_OSERR;
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return EX_SOFTWARE;
    default:
        return 0;
    }
}

static enum http_outcome finish_failed(struct http *h, CURLcode code, struct err *e)
{
    const char *cause = h->error[0] != '\0' ? h->error : curl_easy_strerror(code);
    int status = permanent_status(code);

    if (h->too_large) {
        err_set(e, EX_PROTOCOL, "the answer of '%.*s' is larger than %zu bytes", url_len(h), h->url, h->answer.max - 1);
        return HTTP_REFUSED;
    }
    if (h->answer.failed) {
        err_set(e, EX_OSERR, "no memory for the answer of '%.*s'", url_len(h), h->url);
        return HTTP_REFUSED;
    }
    err_set(e, status != 0 ? status : EX_UNAVAILABLE, "no answer from '%.*s': %s", url_len(h), h->url, cause);
    return status != 0 ? HTTP_REFUSED : HTTP_NETWORK;
}

enum http_outcome http_finish(struct http *h, CURLcode code, struct err *e)
{
    enum http_outcome outcome = HTTP_ANSWERED;

    if (code == CURLE_OK) {
        read_answer(h);
    } else {
        outcome = finish_failed(h, code, e);
        buf_wipe(&h->answer);
    }
    return_handle(h);
    return outcome;
}

enum http_outcome http_exchange(struct http *h, struct err *e)
{
    if (http_prepare(h, e) < 0)
        return HTTP_REFUSED;
    return http_finish(h, curl_easy_perform(h->easy), e);
}

void http_release(struct http *h)
{
    return_handle(h);
    buf_release(&h->answer);
}

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

/* Read the answer. The words point into it or into ${j}; false if it is not a JSON object. */
static bool read_words(struct json *j, const struct http *h, struct words *w)
{
    struct err ignored = {0};
    struct json_str name;

    *w = (struct words){0};
    if (h->answer.data == NULL)
        return false;
    json_begin(j, h->answer.data, h->answer.len, 0);
    if (json_peek(j) != JSON_OBJECT || !json_object(j))
        return false;
    while (json_member(j, &name)) {
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
            json_skip(j, NULL);
    }
    return json_end(j, &ignored) == 0;
}

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } table[] = {{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
        {405, "Method Not Allowed"}, {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
        {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
        {429, "Too Many Requests"}, {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
        {503, "Service Unavailable"}, {504, "Gateway Timeout"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status)
            return table[i].phrase;
    return status >= 300 && status < 400 ? "redirect" : "no reason given";
}

/* Copy into ${text}, cut before the character that does not fit whole. */
static void copy_cut(char *text, size_t size, const char *prefix, struct json_str from)
{
    size_t used = (size_t)snprintf(text, size, "%s", prefix), n = from.len;

    if (used >= size)
        return;
    if (n > size - used - 1)
        for (n = size - used - 1; n > 0 && ((unsigned char)from.s[n] & 0xc0) == 0x80;)
            n--;
    for (size_t i = 0; i < n; i++)
        text[used + i] = from.s[i] != '\0' ? from.s[i] : ' ';
    text[used + n] = '\0';
}

void http_error_text(const struct http *h, char *text, size_t size)
{
    const char *phrase = reason_phrase(h->status);
    struct words w;
    struct json j;

    json_init(&j, NULL);
    if (!read_words(&j, h, &w))
        w = (struct words){0};
    if (w.data_message.len > 0)
        copy_cut(text, size, "", w.data_message);
    else if (w.detail.len > 0)
        copy_cut(text, size, "", w.detail);
    else if (w.message.len > 0 && (w.embedded.len == 0 || !json_eq(w.message, phrase)))
        copy_cut(text, size, "", w.message);
    else if (w.embedded.len > 0)
        copy_cut(text, size, "", w.embedded);
    else if (w.error_id.len > 0)
        copy_cut(text, size, "error id ", w.error_id);
    else
        copy_cut(text, size, "", (struct json_str){phrase, strlen(phrase)});
    json_release(&j);
}
