/*
 * ab-map: an airbyte-raw/1 stream to a baton-records/1 stream, by a jq filter (ab-map(1)).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airbyte_jq.h"
#include "buf.h"
#include "fds.h"
#include "json.h"
#include "log.h"
#include "map.h"
#include "out.h"
#include "pool.h"

/* The largest filter, and the most folders for its imports. */
#define FILTER_MAX ((size_t)1 << 20)
#define FOLDERS_MAX 64

/* Threads by default: as many as there are processors, but no more than this; the next stage wants some too. */
#define THREADS_DEFAULT_MAX 4

static const char usage[] =
    "usage: ab-map [-f FILTER] [-L DIR] [-j N] [--log-level LEVEL] [--log-format FORMAT] [INPUT]\n"
    "       ab-map --print-filter\n";

static const char help[] =
    "\nMap the raw stream INPUT (default: standard input) to baton records on standard output.\n\n"
    "  -f, --filter FILTER   the jq filter in the file FILTER instead of the built-in one\n"
    "  -L, --library DIR     look for the filter's imports in DIR (may be repeated)\n"
    "  -j, --jobs N          map in N threads (default: one for each processor, at most 4)\n"
    "      --print-filter    print the built-in filter and exit\n"
    "      --log-level LEVEL debug, info, warn or error (default: BATON_LOG_LEVEL, or info)\n"
    "      --log-format FORMAT\n"
    "                        console or json (default: BATON_LOG_FORMAT, or console)\n"
    "  -h, --help            print this and exit\n"
    "  -v, --version         print the version and exit\n\n"
    "See ab-map(1), ab-raw(5), baton-records(5).\n";

/* The command line. What is not printed is mapped. */
struct settings {
    const char *filter;
    const char *dirs[FOLDERS_MAX];
    size_t ndirs;
    unsigned threads;
    const char *input;
    enum { DO_MAP, DO_HELP, DO_VERSION, DO_PRINT_FILTER } what;
};

static unsigned default_threads(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX : (unsigned)n;
}

static int set_threads(struct settings *s, const char *arg, struct err *e)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(arg, &end, 10);
    if (end == arg || *end != '\0' || errno != 0 || n < 1 || n > POOL_THREADS_MAX)
        return err_set(e, EX_USAGE, "-j: '%s' is not a number from 1 to %d", arg, POOL_THREADS_MAX);
    s->threads = (unsigned)n;
    return 0;
}

static int add_folder(struct settings *s, const char *arg, struct err *e)
{
    if (s->ndirs == FOLDERS_MAX)
        return err_set(e, EX_USAGE, "-L is given more than %d times", FOLDERS_MAX);
    s->dirs[s->ndirs++] = arg;
    return 0;
}

/* getopt's own complaint goes into ${e} instead of straight to standard error. */
static int bad_option(int c, char **argv, struct err *e)
{
    const char *arg = argv[optind - 1];

    if (c == ':')
        return err_set(e, EX_USAGE, "option '%s' needs an argument", arg);
    if (optopt != 0 && arg[1] != '-')
        return err_set(e, EX_USAGE, "unknown option '-%c'", optopt);
    return err_set(e, EX_USAGE, "unknown option '%s'", arg);
}

static int set_option(struct settings *s, int c, char **argv, struct err *e)
{
    switch (c) {
    case 'f':
        s->filter = optarg;
        return 0;
    case 'L':
        return add_folder(s, optarg, e);
    case 'j':
        return set_threads(s, optarg, e);
    case 'h':
        s->what = DO_HELP;
        return 0;
    case 'v':
        s->what = DO_VERSION;
        return 0;
    case 'p':
        s->what = DO_PRINT_FILTER;
        return 0;
    case 'l':
        return log_set_level(optarg, e);
    case 'F':
        return log_set_format(optarg, e);
    default:
        return bad_option(c, argv, e);
    }
}

static int parse(struct settings *s, int argc, char **argv, struct err *e)
{
    static const struct option options[] = {{"filter", required_argument, NULL, 'f'},
        {"library", required_argument, NULL, 'L'}, {"jobs", required_argument, NULL, 'j'},
        {"print-filter", no_argument, NULL, 'p'}, {"log-level", required_argument, NULL, 'l'},
        {"log-format", required_argument, NULL, 'F'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'}, {0}};
    int c;

    *s = (struct settings){.input = "-", .threads = default_threads()};
    opterr = 0;
    while ((c = getopt_long(argc, argv, ":f:L:j:hv", options, NULL)) != -1) {
        if (set_option(s, c, argv, e) < 0)
            return -1;
        if (s->what == DO_HELP || s->what == DO_VERSION)
            return 0;
    }
    if (argc - optind > 1)
        return err_set(e, EX_USAGE, "more than one INPUT");
    if (optind < argc)
        s->input = argv[optind];
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

static int map(const struct settings *s, struct err *e)
{
    struct map_options opt = {.threads = s->threads};
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
    if (opt.filter.text != NULL && (fd = open_input(s->input, e)) >= 0)
        r = map_stream(&opt, fd, strcmp(s->input, "-") == 0 ? "standard input" : s->input, STDOUT_FILENO, e);
    buf_release(&text);
    free(path);
    return r;
}

static int run(const struct settings *s, struct err *e)
{
    switch (s->what) {
    case DO_HELP:
        return out_print(e, usage, help, NULL);
    case DO_VERSION:
        return out_print(e, "ab-map " AB_VERSION, "\n", NULL);
    case DO_PRINT_FILTER:
        return out_print(e, airbyte_jq, NULL);
    case DO_MAP:
        break;
    }
    filter_global_init();
    return map(s, e);
}

int main(int argc, char **argv)
{
    struct settings s;
    struct err e = {0};

    fds_hold_standard();
    log_init("ab-map");
    if (parse(&s, argc, argv, &e) < 0) {
        log_failure(&e);
        fputs(usage, stderr);
        return e.status;
    }
    return run(&s, &e) < 0 ? log_failure(&e) : 0;
}
