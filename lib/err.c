#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set_text(struct err *e, int status, const char *fmt, va_list ap)
{
    e->status = status;
    if (vsnprintf(e->msg, sizeof(e->msg), fmt, ap) < 0)
        e->msg[0] = '\0';
}

static void append_text(struct err *e, const char *text)
{
    size_t used = strlen(e->msg);

    snprintf(e->msg + used, sizeof(e->msg) - used, ": %s", text);
}

int err_set(struct err *e, int status, const char *fmt, ...)
{
    va_list ap;

    if (e == NULL || e->status != 0)
        return -1;
    va_start(ap, fmt);
    set_text(e, status, fmt, ap);
    va_end(ap);
    return -1;
}

int err_take(struct err *e, const struct err *from)
{
    return err_set(e, from->status, "%s", from->msg);
}

int err_sys(struct err *e, int status, const char *fmt, ...)
{
    char cause[128];
    int saved = errno;
    va_list ap;

    if (e == NULL || e->status != 0)
        return -1;
    va_start(ap, fmt);
    set_text(e, status, fmt, ap);
    va_end(ap);
    /* The GNU form, which may return a text of its own instead of filling the buffer. */
    append_text(e, strerror_r(saved, cause, sizeof(cause)));
    return -1;
}

int err_context(struct err *e, const char *fmt, ...)
{
    char cause[sizeof(e->msg)];
    va_list ap;

    if (e == NULL)
        return -1;
    memcpy(cause, e->msg, sizeof(cause));
    va_start(ap, fmt);
    set_text(e, e->status, fmt, ap);
    va_end(ap);
    append_text(e, cause);
    return -1;
}
