/*
 * ab-who: who can do what, and why, out of a .c1z (ab-who(1)).
 */
#include <getopt.h>
#include <unistd.h>

#include "confine.h"
#include "option.h"
#include "startup.h"
#include "tempfile.h"
#include "who.h"

enum { OPT_SYNC = OPTION_OWN, OPT_JSON };

static const struct option rows[] = {
    {"file", required_argument, NULL, 'f'},
    {"sync", required_argument, NULL, OPT_SYNC},
    {"json", no_argument, NULL, OPT_JSON},
    OPTION_ROWS,
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct who_options *o = settings;

    if (option == OPT_JSON)
        o->json = true;
    else if (option == OPT_SYNC)
        o->sync = argument;
    else
        o->file = argument;
    return option != 'f' || *argument != '\0' ? 0 : err_set(e, EX_USAGE, "--file: empty name");
}

static int take_subject(struct who_options *o, char *const *words, int n, struct err *e)
{
    if (n > 1)
        return err_set(e, EX_USAGE, "more than one USER or RESOURCE");
    if (n == 1 && *words[0] == '\0')
        return err_set(e, EX_USAGE, "empty USER or RESOURCE");
    o->subject = n == 1 ? words[0] : NULL;
    return 0;
}

static const struct option_set command_line = {
    .name = "ab-who",
    .usage = "usage: ab-who [-f FILE] [--sync ID] [--json] [--log-level LEVEL]\n"
             "              [--log-format FORMAT] [USER | RESOURCE]\n",
    .examples = "  ab-who -f sync.c1z\n"
                "  ab-who -f sync.c1z ada@northwind.example\n",
    .help = "Say what USER can do and why, or who can do what on RESOURCE and why. Both are\n"
            "ids, names, addresses, parts of these, or TYPE:ID, in capital letters or\n"
            "small ones. Without one, sum up.\n"
            "\n"
            "  -f, --file FILE       the .c1z to read (default: sync.c1z; -: standard input)\n"
            "      --sync ID         the sync to read (default: the latest finished full one)\n"
            "      --json            answer in JSON\n" OPTION_HELP,
    .letters = "f:",
    .rows = rows,
    .take = take_option,
};

int main(int argc, char **argv)
{
    struct who_options o = {.file = "sync.c1z"};
    struct err e = {0};
    int r;

    startup_begin("ab-who");
    r = option_parse(&command_line, &o, argc, argv, &e);
    if (r == 0)
        r = take_subject(&o, argv + optind, argc - optind, &e);
    if (r == 0) {
        confine_self("ab-who", o.file, tempfile_dir());
        r = who_run(&o, &e);
    }
    return option_end(&command_line, r, &e);
}
