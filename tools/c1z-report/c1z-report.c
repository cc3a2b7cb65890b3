/*
 * c1z-report: a .c1z file as a page for an access review.
 */
#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "option.h"
#include "report.h"
#include "startup.h"

enum { OPT_SINCE = OPTION_OWN, OPT_SYNC };

static const struct option rows[] = {
    {"output", required_argument, NULL, 'o'},
    {"since", required_argument, NULL, OPT_SINCE},
    {"sync", required_argument, NULL, OPT_SYNC},
    OPTION_ROWS,
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct report_options *o = settings;

    if (*argument == '\0')
        return err_set(e, EX_USAGE, "an option has an empty argument");
    switch (option) {
    case 'o':
        o->output = strcmp(argument, "-") != 0 ? argument : NULL;
        return 0;
    case OPT_SINCE:
        o->since = argument;
        return 0;
    default:
        o->sync = argument;
        return 0;
    }
}

static const struct option_set command_line = {
    .name = "c1z-report",
    .usage = "usage: c1z-report [-o REPORT] [--since OLD] [--sync ID] [--log-level LEVEL]\n"
             "                  [--log-format FORMAT] FILE\n",
    .examples = "  c1z-report sync.c1z --since old.c1z -o review.html\n",
    .help = "Make a page in HTML, one file that needs no server, for an access review: who\n"
            "can do what in the .c1z FILE (-: standard input), and why, and what could not be\n"
            "seen.\n"
            "\n"
            "  -o, --output REPORT   the file to write (default, and -: standard output)\n"
            "      --since OLD       say too what changed since the .c1z file OLD; or, where\n"
            "                        that is FILE itself, since the sync before\n"
            "      --sync ID         the sync of FILE (default: the latest finished full one)\n" OPTION_HELP,
    .letters = "o:",
    .rows = rows,
    .take = take_option,
};

static int take_operands(struct report_options *o, char *const *words, int n, struct err *e)
{
    if (n != 1)
        return err_set(e, EX_USAGE, n < 1 ? "no file" : "more than one file");
    o->file = words[0];
    if (strcmp(o->file, "-") == 0 && o->since != NULL && strcmp(o->since, "-") == 0)
        return err_set(e, EX_USAGE, "standard input cannot be both FILE and OLD");
    return 0;
}

int main(int argc, char **argv)
{
    struct report_options o = {0};
    struct err e = {0};
    int r;

    startup_begin("c1z-report");
    r = option_parse(&command_line, &o, argc, argv, &e);
    if (r == 0)
        r = take_operands(&o, argv + optind, argc - optind, &e);
    if (r == 0)
        r = report_run(&o, &e);
    return option_end(&command_line, r, &e);
}
