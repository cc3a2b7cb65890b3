/*
 * option.h: command lines.  Every program of ours has the same shape: option_parse, a look at what only the whole
 * command line can tell, and one function that does the work; what that returns goes through option_end to the system.
 *
 *     startup_begin("tool");
 *     r = option_parse(&command_line, &s, argc, argv, &e);
 *     if (r == 0)
 *         r = check_operands(&s, argc - optind, argv + optind, &e);
 *     if (r == 0)
 *         r = tool_run(&s, &e);
 *     return option_end(&command_line, r, &e);
 *
 * An option that is refused is named alone, without its argument: that may be a secret.
 */
#ifndef AB_OPTION_H
#define AB_OPTION_H

#include <getopt.h>
#include <stdint.h>

#include "err.h"

/* The codes of options: those that all programs have, and, from OPTION_OWN on, a program's own without a letter. */
enum { OPTION_LOG_LEVEL = 256, OPTION_LOG_FORMAT, OPTION_OWN };

/* The last rows of every table of long options. */
/* Releases of clang-format disagree on braces in macros. */
/* clang-format off */
#define OPTION_ROWS                                             \
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},   \
    {"log-format", required_argument, NULL, OPTION_LOG_FORMAT}, \
    {"help", no_argument, NULL, 'h'},                           \
    {"version", no_argument, NULL, 'v'},                        \
    {NULL, 0, NULL, 0}
/* clang-format on */

/* The last lines of every list of options in a help text, whose explanations begin in column 24. */
#define OPTION_HELP                                                                   \
    "      --log-level LEVEL debug, info, warn or error (default: BATON_LOG_LEVEL,\n" \
    "                        or info)\n"                                              \
    "      --log-format FORMAT\n"                                                     \
    "                        console or json (default: BATON_LOG_FORMAT, or\n"        \
    "                        console)\n"                                              \
    "  -h, --help            print this help\n"                                       \
    "  -v, --version         print the version\n"

/* What the command line of one program may hold. */
struct option_set {
    const char *name;     /* the program */
    const char *usage;    /* "usage: ..." and its line feed */
    const char *examples; /* what --help prints behind the usage: lines that stand among the examples of the page */
    const char *help;     /* and behind that */
    const char *letters;  /* its own letters as getopt(3) has them, "f:L:"; with a "+" first if options end at the
                                  first operand */
    const struct option *rows; /* its own long options, then OPTION_ROWS */
    /* Take one option of its own, ${option} its letter or code.  Return 0, or -1 with ${e} (EX_USAGE). */
    int (*take)(void *settings, int option, const char *argument, struct err *e);
};

/**
 * option_parse(set, settings, argc, argv, e):
 * Take all options; ${settings} is handed to ${set}->take.  Return 0, and the operands are those from argv[optind] on;
 * 1 if --help or --version was met and printed, and nothing is left to do; or -1 with ${e}: EX_USAGE, or EX_IOERR if
 * that could not be printed.
 */
int option_parse(const struct option_set *set, void *settings, int argc, char **argv, struct err *e);

/**
 * option_number(option, argument, min, max, n, e):
 * The ${argument} of ${option} ("--keep") as a whole number from ${min} to ${max}.  Return 0, or -1 with ${e} (EX_USAGE).
 */
int option_number(const char *option, const char *argument, int64_t min, int64_t max, int64_t *n, struct err *e);

/**
 * option_end(set, r, e):
 * The exit status of a program whose work returned ${r}: 0 unless that is negative; else that of ${e}, which is
 * printed, with the usage behind it if it is about that.
 */
int option_end(const struct option_set *set, int r, const struct err *e);

#endif
