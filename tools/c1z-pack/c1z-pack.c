/*
 * c1z-pack: check, expand and pack baton records into a .c1z.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1z.h"
#include "fds.h"
#include "ksuid.h"
#include "log.h"
#include "out.h"
#include "pack.h"

#define KEEP_MAX 1000000

static const char usage_line[] =
    "usage: c1z-pack [-f FILE] [--keep N] [--no-expand] [--unframed] [--check] [--sync-id KSUID]\n"
    "                [--lock-fd N] [--go-fd N] [-l LEVEL] [-T THREADS] [--log-level LEVEL] [--log-format FORMAT] "
    "[INPUT]\n";

static const char help_text[] = "Check baton records from INPUT (default: standard input), expand their grants, and\n"
                                "add them to a .c1z file as a finished sync.\n"
                                "\n"
                                "  -f, --file FILE       the .c1z to write (default: sync.c1z)\n"
                                "      --keep N          keep the newest N finished full syncs (default: 2)\n"
                                "      --no-expand       the input is a finished sync: store it as it is\n"
                                "      --unframed        the input is plain record lines, without begin and end lines\n"
                                "      --check           do everything but write FILE\n"
                                "      --sync-id KSUID   the id of the sync (default: a new one)\n"
                                "  -l, --level LEVEL     compression, 1 to 19 (default: 3)\n"
                                "  -T, --threads N       threads that compress (default: 2)\n"
                                "      --lock-fd N       descriptor N is the lock of FILE, held by the caller\n"
                                "      --go-fd N         before FILE is replaced, wait for a byte on descriptor N\n"
                                "      --log-level LEVEL debug, info, warn or error\n"
                                "      --log-format FORMAT  console or json\n"
                                "  -h, --help            print this help\n"
                                "  -v, --version         print the version\n";

enum {
    OPT_KEEP = 256,
    OPT_NO_EXPAND,
    OPT_UNFRAMED,
    OPT_CHECK,
    OPT_SYNC_ID,
    OPT_LOCK_FD,
    OPT_GO_FD,
    OPT_LOG_LEVEL,
    OPT_LOG_FORMAT
};

static const struct option long_options[] = {
    {"file", required_argument, NULL, 'f'},
    {"keep", required_argument, NULL, OPT_KEEP},
    {"no-expand", no_argument, NULL, OPT_NO_EXPAND},
    {"unframed", no_argument, NULL, OPT_UNFRAMED},
    {"check", no_argument, NULL, OPT_CHECK},
    {"sync-id", required_argument, NULL, OPT_SYNC_ID},
    {"lock-fd", required_argument, NULL, OPT_LOCK_FD},
    {"go-fd", required_argument, NULL, OPT_GO_FD},
    {"level", required_argument, NULL, 'l'},
    {"threads", required_argument, NULL, 'T'},
    {"log-level", required_argument, NULL, OPT_LOG_LEVEL},
    {"log-format", required_argument, NULL, OPT_LOG_FORMAT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static int number(const char *option, const char *text, int max, int *n, struct err *e)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || value < 1 || value > max)
        return err_set(e, EX_USAGE, "%s: expected a number from 1 to %d, not '%s'", option, max, text);
    *n = (int)value;
    return 0;
}

/* Take one option. Return 0, 1 for one that is answered at once (help, version), or -1. */
static int take(struct pack_options *o, int option, char **argv, struct err *e)
{
    switch (option) {
    case 'f':
        o->file = optarg;
        return *optarg != '\0' ? 0 : err_set(e, EX_USAGE, "--file: empty name");
    case OPT_KEEP:
        return number("--keep", optarg, KEEP_MAX, &o->keep, e);
    case OPT_NO_EXPAND:
        o->no_expand = true;
        return 0;
    case OPT_UNFRAMED:
        o->unframed = true;
        return 0;
    case OPT_CHECK:
        o->check = true;
        return 0;
    case OPT_SYNC_ID:
        o->sync_id = optarg;
        return ksuid_valid(optarg) ? 0 : err_set(e, EX_USAGE, "--sync-id: not a KSUID: '%s'", optarg);
    case OPT_LOCK_FD:
        return number("--lock-fd", optarg, INT_MAX, &o->lock_fd, e);
    case OPT_GO_FD:
        return number("--go-fd", optarg, INT_MAX, &o->go_fd, e);
    case 'l':
        return number("--level", optarg, C1Z_LEVEL_MAX, &o->level, e);
    case 'T':
        return number("--threads", optarg, C1Z_THREADS_MAX, &o->threads, e);
    case OPT_LOG_LEVEL:
        return log_set_level(optarg, e);
    case OPT_LOG_FORMAT:
        return log_set_format(optarg, e);
    case 'h':
        return out_print(e, usage_line, "\n", help_text, NULL) == 0 ? 1 : -1;
    case 'v':
        return out_print(e, "c1z-pack " AB_VERSION "\n", NULL) == 0 ? 1 : -1;
    case ':':
        return err_set(e, EX_USAGE, "%s: needs an argument", argv[optind - 1]);
    default:
        /* A short option has a letter; a long one is known by its text alone. */
        if (optopt > 0 && optopt < OPT_KEEP)
            return err_set(e, EX_USAGE, "unknown option '-%c'", optopt);
        return err_set(e, EX_USAGE, "unknown option '%s'", argv[optind - 1]);
    }
}

static int parse(struct pack_options *o, int argc, char **argv, struct err *e)
{
    int option, r;

    while ((option = getopt_long(argc, argv, ":f:l:T:hv", long_options, NULL)) != -1) {
        r = take(o, option, argv, e);
        if (r != 0)
            return r;
    }
    if (argc - optind > 1)
        return err_set(e, EX_USAGE, "more than one input");
    if (optind < argc)
        o->input = argv[optind];
    return 0;
}

int main(int argc, char **argv)
{
    struct pack_options o = {.file = "sync.c1z",
        .input = "-",
        .level = C1Z_LEVEL_DEFAULT,
        .threads = C1Z_THREADS_DEFAULT,
        .lock_fd = -1,
        .go_fd = -1};
    struct err e = {0};
    int r;

    fds_hold_standard();
    log_init("c1z-pack");
    r = parse(&o, argc, argv, &e);
    if (r == 0)
        r = pack_run(&o, &e);
    if (r >= 0)
        return 0;
    log_failure(&e);
    if (e.status == EX_USAGE)
        fputs(usage_line, stderr);
    return e.status;
}
