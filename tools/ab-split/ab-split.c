/*
 * ab-split: a raw stream as parts by organization, for many machines.
 */
#include <getopt.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "confine.h"
#include "option.h"
#include "split.h"
#include "startup.h"
#include "tempfile.h"

static const struct option rows[] = {
    {"parts", required_argument, NULL, 'n'},
    OPTION_ROWS,
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct split_options *o = settings;
    int64_t parts;

    (void)option;
    if (option_number("--parts", argument, 1, SPLIT_PARTS_MAX, &parts, e) < 0)
        return -1;
    o->parts = (unsigned)parts;
    return 0;
}

static const struct option_set command_line = {
    .name = "ab-split",
    .usage = "usage: ab-split -n PARTS DIR [INPUT]\n",
    .examples = "  ab-fetch instance instance_admin organization group workspace |\n"
                "      ab-split -n 4 parts\n",
    .help = "Cut a raw stream that has its workspaces into up to PARTS streams by\n"
            "organization, DIR/part-000.ndjson and so on, to be completed in several places.\n"
            "\n"
            "  -n, --parts PARTS     how many parts at most, 1 to 1000\n" OPTION_HELP,
    .letters = "n:",
    .rows = rows,
    .take = take_option,
};

/* Take the operands, and judge what can only be judged when all of the command line is known. */
static int take_operands(struct split_options *o, int n, char **operands, struct err *e)
{
    if (o->parts == 0)
        return err_set(e, EX_USAGE, "--parts is missing");
    if (n < 1 || n > 2)
        return err_set(e, EX_USAGE, "%s", n < 1 ? "no folder is named" : "more than one INPUT");
    o->dir = operands[0];
    if (*o->dir == '\0')
        return err_set(e, EX_USAGE, "the name of the folder is empty");
    o->input = n == 2 ? operands[1] : "-";
    return 0;
}

static void give_up_files(const struct split_options *o)
{
    char *dir = strdup(o->dir);
    struct confine c;

    confine_begin(&c, "ab-split");
    confine_read(&c, o->input);
    confine_write(&c, tempfile_dir());
    if (dir != NULL)
        confine_write(&c, dirname(dir));
    confine_enter(&c);
    free(dir);
}

int main(int argc, char **argv)
{
    struct split_options o = {0};
    struct err e = {0};
    int r;

    startup_begin("ab-split");
    r = option_parse(&command_line, &o, argc, argv, &e);
    if (r == 0)
        r = take_operands(&o, argc - optind, argv + optind, &e);
    if (r == 0) {
        give_up_files(&o);
        r = split_run(&o, &e);
    }
    return option_end(&command_line, r, &e);
}
