#include "heartbeat.h"

#include <string.h>

#include "log.h"
#include "pace.h"

#define DEFAULT_MS 30000
#define LEAST_MS 1000
#define MOST_MS 300000

int64_t heartbeat_interval(int64_t ms)
{
    if (ms == 0)
        return DEFAULT_MS;
    return ms < LEAST_MS ? LEAST_MS : ms < MOST_MS ? ms : MOST_MS;
}

/* One heartbeat. Return 0, or -1 with ${s}; CANCELLED, not local, if the service wants the task no more. */
static int beat(struct heartbeat *h, struct cancel *cancel, struct status *s)
{
    bool cancelled = false;
    int64_t next_ms = 0;

    if (service_heartbeat(h->service, h->task_id, cancel, &next_ms, &cancelled, s) < 0)
        return -1;
    h->interval_ms = heartbeat_interval(next_ms);
    if (!cancelled)
        return 0;
    status_set_remote(s, GRPC_CANCELLED, "task was cancelled", strlen("task was cancelled"));
    return -1;
}

static bool is_cancelled(const struct status *s)
{
    return s->code == GRPC_CANCELLED && !s->local;
}

static void *beat_on(void *arg)
{
    struct heartbeat *h = arg;
    int failures = 0;

    while (!cancel_sleep(&h->over, pace_ms(h->interval_ms))) {
        struct status s;

        if (beat(h, &h->over, &s) == 0) {
            failures = 0;
        } else if (is_cancelled(&s)) {
            cancel_now(h->task, CANCEL_BY_SERVER);
            break;
        } else if (cancel_reason(&h->over) == CANCEL_NOT) {
            log_warn("a heartbeat failed", LOG_STR("task", h->task_id), LOG_INT("in_a_row", ++failures),
                LOG_STR("error", s.message));
            if (failures == HEARTBEAT_FAILURES) {
                cancel_now(h->task, CANCEL_BY_HEARTBEAT);
                break;
            }
        }
    }
    return NULL;
}

int heartbeat_begin(
    struct heartbeat *h, struct service *service, const char *task_id, struct cancel *task, struct status *s)
{
    struct err e = {0};

    *h = (struct heartbeat){.service = service, .task_id = task_id, .task = task};
    if (beat(h, task, s) < 0)
        return -1;
    if (cancel_init(&h->over, &e) < 0)
        return status_set(s, GRPC_INTERNAL, "%s", e.msg);
    if (pthread_create(&h->thread, NULL, beat_on, h) == 0)
        return 0;
    cancel_release(&h->over);
    return status_set(s, GRPC_INTERNAL, "no thread for heartbeats");
}

void heartbeat_end(struct heartbeat *h)
{
    cancel_now(&h->over, CANCEL_BY_SERVER);
    pthread_join(h->thread, NULL);
    cancel_release(&h->over);
}
