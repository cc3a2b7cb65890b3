/*
 * option.h: command lines taken and refused; nothing that is refused repeats an argument.
 */
#include "option.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "tap.h"

enum { OPT_KEEP = OPTION_OWN, OPT_CHECK, OPT_CHEAP };

static const struct option rows[] = {
    {"file", required_argument, NULL, 'f'},
    {"keep", required_argument, NULL, OPT_KEEP},
    {"check", no_argument, NULL, OPT_CHECK},
    {"cheap", no_argument, NULL, OPT_CHEAP},
    OPTION_ROWS,
};

/* What was taken, as "f=x keep=3 check" in the order met. */
struct taken {
    char text[256];
};

static int take(void *settings, int option, const char *argument, struct err *e)
{
    static const char *const names[] = {"keep", "check", "cheap"};
    struct taken *t = settings;
    size_t used = strlen(t->text);
    int64_t n;

    if (option == OPT_KEEP && option_number("--keep", argument, 1, 9, &n, e) < 0)
        return -1;
    snprintf(t->text + used, sizeof(t->text) - used, "%s%s%s ", option == 'f' ? "f" : names[option - OPTION_OWN],
        argument != NULL ? "=" : "", argument != NULL ? argument : "");
    return 0;
}

static const struct option_set permuted = {
    .name = "test", .usage = "usage: test\n", .help = "", .letters = "f:", .rows = rows, .take = take};
static const struct option_set in_order = {
    .name = "test", .usage = "usage: test\n", .help = "", .letters = "+f:", .rows = rows, .take = take};

/* ${words}, with spaces between; ${rest} is the first operand's place after parsing, -1 for a refusal. */
static const struct {
    const struct option_set *set;
    const char *words, *taken;
    int rest;
    const char *msg;
} cases[] = {
    {&permuted, "", "", 1, ""},
    {&permuted, "-f a --keep 3 --check", "f=a keep=3 check ", 6, ""},
    {&permuted, "--file=a -fb x -fc", "f=a f=b f=c ", 4, ""},
    {&permuted, "-f a -- --check", "f=a ", 4, ""},
    {&in_order, "--chec x --cheap", "check ", 2, ""},
    {&permuted, "--log-level debug --log-format=json", "", 4, ""},
    {&permuted, "--sentinel", "", -1, "unknown or ambiguous option '--sentinel'"},
    {&permuted, "--no=sentinel", "", -1, "unknown or ambiguous option '--no'"},
    {&permuted, "--che", "", -1, "unknown or ambiguous option '--che'"},
    {&permuted, "--check=sentinel", "", -1, "option '--check' takes no argument"},
    {&permuted, "--help=sentinel", "", -1, "option '--help' takes no argument"},
    {&permuted, "-f", "", -1, "option '-f' needs an argument"},
    {&permuted, "--check -f", "check ", -1, "option '-f' needs an argument"},
    {&permuted, "--file", "", -1, "option '--file' needs an argument"},
    {&permuted, "-x", "", -1, "unknown option '-x'"},
    {&permuted, "--file=sentinel -x", "f=sentinel ", -1, "unknown option '-x'"},
    {&permuted, "--keep=sentinel", "", -1, "--keep needs a whole number from 1 to 9"},
    {&permuted, "--log-level=sentinel", "", -1, "--log-level: not debug, info, warn or error"},
    {&permuted, "--log-format sentinel", "", -1, "--log-format: neither json nor console"},
};

/* Parse the command line ${words}; return option_parse's answer. */
static int parse(const struct option_set *set, const char *words, struct taken *t, struct err *e)
{
    char text[256], *argv[16] = {(char[]){"test"}}, *save = NULL;
    int argc = 1;

    snprintf(text, sizeof(text), "%s", words);
    for (char *word = strtok_r(text, " ", &save); word != NULL && argc < 15; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    optind = 0; /* the GNU way to begin anew */
    return option_parse(set, t, argc, argv, e);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct taken t = {0};
        struct err e = {0};
        int r = parse(cases[i].set, cases[i].words, &t, &e);

        tap_ok(strcmp(t.text, cases[i].taken) == 0 && strcmp(e.msg, cases[i].msg) == 0 &&
                   (cases[i].rest < 0 ? r == -1 && e.status == EX_USAGE : r == 0 && optind == cases[i].rest),
            cases[i].words);
    }
    tap_ok(option_end(&permuted, 0, &(struct err){0}) == 0 && option_end(&permuted, 1, &(struct err){0}) == 0,
        "success is status 0");
    tap_ok(option_end(&permuted, -1, &(struct err){.status = EX_DATAERR, .msg = "m"}) == EX_DATAERR,
        "a failure is the status of its error");
    return tap_done();
}
