/*
 * service.h: the calls that ConductorOne offers to a connector, as functions
 * (reference/conductorone-service.md section 3).
 */
#ifndef C1_SERVE_SERVICE_H
#define C1_SERVE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "cancel.h"
#include "hello.h"
#include "rpc.h"
#include "status.h"

/* A task's id: 27 letters and digits. */
#define TASK_ID_MAX 64

/* What a task asks for; TASK_OTHER is a kind that this program has never heard of. */
enum task_kind {
    TASK_NONE,
    TASK_HELLO,
    TASK_SYNC_FULL,
    TASK_PROVISIONING, /* grants, revocations, accounts, resources, credentials */
    TASK_TICKETING,
    TASK_LIST_ACTIONS,
    TASK_ACTION,
    TASK_LIST_EVENT_FEEDS,
    TASK_LIST_EVENTS,
    TASK_OTHER,
};

/*
 * A task.  What follows ${debug} is set for TASK_SYNC_FULL only: ${typed} says that resource types are named, ${types}
 * are they, separated by commas (owned; NULL if one of them cannot be of ours); ${engine} is "", "sqlite", "pebble" or
 * what else the service says; ${targeted}: single resources are asked for.
 */
struct task {
    char id[TASK_ID_MAX];
    enum task_kind kind;
    bool debug;
    bool skip_grants, skip_entitlements_and_grants, targeted, typed;
    char *types;
    char engine[16];
};

void task_release(struct task *t);

/* How a task ended: ${failed} with ${status}, not to be tried again if ${final}; or well, with an empty ${response}. */
struct outcome {
    bool failed, final;
    struct status status;
    const char *response; /* the full name of an empty message to answer with, or NULL */
};

struct service {
    struct rpc_service rpc;
    const char *host_id;
};

/*
 * All return 0, or -1 with ${s}.  ${cancel} ends them.
 *
 * service_hello: ${task_id} is "" when a connector starts.
 * service_get_task: ${t} is TASK_NONE if there is none; ${*next_poll_ms} is 0 if the service does not say.
 * service_heartbeat: ${*next_ms} is 0 if the service does not say.
 * service_finish: tried again within 30 s in all where the service could not be reached.
 * service_upload: the file ${fd}, in three tries at most.
 */
int service_hello(
    struct service *v, const struct hello *hello, const char *task_id, struct cancel *cancel, struct status *s);
int service_get_task(struct service *v, struct cancel *cancel, struct task *t, int64_t *next_poll_ms, struct status *s);
int service_heartbeat(
    struct service *v, const char *task_id, struct cancel *cancel, int64_t *next_ms, bool *cancelled, struct status *s);
int service_finish(
    struct service *v, const char *task_id, const struct outcome *o, struct cancel *cancel, struct status *s);
int service_upload(struct service *v, const char *task_id, int fd, struct cancel *cancel, struct status *s);

/* What an answer of GetTask says: as service_get_task, which calls it. */
int service_read_task(const struct buf *bytes, struct task *t, int64_t *next_poll_ms, struct status *s);

#endif
