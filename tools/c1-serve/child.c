#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "startup.h"

/* How often is looked at what cannot be polled, or was told to end. */
#define LOOK_MS 100

extern char **environ;

/*
 * A child under way.  ${pidfd} is readable when it has ended, -1 where the system has no such descriptors (before Linux
 * 5.3, under valgrind); ${in} and ${out} are our ends of its pipes, or -1.
 */
struct running {
    const struct child *c;
    pid_t pid;
    int pidfd, in, out;
    size_t written;
    int64_t kill_ms; /* when its group gets SIGKILL; 0: it has not been asked to end */
};

/* Our environment with another TMPDIR, in memory of its own but for the strings. NULL without memory. */
static char **make_environment(const char *tmpdir, char **variable)
{
    size_t n = 0;
    char **env;

    *variable = NULL;
    while (environ[n] != NULL)
        n++;
    env = calloc(n + 2, sizeof(*env));
    if (env == NULL || (tmpdir != NULL && asprintf(variable, "TMPDIR=%s", tmpdir) < 0)) {
        free(env);
        return NULL;
    }
    n = 0;
    if (tmpdir != NULL)
        env[n++] = *variable;
    for (char **from = environ; *from != NULL; from++)
        if (tmpdir == NULL || strncmp(*from, "TMPDIR=", 7) != 0)
            env[n++] = *from;
    return env;
}

/* In the child, up to exec: only what is safe after a fork of a program with threads. */
static void become(const struct child *c, const int in[2], const int out[2], char **env, pid_t parent)
{
    sigset_t none;

    startup_child();
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    /* The parent may have died before the call. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
        _exit(128 + SIGTERM);
    if (dup2(in[0], STDIN_FILENO) < 0 || (c->output != NULL && dup2(out[1], STDOUT_FILENO) < 0) ||
        (c->secret_fd >= 0 && fcntl(c->secret_fd, F_SETFD, 0) < 0))
        _exit(EX_OSERR);
    execvpe(c->argv[0], (char *const *)c->argv, env);
    _exit(errno == ENOENT ? 127 : 126);
}

static void close_pair(int fd[2])
{
    for (int i = 0; i < 2; i++)
        if (fd[i] >= 0)
            close(fd[i]);
}

static int start(struct running *r, char **env, struct err *e)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    pid_t parent = getpid();

    if (pipe2(in, O_CLOEXEC) < 0 || (r->c->output != NULL && pipe2(out, O_CLOEXEC) < 0)) {
        close_pair(in);
        return err_sys(e, EX_OSERR, "cannot make a pipe");
    }
    r->pid = fork();
    if (r->pid == 0)
        become(r->c, in, out, env, parent);
    if (r->pid < 0) {
        close_pair(in);
        close_pair(out);
        return err_sys(e, EX_OSERR, "cannot start '%s'", r->c->argv[0]);
    }
    close(in[0]);
    r->in = in[1];
    if (out[1] >= 0)
        close(out[1]);
    r->out = out[0];
    fcntl(r->in, F_SETFL, O_NONBLOCK);
    r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    return r->pidfd >= 0 || errno == ENOSYS ? 0 : err_sys(e, EX_OSERR, "cannot watch '%s'", r->c->argv[0]);
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Write some of the input; a child that does not want it is none of our concern. */
static void feed(struct running *r)
{
    const char *text = r->c->input != NULL ? r->c->input : "";
    size_t left = strlen(text) - r->written;
    ssize_t n = left > 0 ? write(r->in, text + r->written, left) : 0;

    if (n > 0)
        r->written += (size_t)n;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || (size_t)n == left)
        shut(&r->in);
}

static int collect(struct running *r, struct err *e)
{
    char *to = buf_reserve(r->c->output, 4096);
    ssize_t n;

    if (to == NULL)
        return err_set(e, EX_SOFTWARE, "'%s' prints too much", r->c->argv[0]);
    n = read(r->out, to, 4096);
    if (n > 0)
        r->c->output->len += (size_t)n;
    else if (n == 0 || errno != EINTR)
        shut(&r->out);
    return 0;
}

static void ask_to_end(struct running *r)
{
    if (r->kill_ms == 0) {
        kill(r->pid, SIGTERM);
        r->kill_ms = clock_mono_ms() + CHILD_GRACE_MS;
    } else if (clock_mono_ms() >= r->kill_ms) {
        kill(-r->pid, SIGKILL);
    }
}

/* Whether a child that cannot be polled has ended; it is left to be waited for. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/* Wait until the child has ended and said all that it has to say. */
static int attend(struct running *r, struct cancel *cancel, struct err *e)
{
    bool ended = false;
    int failed = 0;

    while (!ended || (r->out >= 0 && failed == 0)) {
        struct pollfd p[] = {{.fd = ended ? -1 : r->pidfd, .events = POLLIN},
            {.fd = r->kill_ms != 0 ? -1 : cancel->fd, .events = POLLIN}, {.fd = r->out, .events = POLLIN},
            {.fd = r->in, .events = POLLOUT}};

        if (poll(p, 4, r->kill_ms != 0 || r->pidfd < 0 ? LOOK_MS : -1) < 0 && errno != EINTR)
            failed = err_sys(e, EX_OSERR, "poll");
        if (cancel_reason(cancel) != CANCEL_NOT || failed < 0)
            ask_to_end(r);
        if (p[3].revents != 0)
            feed(r);
        if (p[2].revents != 0 && collect(r, e) < 0)
            failed = -1;
        ended = ended || (r->pidfd >= 0 ? (p[0].revents & POLLIN) != 0 : has_ended(r->pid));
    }
    return failed;
}

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_with(struct running *r, struct cancel *cancel, char **env, int *status, struct err *e)
{
    int failed = start(r, env, e), wait_status = 0;

    if (failed == 0)
        failed = attend(r, cancel, e);
    else if (r->pid > 0)
        kill(r->pid, SIGKILL);
    while (r->pid > 0 && waitpid(r->pid, &wait_status, 0) < 0 && errno == EINTR)
        ;
    /* What it may have left behind in its group is not to go on either. */
    if (r->pid > 0)
        kill(-r->pid, SIGKILL);
    *status = exit_status(wait_status);
    shut(&r->in);
    shut(&r->out);
    shut(&r->pidfd);
    return failed;
}

int child_run(const struct child *c, struct cancel *cancel, int *status, struct err *e)
{
    struct running r = {.c = c, .pid = -1, .pidfd = -1, .in = -1, .out = -1};
    char *variable, **env = make_environment(c->tmpdir, &variable);
    int failed = env == NULL ? err_set(e, EX_OSERR, "no memory") : run_with(&r, cancel, env, status, e);

    free(env);
    free(variable);
    return failed;
}
