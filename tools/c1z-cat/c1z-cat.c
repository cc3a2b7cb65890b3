/*
 * c1z-cat: a sync of a .c1z as baton records.
 */
#include <getopt.h>

#include "cat.h"
#include "confine.h"
#include "option.h"
#include "startup.h"
#include "tempfile.h"

enum { OPT_SYNC = OPTION_OWN };

static const struct option rows[] = {
    {"file", required_argument, NULL, 'f'},
    {"sync", required_argument, NULL, OPT_SYNC},
    OPTION_ROWS,
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct cat_options *o = settings;

    if (option == OPT_SYNC) {
        o->sync = argument;
        return 0;
    }
    o->file = argument;
    return *argument != '\0' ? 0 : err_set(e, EX_USAGE, "--file: empty name");
}

static const struct option_set command_line = {
    .name = "c1z-cat",
    .usage = "usage: c1z-cat [-f FILE] [--sync ID] [--log-level LEVEL] [--log-format FORMAT]\n"
             "               [KIND...]\n",
    .help = "Print a sync of a .c1z file as baton records.\n"
            "\n"
            "KIND is resource-types, resources, entitlements or grants (default: all four), or\n"
            "syncs, which lists the syncs in the file.\n"
            "\n"
            "  -f, --file FILE       the .c1z to read (default: sync.c1z)\n"
            "      --sync ID         the sync to print (default: the latest finished full one)\n" OPTION_HELP,
    .letters = "f:",
    .rows = rows,
    .take = take_option,
};

int main(int argc, char **argv)
{
    struct cat_options o = {.file = "sync.c1z", .format = sheet_format("ndjson")};
    struct err e = {0};
    int r;

    startup_begin("c1z-cat");
    r = option_parse(&command_line, &o, argc, argv, &e);
    if (r == 0)
        r = cat_ask(&o, argv + optind, argc - optind, &e);
    if (r == 0) {
        confine_self("c1z-cat", o.file, tempfile_dir());
        r = cat_run(&o, &e);
    }
    return option_end(&command_line, r, &e);
}
