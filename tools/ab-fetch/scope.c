#include "scope.h"

#include <stdlib.h>
#include <string.h>

int scope_copy(struct scope *to, const struct scope *from)
{
    *to = (struct scope){0};
    for (int i = 0; from != NULL && i < LEVEL_COUNT; i++)
        if (from->id[i] != NULL && scope_set(to, (enum level)i, from->id[i]) < 0) {
            scope_release(to);
            return -1;
        }
    return 0;
}

void scope_release(struct scope *s)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        free(s->id[i]);
        s->id[i] = NULL;
    }
}

int scope_set(struct scope *s, enum level level, const char *id)
{
    char *copy = strdup(id);

    if (copy == NULL)
        return -1;
    free(s->id[level]);
    s->id[level] = copy;
    return 0;
}

void scope_prefix(struct buf *out, enum resource resource, const struct scope *s)
{
    scope_prefix_with(out, resource, s, "");
}

void scope_prefix_with(struct buf *out, enum resource resource, const struct scope *s, const char *more)
{
    buf_printf(out, "{\"resource\":\"%s\",", resource_table[resource].name);
    for (int i = 0; i < LEVEL_COUNT; i++)
        if (s->id[i] != NULL && (resource_table[resource].bears & LEVEL_BIT(i)) != 0) {
            buf_printf(out, "\"%s\":", resource_level_name((enum level)i));
            json_put_string(out, s->id[i], strlen(s->id[i]));
            buf_putc(out, ',');
        }
    buf_puts(out, more);
    buf_puts(out, "\"data\":");
}
