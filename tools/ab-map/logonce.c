#include "logonce.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PLACES (sizeof(((struct logonce *)0)->seen) / sizeof(char *))

_Static_assert(LOGONCE_MAX < PLACES, "the table always has a free place");

/* FNV-1a. Who fills one place with many messages makes LOGONCE_MAX of them slow, no more. */
static size_t hash(const char *s)
{
    uint64_t h = 0xcbf29ce484222325;

    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001b3;
    return (size_t)(h ^ h >> 32);
}

/* Where the message is, or the free place where it belongs. */
static char **find(struct logonce *l, enum log_level level, const char *msg)
{
    size_t i = hash(msg) % PLACES;

    while (l->seen[i] != NULL && (l->seen[i][0] != '0' + (char)level || strcmp(l->seen[i] + 1, msg) != 0))
        i = (i + 1) % PLACES;
    return &l->seen[i];
}

void logonce(struct logonce *l, enum log_level level, const char *msg)
{
    char **place = find(l, level, msg);
    size_t len = strlen(msg);

    if (*place != NULL || l->n > LOGONCE_MAX)
        return;
    if (l->n++ == LOGONCE_MAX) {
        log_warn("the filter has more to say: further messages are not printed");
        return;
    }
    log_event(level, msg, NULL, 0);
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
