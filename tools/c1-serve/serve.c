#include "serve.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock.h"
#include "heartbeat.h"
#include "log.h"
#include "othertask.h"
#include "pace.h"
#include "sync.h"

/* The pauses between tries, and between polls. */
#define HELLO_PAUSE_MS 1000
#define HELLO_PAUSE_MAX_MS 300000
#define HELLO_TASK_TRIES 3
#define FAILURE_PAUSE_MAX_MS 60000
#define POLL_LEAST_MS 1000
#define POLL_MOST_MS 300000

/* What is left of the ten seconds after a signal when the last words are cut off, and when all is given up. */
#define HURRY_MS 9000
#define GIVE_UP_MS 10000

/* A task in hand, in one of the places of struct crew. */
struct job {
    struct crew *crew;
    struct task task;
    struct cancel cancel;
};

/*
 * The threads that do tasks.  ${free_places} is a counting event: how many more tasks may be begun.  ${job} are those
 * under way, NULL where there is none; ${ended} are the ${nended} threads that have done theirs and are to be joined: no
 * more than there are places, since they are before one is given again.  All but the event are guarded by ${lock}.
 */
struct crew {
    struct serve *s;
    int free_places;
    pthread_mutex_t lock;
    struct job *job[SERVE_TASKS_MAX];
    pthread_t ended[SERVE_TASKS_MAX];
    size_t nended;
    bool stopping;
};

/* ${ms} with a fifth more or less, so that connectors that started together do not call together for ever. */
static int64_t jittered(int64_t ms)
{
    uint32_t chance = 0;

    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
        chance = UINT32_MAX / 2;
    return ms * 4 / 5 + (int64_t)((uint64_t)ms * 2 / 5 * chance / UINT32_MAX);
}

/* ---- One task. ---- */

static void finish(struct serve *s, const struct task *t, const struct outcome *o)
{
    struct status told;

    if (o->failed)
        log_warn("task failed", LOG_STR("task", t->id), LOG_STR("code", status_name(o->status.code)),
            LOG_STR("error", o->status.message));
    if (service_finish(&s->service, t->id, o, &s->hurry, &told) < 0)
        log_error("the end of a task could not be told", LOG_STR("task", t->id), LOG_STR("error", told.message));
    else
        log_debug("task finished", LOG_STR("task", t->id));
}

static void do_sync(struct job *j)
{
    struct serve *s = j->crew->s;
    struct heartbeat h;
    struct outcome o;
    struct status told;

    if (heartbeat_begin(&h, &s->service, j->task.id, &j->cancel, &told) < 0) {
        log_warn("a sync was not begun", LOG_STR("task", j->task.id), LOG_STR("error", told.message));
        return;
    }
    sync_task(s, &j->task, &j->cancel, &o);
    atomic_store(&s->health.sync_failed, o.failed);
    finish(s, &j->task, &o);
    heartbeat_end(&h);
}

static bool is_transient(const struct status *s)
{
    return !s->final && (s->local || s->code == GRPC_UNAVAILABLE || s->code == GRPC_INTERNAL);
}

/* Such a task is done by doing it: nothing is finished. */
static void do_hello(struct job *j)
{
    struct serve *s = j->crew->s;
    struct status told;

    for (int i = 1; service_hello(&s->service, s->hello, j->task.id, &j->cancel, &told) < 0; i++) {
        log_warn("hello failed", LOG_STR("task", j->task.id), LOG_STR("error", told.message));
        if (i == HELLO_TASK_TRIES || !is_transient(&told) ||
            cancel_sleep(&j->cancel, pace_ms(jittered(HELLO_PAUSE_MS * i))))
            return;
    }
}

static void do_task(struct job *j)
{
    struct outcome o;

    log_debug("task", LOG_STR("task", j->task.id), LOG_INT("kind", j->task.kind));
    switch (j->task.kind) {
    case TASK_SYNC_FULL:
        do_sync(j);
        return;
    case TASK_HELLO:
        do_hello(j);
        return;
    default:
        othertask_answer(j->task.kind, &o);
        finish(j->crew->s, &j->task, &o);
    }
}

/* ---- The crew. ---- */

static void add_place(struct crew *w)
{
    uint64_t one = 1;

    while (write(w->free_places, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

/* Take a place, or wait for one until ${end_ms} (0: for ever) or until ${stop}. Return whether there is one. */
static bool take_place(struct crew *w, struct cancel *stop, int64_t end_ms)
{
    uint64_t one;

    while (read(w->free_places, &one, sizeof(one)) < 0) {
        struct pollfd p[] = {
            {.fd = w->free_places, .events = POLLIN}, {.fd = stop != NULL ? stop->fd : -1, .events = POLLIN}};
        int64_t left = end_ms != 0 ? end_ms - clock_mono_ms() : -1;

        if ((end_ms != 0 && left <= 0) || (stop != NULL && cancel_reason(stop) != CANCEL_NOT))
            return false;
        poll(p, 2, (int)left);
    }
    return true;
}

/* Enter ${j} among those under way; when the program is ending it is cancelled at once. */
static void enter(struct crew *w, struct job *j)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < SERVE_TASKS_MAX; i++)
        if (w->job[i] == NULL) {
            w->job[i] = j;
            break;
        }
    if (w->stopping)
        cancel_now(&j->cancel, CANCEL_BY_SHUTDOWN);
    pthread_mutex_unlock(&w->lock);
}

static void leave(struct crew *w, const struct job *j)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < SERVE_TASKS_MAX; i++)
        if (w->job[i] == j)
            w->job[i] = NULL;
    w->ended[w->nended++] = pthread_self();
    pthread_mutex_unlock(&w->lock);
}

/* Join the threads that have left; that takes no longer than they take to return. */
static void join_ended(struct crew *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->nended > 0)
        pthread_join(w->ended[--w->nended], NULL);
    pthread_mutex_unlock(&w->lock);
}

static void *work(void *arg)
{
    struct job *j = arg;
    struct crew *w = j->crew;

    enter(w, j);
    do_task(j);
    leave(w, j);
    cancel_release(&j->cancel);
    task_release(&j->task);
    free(j);
    add_place(w);
    return NULL;
}

/* Have ${t} done, whose contents are taken over, by a thread in the place that was taken. */
static int begin(struct crew *w, struct task *t, struct err *e)
{
    struct job *j = calloc(1, sizeof(*j));
    pthread_t thread;

    if (j == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (cancel_init(&j->cancel, e) < 0) {
        free(j);
        return -1;
    }
    j->crew = w;
    j->task = *t;
    *t = (struct task){.kind = TASK_NONE};
    if (pthread_create(&thread, NULL, work, j) == 0)
        return 0;
    cancel_release(&j->cancel);
    task_release(&j->task);
    free(j);
    return err_set(e, EX_OSERR, "no thread for a task");
}

static struct crew *form_crew(struct serve *s, struct err *e)
{
    struct crew *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    w->s = s;
    pthread_mutex_init(&w->lock, NULL);
    w->free_places = eventfd(s->o->tasks, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (w->free_places >= 0)
        return w;
    err_sys(e, EX_OSERR, "cannot make an event");
    free(w);
    return NULL;
}

/* Cancel what is under way and wait until it has ended. Return whether it has. */
static bool dismiss(struct crew *w)
{
    int64_t began_ms = clock_mono_ms();
    unsigned back = 0;

    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    for (size_t i = 0; i < SERVE_TASKS_MAX; i++)
        if (w->job[i] != NULL)
            cancel_now(&w->job[i]->cancel, CANCEL_BY_SHUTDOWN);
    pthread_mutex_unlock(&w->lock);
    while (back < w->s->o->tasks && take_place(w, NULL, began_ms + HURRY_MS))
        back++;
    cancel_now(&w->s->hurry, CANCEL_BY_SHUTDOWN);
    while (back < w->s->o->tasks && take_place(w, NULL, began_ms + GIVE_UP_MS))
        back++;
    if (back < w->s->o->tasks)
        return false;
    join_ended(w);
    return true;
}

/* ---- The loop. ---- */

/* Whether the service does not want us: what it says will not change by asking again. */
static bool is_refusal(const struct status *s)
{
    if (s->local)
        return s->final;
    switch (s->code) {
    case GRPC_UNAUTHENTICATED:
    case GRPC_PERMISSION_DENIED:
    case GRPC_INVALID_ARGUMENT:
    case GRPC_UNIMPLEMENTED:
    case GRPC_FAILED_PRECONDITION:
    case GRPC_NOT_FOUND:
        return true;
    default:
        return false;
    }
}

/* Say Hello until the service has heard it. Return 0, 1 if the program is to end, or -1 with ${e}. */
static int greet(struct serve *s, struct err *e)
{
    int64_t pause_ms = HELLO_PAUSE_MS;
    struct status told;

    while (service_hello(&s->service, s->hello, "", &s->stop, &told) < 0) {
        if (cancel_reason(&s->stop) != CANCEL_NOT)
            return 1;
        if (is_refusal(&told))
            return err_set(e,
                told.code == GRPC_UNAUTHENTICATED || told.code == GRPC_PERMISSION_DENIED ? EX_NOPERM : EX_PROTOCOL,
                "ConductorOne does not take this connector: %s: %s", status_name(told.code), told.message);
        log_warn("ConductorOne cannot be greeted; trying again", LOG_STR("code", status_name(told.code)),
            LOG_STR("error", told.message), LOG_INT("pause_ms", pause_ms));
        if (cancel_sleep(&s->stop, pace_ms(jittered(pause_ms))))
            return 1;
        pause_ms = pause_ms * 2 < HELLO_PAUSE_MAX_MS ? pause_ms * 2 : HELLO_PAUSE_MAX_MS;
    }
    atomic_store(&s->health.greeted, true);
    log_debug("ConductorOne knows this connector", LOG_STR("host_id", s->service.host_id));
    return 0;
}

/* The pause after ${failures} in a row: as many seconds as their square. */
static int64_t failure_pause_ms(unsigned failures)
{
    int64_t ms = failures < 8 ? (int64_t)failures * failures * 1000 : FAILURE_PAUSE_MAX_MS;

    return jittered(ms < FAILURE_PAUSE_MAX_MS ? ms : FAILURE_PAUSE_MAX_MS);
}

/* Ask once, a place for the task being taken. Return the time to the next asking, or -1 with ${e}. */
static int64_t ask(struct crew *w, struct err *e)
{
    struct serve *s = w->s;
    struct status told;
    struct task t;
    int64_t next_ms = 0;
    int r = 0;

    if (service_get_task(&s->service, &s->stop, &t, &next_ms, &told) < 0) {
        unsigned failures = atomic_load(&s->health.poll_failures) + 1;

        add_place(w);
        task_release(&t);
        if (cancel_reason(&s->stop) != CANCEL_NOT)
            return 0;
        atomic_store(&s->health.poll_failures, failures);
        log_warn("no word from ConductorOne; trying again", LOG_STR("code", status_name(told.code)),
            LOG_STR("error", told.message), LOG_INT("in_a_row", failures));
        return failure_pause_ms(failures);
    }
    atomic_store(&s->health.poll_failures, 0);
    join_ended(w);
    if (t.kind == TASK_NONE)
        add_place(w);
    else
        r = begin(w, &t, e);
    task_release(&t);
    if (r < 0)
        return -1;
    return next_ms < POLL_LEAST_MS ? POLL_LEAST_MS : next_ms < POLL_MOST_MS ? next_ms : POLL_MOST_MS;
}

static int ask_on(struct crew *w, struct err *e)
{
    int64_t pause_ms = 0;

    while (pause_ms >= 0 && !cancel_sleep(&w->s->stop, pace_ms(pause_ms)) && take_place(w, &w->s->stop, 0))
        pause_ms = ask(w, e);
    return pause_ms < 0 ? -1 : 0;
}

int serve_run(struct serve *s, bool *left, struct err *e)
{
    struct crew *w;
    int r = greet(s, e);

    *left = false;
    if (r != 0)
        return r < 0 ? -1 : 0;
    w = form_crew(s, e);
    if (w == NULL)
        return -1;
    r = ask_on(w, e);
    *left = !dismiss(w);
    if (*left) {
        log_warn("a task did not end in time");
        return r;
    }
    close(w->free_places);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return r;
}
