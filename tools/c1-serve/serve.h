/*
 * serve.h: the service: tasks are asked for, done and finished, until somebody ends it
 * (reference/conductorone-service.md section 4).
 */
#ifndef C1_SERVE_SERVE_H
#define C1_SERVE_SERVE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "cancel.h"
#include "err.h"
#include "hello.h"
#include "service.h"

#define SERVE_TASKS_MAX 100
#define SERVE_TASKS_DEFAULT 3

/* What the names of the folders for tasks begin with. */
#define SERVE_FOLDER "baton-airbyte-sync-"

/*
 * What is to be done.  All texts outlive the service.
 *   driver        the command that makes a file, NULL-terminated; the options of each run are put behind it
 *   pack          the path of c1z-pack, which makes the file of a sync that was skipped
 *   secret_fd     of secretfd_keep, handed to each run of the driver; -1: the driver finds the secret by itself
 *   temp_dir      where folders for tasks are made
 *   types         the resource types to sync where a task names none; NULL: all
 *   skip_full_sync  every sync is an empty one
 *   engine_fixed  the storage engine is set for the driver, whatever a task asks for
 *   tasks         how many at a time
 */
struct serve_options {
    const char *const *driver;
    const char *pack;
    int secret_fd;
    const char *temp_dir;
    const char *types;
    bool skip_full_sync, engine_fixed;
    unsigned tasks;
};

/* How the service does, for its health endpoint. */
struct serve_health {
    atomic_bool greeted;       /* the service knows us */
    atomic_uint poll_failures; /* in a row */
    atomic_bool sync_failed;   /* the last sync that ended did so badly */
};

/*
 * What all threads share.  ${stop} ends the asking for tasks; ${hurry}, what is still to be said after that.
 */
struct serve {
    const struct serve_options *o;
    struct service service;
    const struct hello *hello;
    struct cancel stop, hurry;
    struct serve_health health;
};

/**
 * serve_run(s, e):
 * Say Hello, and do tasks until ${s}->stop is cancelled; then give the running ones at most 10 seconds to end.  All of
 * ${s} is set.  Return 0, or -1 with ${e} if the service will not have us (EX_NOPERM, EX_PROTOCOL).  ${*left} says that
 * a task was still running at the end, so that nothing that it uses may be freed.
 */
int serve_run(struct serve *s, bool *left, struct err *e);

#endif
