#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "baseurl.h"
#include "guard.h"
#include "trust.h"
#include "version.h"

#define CONNECT_TIMEOUT_MS 10000L

/* A server that sends nothing for so long is gone. Unpaged lists can take it long to gather. */
#define SILENCE_TIMEOUT_S 60L
#define USER_AGENT "baton-airbyte/" AB_VERSION

/* Idle handles to keep: as many as requests run at one time by default, and some. */
#define IDLE_MAX 16

/* CURLE_TOO_LARGE, which the headers of libcurl before 8.6 do not have. */
#define CODE_TOO_LARGE 100

/* A Retry-After beyond this (a year) is cut to it, so that no sum with it overflows. */
#define RETRY_AFTER_MAX_S ((int64_t)365 * 86400)

/* The one pool of a program: an easy handle owns the connections it made, so it outlives the exchange. */
static struct {
    CURL *handle[IDLE_MAX];
    size_t n;
} idle;

/* What http_trust read; empty where the system's certificates are meant. */
static struct buf trusted;

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
    buf_release(&trusted);
}

const struct buf *http_trusted(void)
{
    return &trusted;
}

int http_trust(const char *file, struct err *e)
{
    int r;

    buf_init(&trusted, TRUST_MAX);
    r = trust_read(&trusted, file, e);
    if (r == 0)
        buf_release(&trusted);
    /* Nothing at all in what was named is nobody to trust, and not everybody. */
    if (r > 0 && trusted.len == 0)
        return err_set(e, EX_CONFIG, "there are no certificates in what SSL_CERT_DIR names");
    return r < 0 ? -1 : 0;
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

/* curl's header callback, also for trailers: count, up to the ceiling. A short return ends the transfer. */
static size_t count_header(char *data, size_t size, size_t n, void *arg)
{
    struct http *h = arg;
    size_t len = size * n;

    (void)data;
    h->header_len += len;
    h->too_many_headers = h->header_len > HTTP_HEADERS_MAX;
    return h->too_many_headers ? 0 : len;
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

/*
 * Whom to trust.  As a block in memory, for curl takes no list of folders on all its releases, and some add the system's
 * file to what is named; the system's folder is taken away.
 */
bool http_set_trust(CURL *c)
{
    struct curl_blob blob = {.data = trusted.data, .len = trusted.len, .flags = CURL_BLOB_NOCOPY};

    if (trusted.len == 0)
        return true;
    return curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK;
}

/* Whether ${host}, as it stands in a URL, is this machine. */
static bool is_own_host(char *host)
{
    size_t len = strlen(host);

    if (*host != '[' || host[len - 1] != ']')
        return baseurl_is_loopback(host);
    host[len - 1] = '\0';
    return baseurl_is_loopback(host + 1);
}

/*
 * What goes to this machine stays on it, as plain http to it is allowed for that reason alone: no proxy, whatever the
 * environment says.
 */
static bool set_proxy(struct http *h)
{
    CURLU *url = curl_url();
    char *host = NULL;
    bool set = url != NULL && curl_url_set(url, CURLUPART_URL, h->url, 0) == CURLUE_OK &&
               curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;

    if (set && is_own_host(host))
        set = curl_easy_setopt(h->easy, CURLOPT_PROXY, "") == CURLE_OK;
    curl_free(host);
    curl_url_cleanup(url);
    return set;
}

/* What every exchange has, whatever it asks for. */
static bool set_common(struct http *h)
{
    CURL *c = h->easy;

    /*
     * CURLOPT_NOSIGNAL stays off: with it curl would leave SIGPIPE on while it writes to a connection that may be
     * gone. Without it curl ignores the signal for just that time, and the program keeps it for its own output.
     */
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, USER_AGENT) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, SILENCE_TIMEOUT_S) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep_body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, count_header) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERDATA, h) == CURLE_OK &&
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
    h->header_len = 0;
    h->too_large = h->too_many_headers = false;
    h->error[0] = '\0';
    h->easy = take_handle();
    if (h->easy != NULL && add_headers(h) == 0 && set_common(h) && http_set_trust(h->easy) && set_proxy(h) &&
        set_request(h))
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
        return EX_CONFIG;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  /* also what curl calls an answer without a status line */
    case CURLE_BAD_FUNCTION_ARGUMENT: /* a first header line that is the continuation of none */
        return EX_PROTOCOL;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_UNRECOVERABLE_POLL:
        return EX_OSERR;
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
        return EX_SOFTWARE;
    default:
        return 0;
    }
}

/*
 * Whether a header line was longer than curl takes (100 KB).  Before 8.6 it calls that a lack of memory; where a block ten
 * times as large can be had, it was not.
 */
static bool is_long_line(CURLcode code)
{
    void *block;

    if ((int)code == CODE_TOO_LARGE)
        return true;
    if (code != CURLE_OUT_OF_MEMORY)
        return false;
    block = malloc((size_t)1 << 20);
    free(block);
    return block != NULL;
}

/* A failure that this file has the words for, in ${e}; false for one that curl has to explain. */
static bool explain_failure(const struct http *h, CURLcode code, struct err *e)
{
    int len = url_len(h);

    if (h->too_large)
        err_set(e, EX_PROTOCOL, "the answer of '%.*s' is larger than %zu bytes", len, h->url, h->answer.max - 1);
    else if (h->too_many_headers)
        err_set(e, EX_PROTOCOL, "the headers of the answer of '%.*s' are longer than %zu bytes", len, h->url,
            HTTP_HEADERS_MAX);
    else if (h->answer.failed)
        err_set(e, EX_OSERR, "no memory for the answer of '%.*s'", len, h->url);
    else if (is_long_line(code))
        err_set(e, EX_PROTOCOL, "a header line of the answer of '%.*s' is too long", len, h->url);
    else if (code == CURLE_SSL_CACERT_BADFILE)
        err_set(e, EX_CONFIG,
            "there are no certificates to trust in what --cacert, SSL_CERT_FILE or SSL_CERT_DIR name, or else in the "
            "system's");
    return e->status != 0;
}

/* What somebody may look at who cannot know why there was no answer. */
static const char *advice(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "; is the name right, and known on this machine?";
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "; the proxy is the one that the environment names";
    case CURLE_COULDNT_CONNECT:
        return "; is it running, is the port right, is a firewall or a proxy between?";
    case CURLE_SSL_CONNECT_ERROR:
        return "; does this port speak https?";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "; an authority of your own is trusted by --cacert or SSL_CERT_FILE";
    default:
        return "";
    }
}

static enum http_outcome finish_failed(struct http *h, CURLcode code, struct err *e)
{
    const char *cause = h->error[0] != '\0' ? h->error : curl_easy_strerror(code);
    int status = permanent_status(code);

    if (explain_failure(h, code, e))
        return HTTP_REFUSED;
    /* Parts of an answer may stand in it. */
    if (!guard_allows_message(cause, strlen(cause)))
        cause = curl_easy_strerror(code);
    err_set(e, status != 0 ? status : EX_UNAVAILABLE, "no answer from '%.*s': %s%s", url_len(h), h->url, cause,
        advice(code));
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
