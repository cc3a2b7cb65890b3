#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
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
    if (e != NULL && e->status == 0)
        *e = *from;
    return -1;
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

int err_open(struct err *e, const char *name)
{
    bool no_input = errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP || errno == ENAMETOOLONG;

    return err_sys(e, no_input ? EX_NOINPUT : EX_IOERR, "cannot open '%s'", name);
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

/* A place for the field ${key} of ${e}, or NULL if it is there or there is none. */
static struct err_field *add_field(struct err *e, const char *key)
{
    if (e == NULL || e->n_fields == ERR_FIELDS_MAX)
        return NULL;
    for (unsigned i = 0; i < e->n_fields; i++)
        if (strcmp(e->fields[i].key, key) == 0)
            return NULL;
    e->fields[e->n_fields] = (struct err_field){.key = key};
    return &e->fields[e->n_fields++];
}

void err_field(struct err *e, const char *key, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    struct err_field *f;

    if (len == 0 || len >= sizeof(f->text))
        return;
    f = add_field(e, key);
    if (f != NULL)
        memcpy(f->text, text, len + 1);
}

void err_field_number(struct err *e, const char *key, int64_t number)
{
    struct err_field *f = add_field(e, key);

    if (f != NULL)
        f->number = number;
}
