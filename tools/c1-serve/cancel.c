#include "cancel.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"

int cancel_init(struct cancel *c, struct err *e)
{
    atomic_init(&c->why, CANCEL_NOT);
    c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return c->fd >= 0 ? 0 : err_sys(e, EX_OSERR, "cannot make an event");
}

void cancel_release(struct cancel *c)
{
    close(c->fd);
    c->fd = -1;
}

void cancel_now(struct cancel *c, enum cancel_why why)
{
    int before = errno, none = CANCEL_NOT;
    uint64_t one = 1;

    if (atomic_compare_exchange_strong(&c->why, &none, (int)why)) {
        /* The counter is 0, so this neither blocks nor fails. */
        ssize_t n = write(c->fd, &one, sizeof(one));

        (void)n;
    }
    errno = before;
}

enum cancel_why cancel_reason(struct cancel *c)
{
    return (enum cancel_why)atomic_load(&c->why);
}

const char *cancel_text(enum cancel_why why)
{
    static const char *const texts[] = {
        "", "task was cancelled", "task failed heartbeat", "connector is shutting down"};

    return texts[why];
}

int cancel_sleep(struct cancel *c, long long ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    int64_t end = clock_mono_ms() + ms;

    for (;;) {
        int64_t left = end - clock_mono_ms();

        if (cancel_reason(c) != CANCEL_NOT)
            return 1;
        if (left <= 0)
            return 0;
        poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX);
    }
}
