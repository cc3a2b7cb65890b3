#include "logonce.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define PLACES (sizeof(((struct logonce *)0)->seen) / sizeof(char *))

_Static_assert(LOGONCE_MAX < PLACES, "the table always has a free place");

/*
 * Where the message is, or the free place where it belongs.  Who fills one place with many messages makes LOGONCE_MAX of
 * them slow, no more.
 */
static char **find(struct logonce *l, enum log_level level, const char *msg)
{
    size_t i = bytes_hash(msg, strlen(msg)) % PLACES;

    while (l->seen[i] != NULL && (l->seen[i][0] != '0' + (char)level || strcmp(l->seen[i] + 1, msg) != 0))
        i = (i + 1) % PLACES;
    return &l->seen[i];
}

void logonce(struct logonce *l, enum log_level level, const char *msg, const struct log_field *fields, size_t n)
{
    char **place = find(l, level, msg);
    size_t len = strlen(msg);

    if (*place != NULL || l->n > LOGONCE_MAX)
        return;
    if (l->n++ == LOGONCE_MAX) {
        log_warn("the filter has more to say: further messages are not printed");
        return;
    }
    log_event(level, msg, fields, n);
    /* Without memory the message may be printed again. */
    *place = malloc(len + 2);
    if (*place == NULL)
        return;
    (*place)[0] = (char)('0' + (char)level);
    memcpy(*place + 1, msg, len + 1);
}

void logonce_release(struct logonce *l)
{
    for (size_t i = 0; i < PLACES; i++)
        free(l->seen[i]);
    *l = (struct logonce){0};
}
