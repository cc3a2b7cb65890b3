#include "object.h"

#include "piece.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static _Noreturn void no_memory(void)
{
    fputs("mock-airbyte: out of memory\n", stderr);
    _Exit(EX_OSERR);
}

void object_set(json_t *object, const char *member, json_t *value)
{
    if (json_object_set_new(object, member, value))
        no_memory();
}

void object_set_sometimes(json_t *object, const char *member, const struct uuid *id, uint32_t salt, json_t *value)
{
    uint32_t draw = uuid_hash(id, salt) % 4;

    if (draw == 0)
        object_set(object, member, json_null());
    if (draw > 1)
        object_set(object, member, value);
    else
        json_decref(value);
}

void object_copy(json_t *to, const json_t *from, const char *const *skip)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)from, name, value)
    {
        bool skipped = false;

        for (const char *const *s = skip; *s && !skipped; s++)
            skipped = strcmp(*s, name) == 0;
        if (!skipped)
            object_set(to, name, json_incref(value));
    }
}

json_t *object_uuid(const struct uuid *id)
{
    char text[UUID_TEXT_LEN + 1];

    uuid_format(id, text);
    return json_string(text);
}

char *object_dump(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);
    char *copy;

    if (!text)
        no_memory();
    json_decref(object);
    /* jansson's own allocation may need jansson's own free. */
    copy = piece_copy(text, strlen(text));
    free(text);
    return copy;
}
