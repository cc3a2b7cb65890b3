#include "rawline.h"

#include <string.h>

#include "ids.h"

bool rawline_is_id(struct json_str id)
{
    return id.len > 0 && id.len <= ID_MAX && memchr(id.s, '\0', id.len) == NULL;
}

void rawline_take_string(struct json *j, struct json_str *v)
{
    if (json_peek(j) == JSON_STRING)
        json_string(j, v);
    else
        json_skip(j, NULL);
}

/* An id beside data: null, or a string that is one. */
static void take_id(struct json *j, struct json_str *id)
{
    if (json_peek(j) == JSON_NULL)
        json_null(j);
    else if (json_string(j, id) && !rawline_is_id(*id))
        json_fail(j, "not an id: expected 1 to %d bytes", ID_MAX);
}

static bool is_member(struct json_str name, const char *member)
{
    return member != NULL && json_eq(name, member);
}

/* A role: its name, or an object with that in "permissionType". */
static void take_role(struct json *j, struct json_str *role)
{
    struct json_str name;

    if (json_peek(j) != JSON_OBJECT) {
        rawline_take_string(j, role);
        return;
    }
    json_object(j);
    while (json_member(j, &name))
        if (json_eq(name, "permissionType"))
            rawline_take_string(j, role);
        else
            json_skip(j, NULL);
}

static void parse_data(struct json *j, struct rawline *l)
{
    const struct resource_info *info = &resource_table[l->resource];
    struct json_str name;

    l->role = info->role == NULL;
    json_object(j);
    while (json_member(j, &name)) {
        if (is_member(name, info->id))
            take_id(j, &l->id);
        else if (is_member(name, info->user_name))
            rawline_take_string(j, &l->name);
        else if (is_member(name, info->user_email))
            rawline_take_string(j, &l->email);
        else if (is_member(name, info->told))
            take_role(j, &l->told);
        else {
            l->role |= is_member(name, info->role) && json_peek(j) != JSON_NULL;
            json_skip(j, NULL);
        }
    }
    if (info->user)
        l->user = l->id; /* resource_table: what is about a user has the user's id for its own */
    if (l->id.len == 0 && info->id != NULL && (info->opens != LEVEL_NONE || info->user))
        json_fail(j, "data without '%s'", info->id);
}

static void take_data(struct json *j, struct rawline *l)
{
    bool is_object = json_peek(j) == JSON_OBJECT;

    l->data.s = json_at(j);
    if (!is_object)
        json_object(j);
    else if (resource_table[l->resource].placed == PLACED_COMPUTED)
        json_skip(j, NULL);
    else
        parse_data(j, l);
    l->data.len = (size_t)(json_at(j) - l->data.s);
}

/* The level whose id the member ${name} holds, or LEVEL_NONE. */
static enum level level_of(struct json_str name)
{
    for (int i = 0; i < LEVEL_COUNT; i++)
        if (json_eq(name, resource_level_name((enum level)i)))
            return (enum level)i;
    return LEVEL_NONE;
}

/* A member that is neither an id nor the data. */
static void parse_other(struct json *j, struct rawline *l, struct json_str name, const char *text, size_t at)
{
    bool computed = resource_table[l->resource].placed == PLACED_COMPUTED;

    if (computed && json_eq(name, "organizationIds")) {
        json_skip(j, &l->organization_ids);
    } else if (computed && json_eq(name, "workspaceIds")) {
        json_skip(j, &l->workspace_ids);
    } else if (json_eq(name, "made")) {
        l->made = json_peek(j) == JSON_TRUE;
        json_skip(j, NULL);
    } else if (json_eq(name, "active")) {
        json_skip(j, NULL);
        l->active = at;
        l->active_end = (size_t)(json_at(j) - text);
    } else {
        json_skip(j, NULL);
    }
}

/* The members of a line of data, ${text}, that follow its first. */
static void parse_members(struct json *j, struct rawline *l, const char *text)
{
    size_t at = (size_t)(json_at(j) - text); /* behind the value before */
    struct json_str name;
    bool data = false;

    while (json_member(j, &name)) {
        enum level level = level_of(name);

        if (level != LEVEL_NONE) {
            take_id(j, &l->outer[level]);
        } else if (json_eq(name, "data")) {
            data = true;
            l->before_data = at;
            take_data(j, l);
        } else {
            parse_other(j, l, name, text, at);
        }
        at = (size_t)(json_at(j) - text);
    }
    if (!data)
        json_fail(j, "a line without 'data'");
    if (resource_table[l->resource].opens != LEVEL_NONE && resource_table[l->resource].id == NULL) {
        l->id = l->outer[resource_table[l->resource].opens];
        if (l->id.len == 0)
            json_fail(j, "a line without '%s'", resource_level_name(resource_table[l->resource].opens));
    }
}

/* The members of a gap or note that follow its first. */
static void parse_frame(struct json *j, struct rawline *l)
{
    struct json_str name, of = {0};

    l->frame = true;
    while (json_member(j, &name)) {
        enum level level = level_of(name);

        if (level != LEVEL_NONE)
            take_id(j, &l->outer[level]);
        else if (json_eq(name, "of"))
            rawline_take_string(j, &of);
        else
            json_skip(j, NULL);
    }
    l->resource = resource_find(of);
}

/* Two resources may have one name: the ids beside the data tell which it is. */
static void tell_apart(struct rawline *l)
{
    unsigned levels = 0;

    for (int i = 0; i < LEVEL_COUNT; i++)
        if (l->outer[i].len > 0)
            levels |= LEVEL_BIT(i);
    if (l->resource != RESOURCE_NONE)
        l->resource = resource_bearing(l->resource, levels);
}

int rawline_parse(struct json *j, const char *text, size_t len, uint64_t number, struct rawline *l, struct err *e)
{
    struct json_str name, value;

    *l = (struct rawline){.resource = RESOURCE_NONE};
    json_begin(j, text, len, number);
    json_object(j);
    if (!json_member(j, &name)) {
        json_fail(j, "an empty line");
    } else if (json_eq(name, "stream")) {
        json_string(j, &value);
        l->gap = json_eq(value, "gap");
        parse_frame(j, l);
    } else if (!json_eq(name, "resource")) {
        json_fail(j, "a line whose first member is not 'resource'");
    } else if (json_string(j, &value)) {
        l->resource = resource_find(value);
        if (l->resource == RESOURCE_NONE)
            json_fail(j, "unknown resource");
        else
            parse_members(j, l, text);
    }
    tell_apart(l);
    return json_end(j, e);
}
