#include "option.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "nearest.h"
#include "number.h"
#include "out.h"
#include "version.h"

/* More than enough for the letters of any program, with ":" and "hv" around them. */
#define LETTERS_MAX 64

/* Whether getopt's complaint is about ${arg} as a long option: ${arg} may also be what stands before "-x". */
static bool is_long(const struct option *rows, const char *arg)
{
    size_t len = strcspn(arg, "=");

    if (strncmp(arg, "--", 2) != 0)
        return false;
    if (optopt == 0)
        return true;
    for (; rows->name != NULL; rows++)
        if (rows->val == optopt && len > 2 && strncmp(arg + 2, rows->name, len - 2) == 0)
            return true;
    return false;
}

/* ${arg} is no long option, or short for several: name it, and the one that may have been meant. */
static int refuse_unknown(const struct option *rows, const char *arg, struct err *e)
{
    int len = (int)strcspn(arg, "=");
    struct nearest n = {.word = arg + 2, .len = (size_t)len - 2};

    for (; rows->name != NULL; rows++)
        nearest_offer(&n, rows->name);
    if (n.found == NULL)
        return err_set(e, EX_USAGE, "unknown or ambiguous option '%.*s'", len, arg);
    return err_set(e, EX_USAGE, "unknown or ambiguous option '%.*s'; did you mean '--%s'?", len, arg, n.found);
}

/* Put getopt's complaint into ${e}; ${arg} is the argument it stopped behind. */
static int refuse_option(const struct option_set *set, const char *arg, bool argument_missing, struct err *e)
{
    const char *trouble = argument_missing ? "needs an argument" : "takes no argument";

    if (!is_long(set->rows, arg))
        return argument_missing ? err_set(e, EX_USAGE, "option '-%c' %s", optopt, trouble)
                                : err_set(e, EX_USAGE, "unknown option '-%c'", optopt);
    if (optopt == 0)
        return refuse_unknown(set->rows, arg, e);
    return err_set(e, EX_USAGE, "option '%.*s' %s", (int)strcspn(arg, "="), arg, trouble);
}

/* The examples come first: most who ask for help want one. */
static int print_help(const struct option_set *set, struct err *e)
{
    const char *examples = set->examples != NULL ? set->examples : "";

    return out_print(e, set->usage, *examples != '\0' ? "\nexamples:\n" : "", examples, "\n", set->help, NULL) == 0
               ? 1
               : -1;
}

/* Take one option of any kind. Return as option_parse. */
static int take_any(const struct option_set *set, void *settings, int option, const char *arg, struct err *e)
{
    switch (option) {
    case 'h':
        return print_help(set, e);
    case 'v':
        return out_print(e, set->name, " " AB_VERSION "\n", NULL) == 0 ? 1 : -1;
    case OPTION_LOG_LEVEL:
        return log_set_level(optarg, e);
    case OPTION_LOG_FORMAT:
        return log_set_format(optarg, e);
    case '?':
    case ':':
        return refuse_option(set, arg, option == ':', e);
    default:
        return set->take(settings, option, optarg, e);
    }
}

int option_parse(const struct option_set *set, void *settings, int argc, char **argv, struct err *e)
{
    bool in_order = *set->letters == '+';
    char letters[LETTERS_MAX];
    int option;

    snprintf(letters, sizeof(letters), "%s:%shv", in_order ? "+" : "", set->letters + in_order);
    opterr = 0;
    while ((option = getopt_long(argc, argv, letters, set->rows, NULL)) != -1) {
        int r = take_any(set, settings, option, argv[optind - 1], e);

        if (r != 0)
            return r;
    }
    return 0;
}

int option_number(const char *option, const char *argument, int64_t min, int64_t max, int64_t *n, struct err *e)
{
    if (number_parse(argument, min, max, n) == 0)
        return 0;
    return err_set(e, EX_USAGE, "%s needs a whole number from %lld to %lld", option, (long long)min, (long long)max);
}

int option_end(const struct option_set *set, int r, const struct err *e)
{
    int status;

    if (r >= 0)
        return 0;
    status = log_failure(e);
    if (status == EX_USAGE)
        log_usage(set->usage);
    return status;
}
