#include "fullio.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

int fullio_write(int fd, const void *p, size_t len)
{
    const char *at = p;

    while (len > 0) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

ssize_t fullio_read(int fd, void *p, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t n = read(fd, (char *)p + have, size - have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

void fullio_write_quietly(int fd, const void *p, size_t len)
{
    static const struct timespec at_once = {0};
    sigset_t pipe, before, pending;
    ssize_t n;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    n = write(fd, p, len);
    if (n < 0 && errno == EPIPE && sigismember(&pending, SIGPIPE) == 0)
        sigtimedwait(&pipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
