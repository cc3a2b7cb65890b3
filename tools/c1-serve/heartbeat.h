/*
 * heartbeat.h: the sign of life that a long task gives (reference/conductorone-service.md section 4.4).
 */
#ifndef C1_SERVE_HEARTBEAT_H
#define C1_SERVE_HEARTBEAT_H

#include <pthread.h>
#include <stdint.h>

#include "cancel.h"
#include "service.h"

/* So many failures in a row end the task. */
#define HEARTBEAT_FAILURES 9

/* ${task} is what is cancelled when the service says so, or cannot be reached; ${over} ends the thread. */
struct heartbeat {
    struct service *service;
    const char *task_id;
    struct cancel *task;
    struct cancel over;
    pthread_t thread;
    int64_t interval_ms;
};

/**
 * heartbeat_begin(h, service, task_id, task, s):
 * Say that task ${task_id} is under way, and go on saying so from a thread.  Return 0; or -1 with ${s}, and nothing to
 * be ended: the service could not be told (then the task is not to be begun), or wants it no more (CANCELLED).
 */
int heartbeat_begin(
    struct heartbeat *h, struct service *service, const char *task_id, struct cancel *task, struct status *s);

/* Say no more. */
void heartbeat_end(struct heartbeat *h);

/* The time to the next one, of the ${ms} that the service says: 30 s for none, 1 s to 5 min else. */
int64_t heartbeat_interval(int64_t ms);

#endif
