#include "health.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* A watcher asks now and then; more at a time are none of those. */
#define CONNECTIONS 16
#define PATIENCE_S 10

struct health {
    struct MHD_Daemon *daemon;
    struct serve_health *state;
};

static bool is_ready(struct serve_health *s)
{
    return atomic_load(&s->greeted);
}

static bool is_well(struct serve_health *s)
{
    return is_ready(s) && atomic_load(&s->poll_failures) == 0 && !atomic_load(&s->sync_failed);
}

static bool is_live(struct serve_health *s)
{
    (void)s;
    return true;
}

static const struct {
    const char *path;
    bool (*ok)(struct serve_health *s);
} pages[] = {{"/live", is_live}, {"/ready", is_ready}, {"/health", is_well}};

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result sent = MHD_NO;

    if (r == NULL)
        return MHD_NO;
    MHD_add_response_header(r, "Content-Type", "application/json");
    sent = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return sent;
}

static enum MHD_Result send_state(struct MHD_Connection *c, bool ok)
{
    char text[128], when[32];
    time_t now = time(NULL);
    struct tm tm;

    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    snprintf(text, sizeof(text), "{\"status\":\"%s\",\"timestamp\":\"%s\"}\n", ok ? "ok" : "unavailable", when);
    return send_text(c, ok ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *path, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
    struct health *h = arg;

    (void)version;
    (void)data;
    (void)state;
    /* The first call comes before the body; no page takes one. */
    if (*size != 0 || (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0))
        return send_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "{\"status\":\"only GET\"}\n");
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (strcmp(path, pages[i].path) == 0)
            return send_state(c, pages[i].ok(h->state));
    return send_text(c, MHD_HTTP_NOT_FOUND, "{\"status\":\"no such page\"}\n");
}

/* A socket address of ${text}. Return its length, or 0 if it is none. */
static socklen_t read_address(const char *text, uint16_t port, struct sockaddr_storage *to)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

    memset(to, 0, sizeof(*to));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof(*v4);
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof(*v6);
    }
    return 0;
}

struct health *health_begin(const char *address, uint16_t port, struct serve_health *state, struct err *e)
{
    struct sockaddr_storage to;
    socklen_t len = read_address(address, port, &to);
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | (to.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    struct health *h = len > 0 ? calloc(1, sizeof(*h)) : NULL;

    if (len == 0) {
        err_set(e, EX_CONFIG, "--health-check-bind-address: not an address in numbers");
        return NULL;
    }
    if (h != NULL) {
        h->state = state;
        h->daemon = MHD_start_daemon(flags, port, NULL, NULL, answer, h, MHD_OPTION_SOCK_ADDR, &to,
            MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, PATIENCE_S, MHD_OPTION_END);
    }
    if (h != NULL && h->daemon != NULL)
        return h;
    free(h);
    err_set(e, EX_OSERR, "cannot listen for health checks on port %u: is it taken?", port);
    return NULL;
}

uint16_t health_port(const struct health *h)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info != NULL ? info->port : 0;
}

void health_end(struct health *h)
{
    if (h == NULL)
        return;
    MHD_stop_daemon(h->daemon);
    free(h);
}
