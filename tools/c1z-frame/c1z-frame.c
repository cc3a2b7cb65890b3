/*
 * c1z-frame: run a producer of baton records and frame what it prints.
 */
#include <getopt.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "option.h"
#include "startup.h"
#include "stream.h"

enum { OPT_SOURCE = OPTION_OWN };

static const struct option rows[] = {
    {"source", required_argument, NULL, OPT_SOURCE},
    OPTION_ROWS,
};

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    const char **source = settings;
    size_t len = strlen(argument);

    (void)option;
    *source = argument;
    if (len == 0 || len > STREAM_SOURCE_MAX || !json_utf8(argument, len))
        return err_set(e, EX_USAGE, "--source: empty, longer than %d bytes, or not UTF-8", STREAM_SOURCE_MAX);
    return 0;
}

static const struct option_set command_line = {
    .name = "c1z-frame",
    .usage = "usage: c1z-frame [--source URL] [--log-level LEVEL] [--log-format FORMAT]\n"
             "                 COMMAND [ARGUMENT...]\n",
    .examples = "  c1z-frame --source https://example.com ./my-connector | c1z-pack -f my.c1z\n",
    .help = "Run COMMAND, which prints baton records, one per line, and print them as a\n"
            "framed stream. The end line, without which c1z-pack takes nothing, is written\n"
            "only when COMMAND has ended well.\n"
            "\n"
            "      --source URL      where the records come from (default: local)\n" OPTION_HELP,
    /* Options end at COMMAND: those behind it are its own. */
    .letters = "+",
    .rows = rows,
    .take = take_option,
};

int main(int argc, char **argv)
{
    const char *source = "local";
    struct err e = {0};
    int r;

    startup_begin("c1z-frame");
    r = option_parse(&command_line, &source, argc, argv, &e);
    if (r == 0 && optind == argc)
        r = err_set(&e, EX_USAGE, "no command");
    /* The status may be the command's own, so 64 is no word on our usage. */
    if (r == 0 && stream_run(source, argv + optind, &e) < 0)
        return log_failure(&e);
    return option_end(&command_line, r, &e);
}
