/*
 * c1-serve: work for ConductorOne: ask for tasks, and have a sync made and uploaded for each that wants one.
 */
#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "credential.h"
#include "guard.h"
#include "health.h"
#include "http.h"
#include "log.h"
#include "number.h"
#include "option.h"
#include "pace.h"
#include "secret.h"
#include "secretfd.h"
#include "serve.h"
#include "setting.h"
#include "sibling.h"
#include "startup.h"
#include "tempfile.h"
#include "workdir.h"

#define HEALTH_PORT 8081
#define HEALTH_ADDRESS "127.0.0.1"

enum {
    OPT_CLIENT_ID = OPTION_OWN,
    OPT_CLIENT_SECRET_FILE,
    OPT_AIRBYTE_SECRET_FILE,
    OPT_TASKS,
    OPT_TEMP_DIR,
    OPT_TYPES,
    OPT_SKIP,
    OPT_HEALTH,
    OPT_HEALTH_PORT,
    OPT_HEALTH_ADDRESS,
};

/* What the command line says. */
struct settings {
    const char *client_id, *secret_file, *airbyte_secret_file, *temp_dir, *types, *health_address;
    int64_t tasks, health_port;
    bool skip_full_sync, health;
    char **driver;
};

static const struct option rows[] = {
    {"client-id", required_argument, NULL, OPT_CLIENT_ID},
    {"client-secret-file", required_argument, NULL, OPT_CLIENT_SECRET_FILE},
    {"airbyte-client-secret-file", required_argument, NULL, OPT_AIRBYTE_SECRET_FILE},
    {"task-concurrency", required_argument, NULL, OPT_TASKS},
    {"c1z-temp-dir", required_argument, NULL, OPT_TEMP_DIR},
    {"sync-resource-types", required_argument, NULL, OPT_TYPES},
    {"skip-full-sync", no_argument, NULL, OPT_SKIP},
    {"health-check", no_argument, NULL, OPT_HEALTH},
    {"health-check-port", required_argument, NULL, OPT_HEALTH_PORT},
    {"health-check-bind-address", required_argument, NULL, OPT_HEALTH_ADDRESS},
    OPTION_ROWS,
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct settings *s = settings;

    switch (option) {
    case OPT_CLIENT_ID:
        s->client_id = argument;
        return 0;
    case OPT_CLIENT_SECRET_FILE:
        s->secret_file = argument;
        return 0;
    case OPT_AIRBYTE_SECRET_FILE:
        s->airbyte_secret_file = argument;
        return 0;
    case OPT_TASKS:
        return option_number("--task-concurrency", argument, 1, SERVE_TASKS_MAX, &s->tasks, e);
    case OPT_TEMP_DIR:
        s->temp_dir = argument;
        return 0;
    case OPT_TYPES:
        s->types = *argument != '\0' ? argument : NULL;
        return 0;
    case OPT_SKIP:
        s->skip_full_sync = true;
        return 0;
    case OPT_HEALTH:
        s->health = true;
        return 0;
    case OPT_HEALTH_PORT:
        return option_number("--health-check-port", argument, 0, UINT16_MAX, &s->health_port, e);
    default:
        s->health_address = argument;
        return 0;
    }
}

static const struct option_set command_line = {
    .name = "c1-serve",
    .usage = "usage: c1-serve [OPTION]... [DRIVER [ARGUMENT...]]\n",
    .examples = "  c1-serve --airbyte-client-secret-file airbyte.secret\n",
    .help = "Work for ConductorOne: ask for tasks, have a sync made for each that wants one,\n"
            "and upload it. DRIVER makes the file (default: baton-airbyte); it gets --file\n"
            "and what the task asks for behind its ARGUMENTs.\n"
            "\n"
            "      --client-id ID    ConductorOne's client id (default: BATON_CLIENT_ID)\n"
            "      --client-secret-file FILE\n"
            "                        the file with ConductorOne's client secret, - for\n"
            "                        standard input (default: BATON_CLIENT_SECRET, or the\n"
            "                        credential client-secret)\n"
            "      --airbyte-client-secret-file FILE\n"
            "                        the file with Airbyte's client secret, read once and\n"
            "                        handed to each run of DRIVER (default: DRIVER finds it\n"
            "                        by itself)\n"
            "      --task-concurrency N\n"
            "                        tasks at a time, 1 to 100 (default: 3)\n"
            "      --c1z-temp-dir DIR\n"
            "                        where files are made (default: BATON_TMPDIR, TMPDIR or\n"
            "                        /tmp)\n"
            "      --sync-resource-types LIST\n"
            "                        the types to sync where a task names none\n"
            "      --skip-full-sync  upload an empty sync instead\n"
            "      --health-check    answer /live, /ready and /health by HTTP\n"
            "      --health-check-port PORT\n"
            "                        on this port (default: 8081)\n"
            "      --health-check-bind-address ADDRESS\n"
            "                        and this address (default: 127.0.0.1)\n" OPTION_HELP,
    .letters = "+",
    .rows = rows,
    .take = take_option,
};

/* The signal handler has no argument, so what it cancels must be of file scope. Written before the handler is set. */
static struct cancel *to_stop;

/* The first signal asks to end in order, the second ends. */
static void on_signal(int number)
{
    if (cancel_reason(to_stop) != CANCEL_NOT)
        _exit(128 + number);
    cancel_now(to_stop, CANCEL_BY_SHUTDOWN);
}

static void catch_signals(struct cancel *stop)
{
    struct sigaction action = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

    to_stop = stop;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    /* A connection that is gone shows as an error of the write. */
    sigaction(SIGPIPE, &ignore, NULL);
}

/* ---- Settings. ---- */

static int check_settings(struct settings *s, char **operands, struct err *e)
{
    static char name[] = "baton-airbyte", *standard[] = {name, NULL};
    struct stat st;

    s->driver = *operands != NULL ? operands : standard;
    if (s->temp_dir == NULL)
        s->temp_dir = setting_text("BATON_TMPDIR");
    if (s->temp_dir == NULL)
        s->temp_dir = tempfile_dir();
    if (s->client_id == NULL)
        s->client_id = setting_text("BATON_CLIENT_ID");
    if (s->client_id == NULL)
        return err_set(e, EX_CONFIG, "the client id is not set: use --client-id or BATON_CLIENT_ID");
    if (stat(s->temp_dir, &st) < 0 || !S_ISDIR(st.st_mode))
        return err_set(e, EX_CONFIG, "the specified c1z temp dir does not exist: %s", s->temp_dir);
    return pace_init(e);
}

/* Who we are. Only the key of the secret is one: the words before it stand in every secret, and in host names. */
static int read_credential(const struct settings *s, struct credential *c, struct err *e)
{
    static const struct secret_place place = {"BATON_CLIENT_SECRET", "client-secret"};
    struct secret secret = {0};
    int r = secret_read(&secret, &place, s->secret_file, e);

    if (r == 0)
        r = credential_parse(c, s->client_id, secret.text, e);
    if (r == 0) {
        const char *key = strrchr(secret.text, ':') + 1;

        guard_secret(key, strlen(key));
    }
    secret_wipe(&secret);
    return r;
}

/* The descriptor of Airbyte's secret for all runs, or -1 for none. */
static int keep_airbyte_secret(const char *file, int *fd, struct err *e)
{
    int from;

    *fd = -1;
    if (file == NULL)
        return 0;
    from = secret_open(file, e);
    if (from < 0)
        return -1;
    *fd = secretfd_keep(from, e);
    return *fd >= 0 ? 0 : -1;
}

/* Whether the driver is told the engine by its arguments or the environment, so that a task cannot choose. */
static bool is_engine_fixed(char **driver)
{
    static const char flag[] = "--storage-engine";

    for (; *driver != NULL; driver++)
        if (strncmp(*driver, flag, sizeof(flag) - 1) == 0)
            return true;
    return setting_text("BATON_STORAGE_ENGINE") != NULL;
}

/*
 * What the mapping says is synced, in ${records}: it is asked with a stream that holds nothing.  Return 0, 1 if the
 * program was asked to end meanwhile, or -1 with ${e}.
 */
static int ask_mapping(struct cancel *stop, struct buf *records, struct err *e)
{
    static const char nothing[] = "{\"stream\":\"begin\",\"schema\":\"airbyte-raw/1\",\"source\":\"https://localhost\","
                                  "\"startedAt\":\"1970-01-01T00:00:00Z\"}\n{\"stream\":\"end\",\"records\":0}\n";
    char path[PATH_MAX];
    const char *const argv[] = {path, NULL};
    struct child c = {.argv = argv, .secret_fd = -1, .input = nothing, .output = records};
    int status;

    sibling_path("ab-map", path);
    if (child_run(&c, stop, &status, e) < 0)
        return -1;
    if (cancel_reason(stop) != CANCEL_NOT)
        return 1;
    return status == 0 ? 0 : err_set(e, EX_SOFTWARE, "ab-map, asked for the resource types, ended with %d", status);
}

/* ---- The service. ---- */

static int serve_with_health(const struct settings *s, struct serve *v, bool *left, struct err *e)
{
    struct health *health = NULL;
    int r;

    if (s->health) {
        health = health_begin(s->health_address, (uint16_t)s->health_port, &v->health, e);
        if (health == NULL)
            return -1;
        log_debug(
            "health checks are answered", LOG_STR("address", s->health_address), LOG_INT("port", health_port(health)));
    }
    r = serve_run(v, left, e);
    health_end(health);
    return r;
}

static int serve_as(
    const struct settings *s, const struct serve_options *o, const struct credential *c, struct serve *v, struct err *e)
{
    struct hello hello;
    struct buf records;
    bool left = false;
    int r;

    buf_init(&records, (size_t)1 << 20);
    r = ask_mapping(&v->stop, &records, e);
    if (r == 0)
        r = hello_init(&hello, &records, e);
    buf_release(&records);
    if (r != 0)
        return r;
    v->o = o;
    v->hello = &hello;
    v->service.host_id = hello_host_id(&hello);
    r = rpc_service_init(&v->service.rpc, c, e);
    if (r == 0)
        r = serve_with_health(s, v, &left, e);
    /* A thread that did not end in time still uses all of this: it goes with the process. */
    if (left)
        _exit(r < 0 ? log_failure(e) : 0);
    rpc_service_release(&v->service.rpc);
    hello_release(&hello);
    return r;
}

static int run_service(const struct settings *s, struct err *e)
{
    static struct serve v;
    char pack[PATH_MAX];
    struct serve_options o = {.driver = (const char *const *)s->driver,
        .pack = pack,
        .temp_dir = s->temp_dir,
        .types = s->types,
        .skip_full_sync = s->skip_full_sync,
        .engine_fixed = is_engine_fixed(s->driver),
        .tasks = (unsigned)s->tasks};
    struct credential c;
    int r = read_credential(s, &c, e);

    if (r < 0)
        return -1;
    sibling_path("c1z-pack", pack);
    unsetenv("BATON_CLIENT_ID");
    r = keep_airbyte_secret(s->airbyte_secret_file, &o.secret_fd, e);
    /* Both secrets are here, and a driver that could look there would find ConductorOne's. */
    if (o.secret_fd >= 0)
        unsetenv("CREDENTIALS_DIRECTORY");
    if (r == 0 && cancel_init(&v.stop, e) == 0 && cancel_init(&v.hurry, e) == 0) {
        catch_signals(&v.stop);
        workdir_sweep(s->temp_dir, SERVE_FOLDER);
        r = serve_as(s, &o, &c, &v, e);
    } else {
        r = -1;
    }
    credential_release(&c);
    return r;
}

static int run_with_curl(const struct settings *s, struct err *e)
{
    int r;

    if (http_global_init(e) < 0)
        return -1;
    r = http_trust(NULL, e) < 0 || h2_global_init(e) < 0 ? -1 : run_service(s, e);
    h2_global_cleanup();
    http_global_cleanup();
    return r;
}

int main(int argc, char **argv)
{
    struct settings s = {.tasks = SERVE_TASKS_DEFAULT, .health_port = HEALTH_PORT, .health_address = HEALTH_ADDRESS};
    struct err e = {0};
    int r;

    startup_begin("c1-serve");
    r = option_parse(&command_line, &s, argc, argv, &e);
    if (r == 0)
        r = check_settings(&s, argv + optind, &e);
    if (r == 0)
        r = run_with_curl(&s, &e);
    return option_end(&command_line, r, &e);
}
