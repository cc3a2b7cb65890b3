#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "startup.h"

/* How often is looked whether a program that was told to end has. */
#define LOOK_MS 10

/* In the child: only async-signal-safe enough for one thread. */
static void be_child(void (*become)(const void *arg), const void *arg, int fd)
{
    int null = open("/dev/null", O_RDONLY);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(EX_OSERR);
    if (null > STDERR_FILENO)
        close(null);
    startup_child();
    become(arg);
    _exit(127);
}

int program_start(struct program *p, void (*become)(const void *arg), const void *arg, struct err *e)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_sys(e, EX_OSERR, "pipe");
    p->pid = fork();
    if (p->pid == 0)
        be_child(become, arg, fds[1]);
    close(fds[1]);
    p->fd = fds[0];
    if (p->pid > 0)
        return 0;
    err_sys(e, EX_OSERR, "cannot start a program");
    close(p->fd);
    return -1;
}

/* Wait for the end for a while. Return whether it has come, or -1. */
static int wait_grace(pid_t pid, int *w)
{
    int64_t until_ms = clock_mono_ms() + PROGRAM_GRACE_MS;
    pid_t got;

    while ((got = waitpid(pid, w, WNOHANG)) == 0 && clock_mono_ms() < until_ms)
        poll(NULL, 0, LOOK_MS);
    return got == pid ? 1 : got < 0 && errno != EINTR ? -1 : 0;
}

int program_end(struct program *p, bool by_force, int *w, struct err *e)
{
    close(p->fd);
    if (by_force) {
        int ended;

        kill(p->pid, SIGTERM);
        ended = wait_grace(p->pid, w);
        if (ended != 0)
            return ended > 0 ? 0 : err_sys(e, EX_OSERR, "cannot wait for a program");
        kill(p->pid, SIGKILL);
    }
    while (waitpid(p->pid, w, 0) < 0)
        if (errno != EINTR)
            return err_sys(e, EX_OSERR, "cannot wait for a program");
    return 0;
}
