/*
 * c1z-cat: a sync of a .c1z as baton records.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cat.h"
#include "fds.h"
#include "log.h"
#include "out.h"

static const char usage_line[] =
    "usage: c1z-cat [-f FILE] [--sync ID] [--log-level LEVEL] [--log-format FORMAT] [KIND...]\n";

static const char help_text[] = "Print a sync of a .c1z file as baton records.\n"
                                "\n"
                                "KIND is resource-types, resources, entitlements or grants (default: all four), or\n"
                                "syncs, which lists the syncs in the file.\n"
                                "\n"
                                "  -f, --file FILE       the .c1z to read (default: sync.c1z)\n"
                                "      --sync ID         the sync to print (default: the latest finished full one)\n"
                                "      --log-level LEVEL debug, info, warn or error\n"
                                "      --log-format FORMAT  console or json\n"
                                "  -h, --help            print this help\n"
                                "  -v, --version         print the version\n";

enum { OPT_SYNC = 256, OPT_LOG_LEVEL, OPT_LOG_FORMAT };

static const struct option long_options[] = {
    {"file", required_argument, NULL, 'f'},
    {"sync", required_argument, NULL, OPT_SYNC},
    {"log-level", required_argument, NULL, OPT_LOG_LEVEL},
    {"log-format", required_argument, NULL, OPT_LOG_FORMAT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* Take one option. Return 0, 1 for one that is answered at once (help, version), or -1. */
static int take(struct cat_options *o, int option, char **argv, struct err *e)
{
    switch (option) {
    case 'f':
        o->file = optarg;
        return *optarg != '\0' ? 0 : err_set(e, EX_USAGE, "--file: empty name");
    case OPT_SYNC:
        o->sync = optarg;
        return 0;
    case OPT_LOG_LEVEL:
        return log_set_level(optarg, e);
    case OPT_LOG_FORMAT:
        return log_set_format(optarg, e);
    case 'h':
        return out_print(e, usage_line, "\n", help_text, NULL) == 0 ? 1 : -1;
    case 'v':
        return out_print(e, "c1z-cat " AB_VERSION "\n", NULL) == 0 ? 1 : -1;
    case ':':
        return err_set(e, EX_USAGE, "%s: needs an argument", argv[optind - 1]);
    default:
        /* A short option has a letter; a long one is known by its text alone. */
        if (optopt > 0 && optopt < OPT_SYNC)
            return err_set(e, EX_USAGE, "unknown option '-%c'", optopt);
        return err_set(e, EX_USAGE, "unknown option '%s'", argv[optind - 1]);
    }
}

static int take_kind(struct cat_options *o, const char *name, struct err *e)
{
    if (strcmp(name, "syncs") == 0) {
        o->syncs = true;
        return 0;
    }
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (strcmp(name, kind_names(kind)->plural) == 0) {
            o->kinds[kind] = true;
            return 0;
        }
    return err_set(e, EX_USAGE, "no such kind of records: '%s'", name);
}

static int parse(struct cat_options *o, int argc, char **argv, struct err *e)
{
    int option, r;

    while ((option = getopt_long(argc, argv, ":f:hv", long_options, NULL)) != -1) {
        r = take(o, option, argv, e);
        if (r != 0)
            return r;
    }
    for (int i = optind; i < argc; i++)
        if (take_kind(o, argv[i], e) < 0)
            return -1;
    if (o->syncs && argc - optind > 1)
        return err_set(e, EX_USAGE, "syncs cannot be asked for together with records");
    for (enum kind kind = 0; optind == argc && kind < KIND_COUNT; kind++)
        o->kinds[kind] = true;
    return 0;
}

int main(int argc, char **argv)
{
    struct cat_options o = {.file = "sync.c1z"};
    struct err e = {0};
    int r;

    fds_hold_standard();
    log_init("c1z-cat");
    r = parse(&o, argc, argv, &e);
    if (r == 0)
        r = cat_run(&o, &e);
    if (r >= 0)
        return 0;
    log_failure(&e);
    if (e.status == EX_USAGE)
        fputs(usage_line, stderr);
    return e.status;
}
