#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "json.h"

static const char *const names[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
    "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};

/* Put text into ${s}: a message that is sent on must be UTF-8, or a Go server refuses all that it is in. */
static void put_message(struct status *s, const char *text, size_t len)
{
    size_t n = bytes_cut(text, len, sizeof(s->message) - 1);
    bool utf8 = json_utf8(text, n);

    for (size_t i = 0; i < n; i++)
        s->message[i] = text[i] == '\0' || (!utf8 && (unsigned char)text[i] > 126) ? '?' : text[i];
    s->message[n] = '\0';
}

static int set_local(struct status *s, int code, bool final, const char *fmt, va_list ap)
{
    char text[sizeof(s->message)];

    vsnprintf(text, sizeof(text), fmt, ap);
    *s = (struct status){.code = code, .local = true, .final = final};
    put_message(s, text, strlen(text));
    return -1;
}

int status_set(struct status *s, int code, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = set_local(s, code, false, fmt, ap);
    va_end(ap);
    return r;
}

int status_set_final(struct status *s, int code, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = set_local(s, code, true, fmt, ap);
    va_end(ap);
    return r;
}

void status_set_remote(struct status *s, int code, const char *text, size_t len)
{
    *s = (struct status){.code = code};
    put_message(s, text, len);
}

const char *status_name(int code)
{
    return code >= 0 && (size_t)code < sizeof(names) / sizeof(names[0]) ? names[code] : "CODE";
}
