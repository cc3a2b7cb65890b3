#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "child.h"
#include "log.h"
#include "secretfd.h"
#include "workdir.h"

/* The arguments that are put behind the driver's own, and their ends. */
#define OWN_ARGS 10

/* A sync in hand. ${arg} are the arguments made for it, which it owns. */
struct sync {
    struct serve *s;
    const struct task *t;
    struct cancel *cancel;
    struct workdir dir;
    char *file;
    int secret_fd;
    char *arg[OWN_ARGS];
    size_t nargs;
    bool failed; /* an argument could not be made */
};

static void fail(struct outcome *o, int code, const char *text)
{
    *o = (struct outcome){.failed = true};
    status_set(&o->status, code, "%s", text);
}

/* ---- What the task wants. ---- */

static bool is_known_type(const struct hello *h, const char *id, size_t len)
{
    for (size_t i = 0; i < h->ntypes; i++)
        if (bytes_equal(h->type[i]->id.data, h->type[i]->id.len, id, len))
            return true;
    return false;
}

/* Whether every type in the list, separated by commas, is one of ours; else ${o} names the first that is not. */
static bool are_known_types(const struct hello *h, const char *types, struct outcome *o)
{
    for (const char *at = types; at != NULL;) {
        size_t len = strcspn(at, ",");

        if (!is_known_type(h, at, len)) {
            *o = (struct outcome){.failed = true};
            status_set(
                &o->status, GRPC_UNKNOWN, "invalid resource type '%.*s' in filter", (int)(len < 200 ? len : 200), at);
            return false;
        }
        at = at[len] == ',' ? at + len + 1 : NULL;
    }
    return true;
}

static bool can_do(const struct sync *y, struct outcome *o)
{
    if (y->t->targeted) {
        fail(o, GRPC_UNIMPLEMENTED, "targeted sync is not supported");
        o->final = true;
        return false;
    }
    if (y->t->typed && y->t->types == NULL) {
        fail(o, GRPC_UNKNOWN, "invalid resource type in filter");
        return false;
    }
    return !y->t->typed || are_known_types(y->s->hello, y->t->types, o);
}

/* ---- The driver's command. ---- */

static void add_arg(struct sync *y, const char *name, const char *value)
{
    if (asprintf(&y->arg[y->nargs], "--%s=%s", name, value) < 0)
        y->failed = true;
    else
        y->nargs++;
}

static void add_engine(struct sync *y)
{
    const char *engine = y->t->engine;

    if (*engine == '\0' || y->s->o->engine_fixed)
        return;
    if (strcmp(engine, "sqlite") == 0 || strcmp(engine, "pebble") == 0)
        add_arg(y, "storage-engine", engine);
    else
        log_warn("a storage engine that is not known was asked for", LOG_STR("engine", engine));
}

/* The flags that say nothing hide variables and config file: one run that asks Airbyte, not a service in the service. */
static void add_args(struct sync *y)
{
    const char *types = y->t->types != NULL ? y->t->types : y->s->o->types;
    char fd[32];

    add_arg(y, "client-id", "");
    add_arg(y, "client-secret", "");
    add_arg(y, "from", "");
    add_arg(y, "dry-run", "false");
    add_arg(y, "file", y->file);
    if (y->secret_fd >= 0) {
        snprintf(fd, sizeof(fd), "/dev/fd/%d", y->secret_fd);
        add_arg(y, "airbyte-client-secret-file", fd);
    }
    add_engine(y);
    if (types != NULL)
        add_arg(y, "sync-resource-types", types);
    if (y->t->skip_grants)
        add_arg(y, "skip-grants", "true");
    if (y->t->skip_entitlements_and_grants)
        add_arg(y, "skip-entitlements-and-grants", "true");
}

/* The driver's words and ours behind them, or NULL without memory. The array is the caller's, the words are not. */
static const char **join_args(const struct sync *y)
{
    const char *const *driver = y->s->o->driver;
    size_t n = 0;
    const char **argv;

    while (driver[n] != NULL)
        n++;
    argv = calloc(n + y->nargs + 1, sizeof(*argv));
    if (argv == NULL)
        return NULL;
    memcpy(argv, driver, n * sizeof(*argv));
    for (size_t i = 0; i < y->nargs; i++)
        argv[n + i] = y->arg[i];
    return argv;
}

static int run_driver(struct sync *y, int *status, struct err *e)
{
    struct child c = {.tmpdir = y->dir.path, .secret_fd = -1};
    const char **argv;
    int r;

    if (y->s->o->secret_fd >= 0 && (y->secret_fd = secretfd_open(y->s->o->secret_fd, e)) < 0)
        return -1;
    add_args(y);
    argv = y->failed ? NULL : join_args(y);
    if (argv == NULL)
        return err_set(e, EX_OSERR, "no memory");
    c.argv = argv;
    c.secret_fd = y->secret_fd;
    r = child_run(&c, y->cancel, status, e);
    free(argv);
    return r;
}

/* The SDK's answer to --skip-full-sync: a sync of no rows, which is uploaded all the same. */
static int make_empty(struct sync *y, int *status, struct err *e)
{
    static const char records[] = "{\"stream\":\"begin\",\"schema\":\"baton-records/1\",\"source\":\"local\","
                                  "\"startedAt\":\"1970-01-01T00:00:00Z\"}\n{\"stream\":\"end\",\"records\":0}\n";
    const char *const argv[] = {y->s->o->pack, "--allow-empty", "-f", y->file, NULL};
    struct child c = {.argv = argv, .tmpdir = y->dir.path, .secret_fd = -1, .input = records};

    log_warn("full syncs are skipped: the service gets an empty one", LOG_STR("task", y->t->id));
    return child_run(&c, y->cancel, status, e);
}

/* ---- The file. ---- */

/* What the driver's status means. Return whether there is a file to upload. */
static bool judge_run(const struct sync *y, int status, struct outcome *o)
{
    char text[128];

    if (status == 0)
        return true;
    if (status == AB_EX_INCOMPLETE) {
        log_warn("the sync is incomplete, and is uploaded so", LOG_STR("task", y->t->id));
        return true;
    }
    snprintf(text, sizeof(text), "the sync failed with status %d", status);
    fail(o, status == EX_TEMPFAIL || status == EX_UNAVAILABLE ? GRPC_UNAVAILABLE : GRPC_UNKNOWN, text);
    return false;
}

static bool make_file(struct sync *y, struct outcome *o)
{
    struct err e = {0};
    int status = 0, r = y->s->o->skip_full_sync ? make_empty(y, &status, &e) : run_driver(y, &status, &e);

    if (cancel_reason(y->cancel) != CANCEL_NOT)
        fail(o, GRPC_CANCELLED, cancel_text(cancel_reason(y->cancel)));
    else if (r < 0)
        fail(o, GRPC_INTERNAL, e.msg);
    else
        return judge_run(y, status, o);
    return false;
}

static void upload_file(struct sync *y, struct outcome *o)
{
    int fd = open(y->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    *o = (struct outcome){0};
    if (fd < 0) {
        fail(o, GRPC_INTERNAL, "the sync ended well, but its file cannot be opened");
        return;
    }
    o->failed = service_upload(&y->s->service, y->t->id, fd, y->cancel, &o->status) < 0;
    close(fd);
}

static void do_sync(struct sync *y, struct outcome *o)
{
    struct err e = {0};

    if (!can_do(y, o))
        return;
    if (workdir_make(&y->dir, y->s->o->temp_dir, SERVE_FOLDER, &e) < 0)
        fail(o, GRPC_INTERNAL, e.msg);
    else if (asprintf(&y->file, "%s/sync.c1z", y->dir.path) < 0)
        fail(o, GRPC_INTERNAL, "no memory");
    else if (make_file(y, o))
        upload_file(y, o);
}

void sync_task(struct serve *s, const struct task *t, struct cancel *cancel, struct outcome *o)
{
    struct sync y = {.s = s, .t = t, .cancel = cancel, .dir = {.fd = -1}, .secret_fd = -1};

    do_sync(&y, o);
    workdir_remove(&y.dir);
    if (y.secret_fd >= 0)
        close(y.secret_fd);
    for (size_t i = 0; i < y.nargs; i++)
        free(y.arg[i]);
    free(y.file);
}
