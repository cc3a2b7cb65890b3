#include "service.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "log.h"
#include "pace.h"
#include "pbwire.h"
#include "service/baton.pb-c.h"
#include "upload.h"

/* The longest that a call may take, and an upload may stand still. */
#define HELLO_MS 60000
#define GET_TASK_MS 300000
#define HEARTBEAT_MS 30000
#define FINISH_MS 30000
#define UPLOAD_IDLE_MS 300000

#define UPLOAD_TRIES 3
#define MESSAGE_MAX ((size_t)64 << 10)
#define ANSWER_MAX ((size_t)8 << 20)

/* Durations beyond this (a year) are this. */
#define DURATION_MAX_S (INT64_C(366) * 86400)

#define ANY_PREFIX "type.googleapis.com/"

typedef C1__Connectorapi__Baton__V1__Task message_task;

/* Unpack ${bytes}, an answer of ${method}, to ${*answer} in ${a}. */
static int unpack(const char *method, const ProtobufCMessageDescriptor *type, const struct buf *bytes, struct arena *a,
    ProtobufCMessage **answer, struct status *s)
{
    struct err e = {0};

    if (pbwire_unpack(type, bytes->data, bytes->len, a, answer, &e) == 0)
        return 0;
    return status_set(s, GRPC_INTERNAL, "the answer of %s cannot be read: %s", method, e.msg);
}

/* Make a call that sends ${message}, packed, and whose answer is put into ${bytes}. */
static int call(struct service *v, struct rpc_call *c, const struct buf *message, struct buf *bytes, struct status *s)
{
    if (message->failed)
        return status_set(s, GRPC_INTERNAL, "no memory");
    return rpc_unary(&v->rpc, c, message->data, message->len, bytes, s);
}

/* A call whose answer has nothing in it for us. */
static int call_only(struct service *v, struct rpc_call *c, const struct buf *message, struct status *s)
{
    struct buf bytes;
    int r;

    buf_init(&bytes, ANSWER_MAX);
    r = call(v, c, message, &bytes, s);
    buf_release(&bytes);
    return r;
}

static int64_t duration_ms(const Google__Protobuf__Duration *d)
{
    if (d == NULL || d->seconds < 0 || d->nanos < 0)
        return 0;
    return (d->seconds < DURATION_MAX_S ? d->seconds : DURATION_MAX_S) * 1000 + d->nanos / 1000000;
}

/* ---- Hello. ---- */

int service_hello(
    struct service *v, const struct hello *hello, const char *task_id, struct cancel *cancel, struct status *s)
{
    struct rpc_call c = {.method = "Hello", .limit_ms = HELLO_MS, .cancel = cancel};
    struct buf message;
    int r;

    buf_init(&message, MESSAGE_MAX);
    hello_put(&message, hello, v->host_id, task_id);
    r = call_only(v, &c, &message, s);
    buf_release(&message);
    return r;
}

/* ---- GetTask. ---- */

/* The kinds by their field numbers, from the first on. */
enum { FIRST_TASK = C1__CONNECTORAPI__BATON__V1__TASK__TASK_TYPE_NONE };
static const enum task_kind kinds[] = {TASK_NONE, TASK_HELLO, TASK_SYNC_FULL, TASK_PROVISIONING, TASK_PROVISIONING,
    TASK_PROVISIONING, TASK_PROVISIONING, TASK_PROVISIONING, TASK_PROVISIONING, TASK_OTHER, TASK_TICKETING,
    TASK_TICKETING, TASK_TICKETING, TASK_TICKETING, TASK_TICKETING, TASK_LIST_ACTIONS, TASK_ACTION, TASK_ACTION,
    TASK_ACTION, TASK_OTHER, TASK_OTHER, TASK_LIST_EVENT_FEEDS, TASK_LIST_EVENTS, TASK_PROVISIONING};

static enum task_kind kind_of(const message_task *m)
{
    int i = (int)m->task_type_case - FIRST_TASK;

    return i >= 0 && (size_t)i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : TASK_OTHER;
}

/* Copy ${from} to ${to} as a string. Return 0, or -1 if it is too long or holds a NUL. */
static int copy_text(char *to, size_t size, ProtobufCBinaryData from)
{
    if (from.len >= size || memchr(from.data != NULL ? (void *)from.data : (void *)"", '\0', from.len) != NULL)
        return -1;
    if (from.len > 0)
        memcpy(to, from.data, from.len);
    to[from.len] = '\0';
    return 0;
}

/* The ids of the types as one text. One that cannot stand in it is none of ours: ${t}->types is then left out. */
static void take_types(struct task *t, const C1__Connectorapi__Baton__V1__Task__SyncFull *m)
{
    struct buf list;

    buf_init(&list, MESSAGE_MAX);
    for (size_t i = 0; i < m->n_sync_resource_type_ids; i++) {
        ProtobufCBinaryData id = m->sync_resource_type_ids[i];

        if (id.len == 0 || memchr(id.data, ',', id.len) != NULL || memchr(id.data, '\0', id.len) != NULL)
            list.failed = true;
        if (i > 0)
            buf_putc(&list, ',');
        buf_append(&list, id.data, id.len);
    }
    t->typed = m->n_sync_resource_type_ids > 0;
    if (t->typed && !list.failed)
        t->types = strdup(buf_cstr(&list));
    buf_release(&list);
}

static void take_sync(struct task *t, const C1__Connectorapi__Baton__V1__Task__SyncFull *m)
{
    t->skip_grants = m->skip_grants;
    t->skip_entitlements_and_grants = m->skip_entitlements_and_grants;
    t->targeted = m->n_targeted_sync_resources > 0;
    if (copy_text(t->engine, sizeof(t->engine), m->storage_engine) < 0)
        memcpy(t->engine, "unknown", sizeof("unknown"));
    take_types(t, m);
}

static int take_task(struct task *t, const message_task *m, struct status *s)
{
    if (m == NULL || kind_of(m) == TASK_NONE)
        return 0;
    t->kind = kind_of(m);
    t->debug = m->debug;
    if (m->id.len == 0 || copy_text(t->id, sizeof(t->id), m->id) < 0)
        return status_set(s, GRPC_INTERNAL, "a task without an id that can be read");
    if (t->kind == TASK_SYNC_FULL)
        take_sync(t, m->sync_full);
    return 0;
}

int service_read_task(const struct buf *bytes, struct task *t, int64_t *next_poll_ms, struct status *s)
{
    C1__Connectorapi__Baton__V1__BatonServiceGetTaskResponse *answer;
    ProtobufCMessage *base;
    struct arena a;
    int r;

    *t = (struct task){.kind = TASK_NONE};
    arena_init(&a, ANSWER_MAX * 4);
    r = unpack(
        "GetTask", &c1__connectorapi__baton__v1__baton_service_get_task_response__descriptor, bytes, &a, &base, s);
    if (r == 0) {
        answer = (C1__Connectorapi__Baton__V1__BatonServiceGetTaskResponse *)base;
        *next_poll_ms = duration_ms(answer->next_poll);
        r = take_task(t, answer->task, s);
    }
    arena_release(&a);
    return r;
}

int service_get_task(struct service *v, struct cancel *cancel, struct task *t, int64_t *next_poll_ms, struct status *s)
{
    struct rpc_call c = {.method = "GetTask", .limit_ms = GET_TASK_MS, .cancel = cancel};
    C1__Connectorapi__Baton__V1__BatonServiceGetTaskRequest m =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_GET_TASK_REQUEST__INIT;
    struct buf message, bytes;
    int r;

    *t = (struct task){.kind = TASK_NONE};
    buf_init(&message, MESSAGE_MAX);
    buf_init(&bytes, ANSWER_MAX);
    m.host_id = pbwire_field(v->host_id);
    pbwire_pack(&message, &m.base);
    r = call(v, &c, &message, &bytes, s);
    if (r == 0)
        r = service_read_task(&bytes, t, next_poll_ms, s);
    buf_release(&message);
    buf_release(&bytes);
    return r;
}

void task_release(struct task *t)
{
    free(t->types);
    t->types = NULL;
}

/* ---- Heartbeat. ---- */

int service_heartbeat(
    struct service *v, const char *task_id, struct cancel *cancel, int64_t *next_ms, bool *cancelled, struct status *s)
{
    struct rpc_call c = {.method = "Heartbeat", .limit_ms = HEARTBEAT_MS, .cancel = cancel};
    C1__Connectorapi__Baton__V1__BatonServiceHeartbeatRequest m =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_HEARTBEAT_REQUEST__INIT;
    C1__Connectorapi__Baton__V1__BatonServiceHeartbeatResponse *answer;
    ProtobufCMessage *base;
    struct buf message, bytes;
    struct arena a;
    int r;

    buf_init(&message, MESSAGE_MAX);
    buf_init(&bytes, ANSWER_MAX);
    arena_init(&a, ANSWER_MAX * 4);
    m.host_id = pbwire_field(v->host_id);
    m.task_id = pbwire_field(task_id);
    pbwire_pack(&message, &m.base);
    r = call(v, &c, &message, &bytes, s);
    if (r == 0)
        r = unpack(
            c.method, &c1__connectorapi__baton__v1__baton_service_heartbeat_response__descriptor, &bytes, &a, &base, s);
    if (r == 0) {
        answer = (C1__Connectorapi__Baton__V1__BatonServiceHeartbeatResponse *)base;
        *next_ms = duration_ms(answer->next_heartbeat);
        *cancelled = answer->cancelled;
    }
    buf_release(&message);
    buf_release(&bytes);
    arena_release(&a);
    return r;
}

/* ---- FinishTask. ---- */

static void put_failure(
    struct buf *out, C1__Connectorapi__Baton__V1__BatonServiceFinishTaskRequest *m, const struct outcome *o)
{
    C1__Connectorapi__Baton__V1__BatonServiceFinishTaskRequest__Error error =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_FINISH_TASK_REQUEST__ERROR__INIT;
    Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;

    status.code = o->status.code;
    status.message = pbwire_field(o->status.message);
    error.non_retryable = o->final;
    m->status = &status;
    m->final_state_case = C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_FINISH_TASK_REQUEST__FINAL_STATE_ERROR;
    m->error = &error;
    pbwire_pack(out, &m->base);
}

static void put_success(
    struct buf *out, C1__Connectorapi__Baton__V1__BatonServiceFinishTaskRequest *m, const struct outcome *o)
{
    C1__Connectorapi__Baton__V1__BatonServiceFinishTaskRequest__Success success =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_FINISH_TASK_REQUEST__SUCCESS__INIT;
    Google__Protobuf__Any response = GOOGLE__PROTOBUF__ANY__INIT;
    struct buf url;

    buf_init(&url, 256);
    if (o->response != NULL) {
        buf_puts(&url, ANY_PREFIX);
        buf_puts(&url, o->response);
        response.type_url = (ProtobufCBinaryData){.len = url.len, .data = (uint8_t *)url.data};
        success.response = &response;
    }
    m->final_state_case = C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_FINISH_TASK_REQUEST__FINAL_STATE_SUCCESS;
    m->success = &success;
    pbwire_pack(out, &m->base);
    buf_release(&url);
}

/* Whether it may help to say it once more. */
static bool is_transient(const struct status *s)
{
    return s->code == GRPC_UNAVAILABLE || s->code == GRPC_INTERNAL || (s->local && s->code == GRPC_UNAUTHENTICATED);
}

/* On a second saying: the service knows nothing of the task any more, since it had heard the first. */
static bool was_heard(const struct status *s)
{
    return s->code == GRPC_NOT_FOUND || s->code == GRPC_FAILED_PRECONDITION;
}

static int say_finished(struct service *v, const struct buf *message, struct cancel *cancel, struct status *s)
{
    int64_t end_ms = clock_mono_ms() + FINISH_MS, pause_ms = 500;

    for (int i = 0;; i++, pause_ms *= 2) {
        struct rpc_call c = {
            .method = "FinishTask", .limit_ms = end_ms - clock_mono_ms(), .tell = true, .cancel = cancel};

        if (c.limit_ms <= 0)
            return -1;
        if (call_only(v, &c, message, s) == 0 || (i > 0 && was_heard(s)))
            return 0;
        if (!is_transient(s) || clock_mono_ms() + pace_ms(pause_ms) >= end_ms ||
            cancel_sleep(cancel, pace_ms(pause_ms)))
            return -1;
        log_warn("the end of a task could not be told; trying again", LOG_STR("error", s->message));
    }
}

int service_finish(
    struct service *v, const char *task_id, const struct outcome *o, struct cancel *cancel, struct status *s)
{
    C1__Connectorapi__Baton__V1__BatonServiceFinishTaskRequest m =
        C1__CONNECTORAPI__BATON__V1__BATON_SERVICE_FINISH_TASK_REQUEST__INIT;
    struct buf message;
    int r;

    buf_init(&message, MESSAGE_MAX);
    m.host_id = pbwire_field(v->host_id);
    m.task_id = pbwire_field(task_id);
    if (o->failed)
        put_failure(&message, &m, o);
    else
        put_success(&message, &m, o);
    r = say_finished(v, &message, cancel, s);
    buf_release(&message);
    return r;
}

/* ---- UploadAsset. ---- */

static int try_upload(struct service *v, struct upload *u, struct cancel *cancel, struct status *s)
{
    struct rpc_call c = {.method = "UploadAsset",
        .body = {.read = upload_read, .arg = u},
        .rewind = upload_rewind,
        .idle_ms = UPLOAD_IDLE_MS,
        .cancel = cancel};
    struct buf answer;
    int r;

    buf_init(&answer, ANSWER_MAX);
    r = rpc_perform(&v->rpc, &c, &answer, s);
    buf_release(&answer);
    return r;
}

int service_upload(struct service *v, const char *task_id, int fd, struct cancel *cancel, struct status *s)
{
    struct upload u;
    struct err e = {0};
    int r;

    if (upload_open(&u, fd, v->host_id, task_id, &e) < 0) {
        upload_close(&u);
        return status_set(s, GRPC_INTERNAL, "%s", e.msg);
    }
    log_debug("upload", LOG_STR("task", task_id), LOG_INT("bytes", (int64_t)u.size));
    for (int i = 0;; i++) {
        r = try_upload(v, &u, cancel, s);
        if (r == 0 || i + 1 == UPLOAD_TRIES || cancel_reason(cancel) != CANCEL_NOT)
            break;
        log_warn("the upload failed; trying again", LOG_STR("task", task_id), LOG_INT("try", i + 1),
            LOG_STR("code", status_name(s->code)), LOG_STR("error", s->message));
        if (upload_rewind(&u) < 0 || cancel_sleep(cancel, pace_ms(i * 1000)))
            break;
    }
    upload_close(&u);
    return r;
}
