#include "progress.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "fullio.h"
#include "number.h"

/* So long after one report comes the next. */
#define EVERY_MS 250

/* Of the program as a whole, as the log is: main opens it, and whoever counts something reports. */
static struct {
    const char *name;
    int fd;
    int64_t last_ms;
} reports = {.fd = -1};

int progress_open(const char *name, const char *argument, struct err *e)
{
    int64_t fd;
    int flags;

    if (number_parse(argument, STDERR_FILENO + 1, INT_MAX, &fd) < 0)
        return err_set(e, EX_USAGE, "--" PROGRESS_OPTION " needs a descriptor above 2");
    flags = fcntl((int)fd, F_GETFL);
    if (flags < 0 || fcntl((int)fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
        return err_sys(e, EX_USAGE, "--" PROGRESS_OPTION ": descriptor %d", (int)fd);
    reports.name = name;
    reports.fd = (int)fd;
    return 0;
}

bool progress_shown(void)
{
    return reports.fd >= 0;
}

bool progress_due(void)
{
    return reports.fd >= 0 && clock_mono_ms() - reports.last_ms >= EVERY_MS;
}

void progress_tell(const char *fmt, ...)
{
    char line[256];
    va_list ap;
    int head, len;

    if (reports.fd < 0)
        return;
    head = snprintf(line, sizeof(line), "%s ", reports.name);
    va_start(ap, fmt);
    len = head + vsnprintf(line + head, sizeof(line) - (size_t)head, fmt, ap);
    va_end(ap);
    if (len >= (int)sizeof(line))
        return;
    line[len++] = '\n';
    fullio_write_quietly(reports.fd, line, (size_t)len);
    reports.last_ms = clock_mono_ms();
}
