#include "element.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int element_refuse_file(struct tenant_problem *p, int status, const char *fmt, ...)
{
    va_list ap;

    p->status = status;
    va_start(ap, fmt);
    vsnprintf(p->text, sizeof(p->text), fmt, ap);
    va_end(ap);
    return -1;
}

int element_refuse(const struct element *e, const char *member, const char *what)
{
    return element_refuse_file(e->problem, EX_DATAERR, ".%s[%zu].%s: %s", e->list, e->index, member, what);
}

int element_string(const struct element *e, const char *member, bool required, const char **value)
{
    const json_t *v = json_object_get(e->object, member);

    *value = json_string_value(v);
    if (*value && strlen(*value) != json_string_length(v))
        return element_refuse(e, member, "a NUL in the text");
    if (!*value && (required || (v && !json_is_null(v))))
        return element_refuse(e, member, "expected a string");
    return 0;
}

int element_uuid(const struct element *e, const char *member, struct uuid *value)
{
    const char *text;

    if (element_string(e, member, true, &text))
        return -1;
    return uuid_parse(text, value) ? 0 : element_refuse(e, member, "not a UUID");
}

int element_bool(const struct element *e, const char *member, bool absent, bool *value)
{
    const json_t *v = json_object_get(e->object, member);

    if (v && !json_is_boolean(v))
        return element_refuse(e, member, "expected true or false");
    *value = v ? json_is_true(v) : absent;
    return 0;
}

int element_number(const struct element *e, const char *member, json_int_t absent, json_int_t *value)
{
    const json_t *v = json_object_get(e->object, member);

    if (v && !json_is_integer(v))
        return element_refuse(e, member, "expected an integer");
    *value = v ? json_integer_value(v) : absent;
    return 0;
}

int element_each(const json_t *root, const char *name, struct tenant_problem *p, size_t *n, void *context,
    int (*read)(void *context, const struct element *e))
{
    const json_t *list = json_object_get(root, name);

    if (list && !json_is_array(list))
        return element_refuse_file(p, EX_DATAERR, ".%s: expected an array", name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct element e = {json_array_get(list, i), name, i, p};

        if (!json_is_object(e.object))
            return element_refuse_file(p, EX_DATAERR, ".%s[%zu]: expected an object", name, i);
        if (read(context, &e))
            return -1;
        (*n)++;
    }
    return 0;
}
