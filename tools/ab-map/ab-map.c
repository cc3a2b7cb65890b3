/*
 * ab-map: an airbyte-raw/1 stream to a baton-records/1 stream, by a jq filter (ab-map(1)).
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airbyte_jq.h"
#include "buf.h"
#include "confine.h"
#include "deep.h"
#include "json.h"
#include "map.h"
#include "option.h"
#include "out.h"
#include "pool.h"
#include "progress.h"
#include "startup.h"

/* The largest filter, and the most folders for its imports. */
#define FILTER_MAX ((size_t)1 << 20)
#define FOLDERS_MAX 64

/* Threads by default: as many as there are processors, but no more than this; the next stage wants some too. */
#define THREADS_DEFAULT_MAX 4

static const char usage_text[] = "usage: ab-map [-f FILTER] [-L DIR] [-j N] [--progress-fd N]\n"
                                 "              [--log-level LEVEL] [--log-format FORMAT] [INPUT]\n"
                                 "       ab-map --print-filter\n";

static const char help_text[] =
    "Map the raw stream INPUT (default: standard input) to baton records on standard\n"
    "output.\n"
    "\n"
    "  -f, --filter FILTER   the jq filter in the file FILTER instead of the built-in\n"
    "                        one\n"
    "  -L, --library DIR     look for the filter's imports in DIR (may be repeated)\n"
    "  -j, --jobs N          map in N threads (default: one for each processor, at\n"
    "                        most 4)\n"
    "      --print-filter    print the built-in filter and exit\n" PROGRESS_HELP OPTION_HELP "\n"
    "See ab-map(1), ab-raw(5), baton-records(5).\n";

enum { OPT_PRINT_FILTER = OPTION_OWN, OPT_PROGRESS_FD };

static const struct option long_options[] = {
    {"filter", required_argument, NULL, 'f'},
    {"library", required_argument, NULL, 'L'},
    {"jobs", required_argument, NULL, 'j'},
    {"print-filter", no_argument, NULL, OPT_PRINT_FILTER},
    {PROGRESS_OPTION, required_argument, NULL, OPT_PROGRESS_FD},
    OPTION_ROWS,
};

/* The command line. */
struct settings {
    const char *filter;
    const char *dirs[FOLDERS_MAX];
    size_t ndirs;
    int64_t threads;
    const char *input;
    bool print_filter;
};

static unsigned default_threads(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX : (unsigned)n;
}

static int add_folder(struct settings *s, const char *arg, struct err *e)
{
    if (s->ndirs == FOLDERS_MAX)
        return err_set(e, EX_USAGE, "-L is given more than %d times", FOLDERS_MAX);
    s->dirs[s->ndirs++] = arg;
    return 0;
}

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct settings *s = settings;

    switch (option) {
    case 'f':
        s->filter = argument;
        return 0;
    case 'L':
        return add_folder(s, argument, e);
    case 'j':
        return option_number("--jobs", argument, 1, POOL_THREADS_MAX, &s->threads, e);
    case OPT_PROGRESS_FD:
        return progress_open("ab-map", argument, e);
    default:
        s->print_filter = true;
        return 0;
    }
}

static const struct option_set command_line = {
    .name = "ab-map",
    .usage = usage_text,
    .examples = "  ab-map -f mail.jq raw.ndjson\n"
                "  ab-fetch | ab-map -f own.jq | c1z-pack -f sync.c1z\n",
    .help = help_text,
    .letters = "f:L:j:",
    .rows = long_options,
    .take = take_option,
};

/* Take the operands, and judge what can only be judged when all of the command line is known. */
static int take_operands(struct settings *s, int n, char **operands, struct err *e)
{
    if (n > 1)
        return err_set(e, EX_USAGE, "more than one INPUT");
    if (n == 1)
        s->input = operands[0];
    if (s->filter != NULL && strcmp(s->filter, "-") == 0 && strcmp(s->input, "-") == 0)
        return err_set(e, EX_USAGE, "standard input cannot be both the filter and the input");
    return 0;
}

static int open_input(const char *path, struct err *e)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    return fd >= 0 ? fd : err_sys(e, EX_NOINPUT, "cannot open '%s'", path);
}

/* Read all of ${fd}, at most FILTER_MAX bytes. */
static int read_all(int fd, const char *path, struct buf *text, struct err *e)
{
    for (;;) {
        char *to = buf_reserve(text, 4096);
        ssize_t n;

        if (to == NULL)
            return err_set(e, EX_CONFIG, "filter '%s': longer than %zu bytes", path, FILTER_MAX);
        n = read(fd, to, 4096);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, EX_IOERR, "cannot read '%s'", path);
        if (n == 0)
            return 0;
        text->len += (size_t)n;
    }
}

/* The filter of the user's own in ${path}, into ${text}: its text, or NULL with ${e}. */
static const char *read_filter(const char *path, struct buf *text, struct err *e)
{
    int fd = open_input(path, e), r;

    if (fd < 0)
        return NULL;
    r = read_all(fd, path, text, e);
    if (fd != STDIN_FILENO)
        close(fd);
    if (r == 0 && (!json_utf8(text->data, text->len) || memchr(buf_cstr(text), '\0', text->len) != NULL))
        r = err_set(e, EX_CONFIG, "filter '%s': not text in UTF-8", path);
    return r == 0 ? buf_cstr(text) : NULL;
}

/* From here on: no files but what a filter of the user's own may import, and of that none once it is compiled (pool.c). */
static void give_up_files(const struct settings *s, const struct filter_source *filter)
{
    struct confine c;

    confine_begin(&c, "ab-map");
    if (s->filter != NULL) {
        confine_read(&c, filter->origin);
        for (size_t i = 0; i < filter->ndirs; i++)
            confine_read(&c, filter->dirs[i]);
    }
    confine_enter(&c);
}

/* A run of map_stream, in a thread of its own (deep.h). */
struct task {
    const struct map_options *opt;
    int in;
    const char *name;
    int r;
    struct err *e;
};

static void *run_task(void *arg)
{
    struct task *t = arg;

    t->r = map_stream(t->opt, t->in, t->name, STDOUT_FILENO, t->e);
    return NULL;
}

static int map_deep(const struct map_options *opt, int in, const char *name, struct err *e)
{
    struct task task = {.opt = opt, .in = in, .name = name, .r = -1, .e = e};
    pthread_t thread;
    int failed = deep_thread(&thread, run_task, &task);

    if (failed != 0)
        return err_set(e, EX_OSERR, "cannot start a thread: %s", strerror(failed));
    /* The thread is what compiles; this one only waits for it. */
    confine_self("ab-map", NULL, NULL);
    pthread_join(thread, NULL);
    return task.r;
}

static int map_input(const struct settings *s, struct err *e)
{
    struct map_options opt = {.threads = (unsigned)s->threads};
    char *path = strdup(s->filter != NULL ? s->filter : ".");
    struct buf text;
    int fd, r = -1;

    if (path == NULL)
        return err_sys(e, EX_OSERR, "the filter");
    buf_init(&text, FILTER_MAX);
    opt.filter =
        (struct filter_source){.text = airbyte_jq, .origin = dirname(path), .dirs = s->dirs, .ndirs = s->ndirs};
    if (s->filter != NULL)
        opt.filter.text = read_filter(s->filter, &text, e);
    fd = opt.filter.text != NULL ? open_input(s->input, e) : -1;
    give_up_files(s, &opt.filter);
    if (fd >= 0)
        r = map_deep(&opt, fd, strcmp(s->input, "-") == 0 ? "standard input" : s->input, e);
    buf_release(&text);
    free(path);
    return r;
}

static int run_map(const struct settings *s, struct err *e)
{
    if (s->print_filter)
        return out_print(e, airbyte_jq, NULL);
    filter_global_init();
    filter_limit_memory((unsigned)s->threads);
    return map_input(s, e);
}

int main(int argc, char **argv)
{
    struct settings s = {.input = "-", .threads = default_threads()};
    struct err e = {0};
    int r;

    startup_begin("ab-map");
    r = option_parse(&command_line, &s, argc, argv, &e);
    if (r == 0)
        r = take_operands(&s, argc - optind, argv + optind, &e);
    if (r == 0)
        r = run_map(&s, &e);
    return option_end(&command_line, r, &e);
}
