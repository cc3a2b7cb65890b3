#include "starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "startup.h"

/* How often is looked whether a program that was told to end has. */
#define LOOK_MS 10

/* What is told: to start a program and ask it something, to wait for it, to end it and wait. */
enum verb { START, WAIT, END };
struct order {
    enum verb verb;
    int ask;
};

/* The answer: 0 or an errno; the wait status of a program that has ended. */
struct reply {
    int error;
    int wait_status;
};

/* ---- In the process that starts programs. ---- */

/* A descriptor beside a reply (unix(7)). */
union control {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

/* Send ${r}, and ${fd} with it if that is not -1. */
static void send_reply(int to, const struct reply *r, int fd)
{
    struct iovec text = {(void *)r, sizeof(*r)};
    union control control = {0};
    struct msghdr m = {.msg_iov = &text, .msg_iovlen = 1};

    if (fd >= 0) {
        struct cmsghdr *c;

        m.msg_control = control.space;
        m.msg_controllen = sizeof(control.space);
        c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    }
    /* Nobody there any more: the next read says so. */
    if (sendmsg(to, &m, MSG_NOSIGNAL) < 0)
        return;
}

/* In the program to be: standard input is nothing already. */
static void be_program(starter_become *become, const void *arg, int ask, int output)
{
    if (dup2(output, STDOUT_FILENO) < 0)
        _exit(EX_OSERR);
    startup_child();
    become(arg, ask);
    _exit(127);
}

static void start_program(int to, starter_become *become, const void *arg, int ask, pid_t *program)
{
    struct reply r = {0};
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0) {
        r.error = errno;
        send_reply(to, &r, -1);
        return;
    }
    *program = fork();
    if (*program == 0)
        be_program(become, arg, ask, fds[1]);
    r.error = *program < 0 ? errno : 0;
    close(fds[1]);
    send_reply(to, &r, *program > 0 ? fds[0] : -1);
    close(fds[0]);
}

/* Wait for the end for a while. Return whether it has come, or -1. */
static int wait_grace(pid_t pid, int *w)
{
    int64_t until_ms = clock_mono_ms() + STARTER_GRACE_MS;
    pid_t got;

    while ((got = waitpid(pid, w, WNOHANG)) == 0 && clock_mono_ms() < until_ms)
        poll(NULL, 0, LOOK_MS);
    return got == pid ? 1 : got < 0 && errno != EINTR ? -1 : 0;
}

/* Return 0, or an errno. */
static int end_program(pid_t program, bool by_force, int *w)
{
    if (by_force) {
        int ended;

        kill(program, SIGTERM);
        ended = wait_grace(program, w);
        if (ended != 0)
            return ended > 0 ? 0 : errno;
        kill(program, SIGKILL);
    }
    while (waitpid(program, w, 0) < 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

/* Nothing that was open is this process's: who reads our output must not wait for it, nor who waits for a lock. */
static void keep_nothing(int but)
{
    int null = open("/dev/null", O_RDWR);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        _exit(EX_OSERR);
    if (null > STDERR_FILENO)
        close(null);
    for (int fd = STDERR_FILENO + 1; fd < but; fd++)
        close(fd);
}

/* The whole life of the process. */
static void serve_orders(int fd, starter_become *become, const void *arg)
{
    pid_t program = -1;
    struct order order;

    keep_nothing(fd);
    while (recv(fd, &order, sizeof(order), 0) == (ssize_t)sizeof(order)) {
        struct reply r = {0};

        if (order.verb == START) {
            start_program(fd, become, arg, order.ask, &program);
            continue;
        }
        r.error = end_program(program, order.verb == END, &r.wait_status);
        program = -1;
        send_reply(fd, &r, -1);
    }
    if (program > 0)
        kill(program, SIGTERM);
    _exit(0);
}

/* ---- In this process. ---- */

int starter_begin(struct starter *s, starter_become *become, const void *arg, struct err *e)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        return err_sys(e, EX_OSERR, "cannot make a socket");
    s->pid = fork();
    if (s->pid == 0) {
        close(fds[0]);
        serve_orders(fds[1], become, arg);
    }
    close(fds[1]);
    s->fd = fds[0];
    if (s->pid > 0)
        return 0;
    err_sys(e, EX_OSERR, "cannot start a process");
    close(s->fd);
    s->fd = -1;
    return -1;
}

void starter_release(struct starter *s)
{
    if (s->fd < 0)
        return;
    close(s->fd);
    s->fd = -1;
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Take the descriptor that came with a message, or -1. */
static int taken_fd(struct msghdr *m)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    int fd = -1;

    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    return fd;
}

/* Tell it to do something, and wait for the answer; ${output}, if not NULL, takes the descriptor that comes with it. */
static int command(struct starter *s, struct order order, struct reply *r, int *output, struct err *e)
{
    struct iovec text = {r, sizeof(*r)};
    union control control;
    struct msghdr m = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space)};
    ssize_t n = send(s->fd, &order, sizeof(order), MSG_NOSIGNAL);

    if (n >= 0)
        do
            n = recvmsg(s->fd, &m, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_sys(e, EX_OSERR, "the process that starts programs");
    if (n != (ssize_t)sizeof(*r))
        return err_set(e, EX_OSERR, "the process that starts programs has ended");
    if (output != NULL)
        *output = taken_fd(&m);
    errno = r->error;
    return r->error == 0 ? 0 : err_sys(e, EX_OSERR, "cannot start or wait for a program");
}

int starter_run(struct starter *s, int ask, int *output, struct err *e)
{
    struct reply r;

    *output = -1;
    if (command(s, (struct order){START, ask}, &r, output, e) < 0)
        return -1;
    return *output >= 0 ? 0 : err_set(e, EX_OSERR, "a program was started without its output");
}

int starter_wait(struct starter *s, bool by_force, int *w, struct err *e)
{
    struct reply r = {0};

    if (command(s, (struct order){by_force ? END : WAIT, 0}, &r, NULL, e) < 0)
        return -1;
    *w = r.wait_status;
    return 0;
}
