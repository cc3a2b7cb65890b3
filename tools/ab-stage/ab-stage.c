/*
 * ab-stage: become a program that ends with the process that started it (ab-stage(1)).
 *
 * A shell can do none of this for what it starts: have the kernel send a signal when the parent ends, take back that
 * signals are ignored or blocked.
 */
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "number.h"
#include "option.h"
#include "startup.h"

static const char help[] = "Become PROGRAM, which is looked for on PATH if its name has no slash. It gets\n"
                           "SIGTERM when the parent of this process ends; that must be the process PARENT.\n"
                           "SIGPIPE and SIGCHLD are then as they are by default, no signal is blocked, and\n"
                           "no core file will be left.\n\n" OPTION_HELP "\nSee ab-stage(1).\n";

static const struct option rows[] = {OPTION_ROWS};

static const struct option_set command_line = {
    .name = "ab-stage",
    .usage = "usage: ab-stage [--log-level LEVEL] [--log-format FORMAT]\n"
             "                PARENT PROGRAM [ARGUMENT]...\n",
    .examples = "  ab-stage $$ echo done &\n",
    .help = help,
    .letters = "+",
    .rows = rows,
};

/* Be ended by SIGTERM when ${parent} ends; also if it has ended already, and another process is the parent now. */
static int end_with(pid_t parent, struct err *e)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
        return err_sys(e, EX_OSERR, "cannot ask for a signal when the parent ends");
    if (getppid() != parent)
        raise(SIGTERM);
    return 0;
}

/* Become the program of ${argv}; startup_begin has unblocked what might be blocked.  Returns only with a failure. */
static int become(pid_t parent, char **argv, struct err *e)
{
    struct rlimit none = {0, 0};

    if (end_with(parent, e) < 0)
        return -1;
    /* A core file would hold tokens and the secret. */
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return err_sys(e, EX_OSERR, "cannot forbid core files");
    if (signal(SIGPIPE, SIG_DFL) == SIG_ERR)
        return err_sys(e, EX_OSERR, "cannot reset SIGPIPE");
    startup_child();
    execvp(argv[0], argv);
    return err_sys(e, EX_OSERR, "cannot start '%s'", argv[0]);
}

static int become_named(int argc, char **argv, struct err *e)
{
    int64_t parent;
    int r = option_parse(&command_line, NULL, argc, argv, e);

    if (r != 0)
        return r;
    if (argc - optind < 2)
        return err_set(e, EX_USAGE, "a process and a program are needed");
    if (number_parse(argv[optind], 1, INT_MAX, &parent) < 0)
        return err_set(e, EX_USAGE, "PARENT is not the number of a process");
    return become((pid_t)parent, argv + optind + 1, e);
}

int main(int argc, char **argv)
{
    struct err e = {0};

    startup_begin("ab-stage");
    return option_end(&command_line, become_named(argc, argv, &e), &e);
}
