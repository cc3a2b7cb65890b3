#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fullio.h"
#include "startup.h"

/* In the child: become the command, or write why not to ${report}. */
static _Noreturn void become(char *const *argv, int output, int report, pid_t parent)
{
    int cause;

    startup_child();
    /* The parent may have died before it could be watched. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && dup2(output, STDOUT_FILENO) >= 0)
        execvp(argv[0], argv);
    cause = errno;
    (void)!write(report, &cause, sizeof(cause));
    _exit(COMMAND_NOT_FOUND);
}

/* Wait until the child has become the command: ${report} then closes without a word. */
static int read_report(struct command *c, int report, struct err *e)
{
    int cause;
    ssize_t n = fullio_read(report, &cause, sizeof(cause));

    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof(cause))
        return err_set(e, EX_OSERR, "cannot run '%s'", c->name);
    errno = cause;
    return err_sys(e, cause == ENOENT ? COMMAND_NOT_FOUND : COMMAND_NOT_RUN, "cannot run '%s'", c->name);
}

static int spawn(struct command *c, char *const *argv, int output, const int report[2], struct err *e)
{
    pid_t parent = getpid();

    c->pid = fork();
    if (c->pid < 0) {
        c->pid = 0;
        return err_sys(e, EX_OSERR, "cannot start a process");
    }
    if (c->pid == 0)
        become(argv, output, report[1], parent);
    return 0;
}

int command_start(struct command *c, char *const *argv, struct err *e)
{
    int output[2], report[2], r;

    *c = (struct command){.name = argv[0], .output = -1};
    if (pipe2(output, O_CLOEXEC) < 0)
        return err_sys(e, EX_OSERR, "cannot make a pipe");
    c->output = output[0];
    if (pipe2(report, O_CLOEXEC) < 0) {
        close(output[1]);
        return err_sys(e, EX_OSERR, "cannot make a pipe");
    }
    r = spawn(c, argv, output[1], report, e);
    close(output[1]);
    close(report[1]);
    if (r == 0)
        r = read_report(c, report[0], e);
    close(report[0]);
    return r;
}

int command_wait(struct command *c, struct err *e)
{
    int status;

    while (waitpid(c->pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_sys(e, EX_OSERR, "cannot wait for '%s'", c->name);
    c->pid = 0;
    if (WIFSIGNALED(status))
        return err_set(e, COMMAND_SIGNALLED + WTERMSIG(status), "'%s' was ended by signal %d (%s)", c->name,
            WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        return err_set(e, WEXITSTATUS(status), "'%s' ended with status %d", c->name, WEXITSTATUS(status));
    return 0;
}

void command_release(struct command *c)
{
    if (c->output >= 0)
        close(c->output);
    if (c->pid > 0)
        kill(c->pid, SIGTERM);
    c->output = -1;
    c->pid = 0;
}
