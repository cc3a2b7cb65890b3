#include "made.h"

#include <string.h>

#include "rawline.h"

/* What such a line says, as JSON texts; empty where it is not known. */
struct said {
    struct json_str user_id, email, name, permission_id, permission_type, organization_id;
};

/* Take the next value, a string, into ${to}; consume it all the same if it is none. */
static void take_text(struct json *j, struct json_str *to)
{
    if (json_peek(j) == JSON_STRING)
        json_skip(j, to);
    else
        json_skip(j, NULL);
}

static void read_permission(struct json *j, struct said *said)
{
    struct json_str name;

    if (json_peek(j) != JSON_OBJECT) {
        json_skip(j, NULL);
        return;
    }
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "permissionId"))
            take_text(j, &said->permission_id);
        else if (json_eq(name, "permissionType"))
            take_text(j, &said->permission_type);
        else if (json_eq(name, "organizationId"))
            take_text(j, &said->organization_id);
        else
            json_skip(j, NULL);
    }
}

/* A user's row; the spellings are those of all calls. ${told}: the member with his role in the organization, or NULL. */
static bool read_user(struct json *j, struct json_str data, const char *told, struct said *said)
{
    struct json_str name;

    *said = (struct said){0};
    json_begin(j, data.s, data.len, 0);
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "userId") || json_eq(name, "id"))
            take_text(j, &said->user_id);
        else if (json_eq(name, "userEmail") || json_eq(name, "email"))
            take_text(j, &said->email);
        else if (json_eq(name, "userName") || json_eq(name, "name"))
            take_text(j, &said->name);
        else if (told != NULL && json_eq(name, told))
            read_permission(j, said);
        else
            json_skip(j, NULL);
    }
    return json_end(j, NULL) == 0;
}

static void put_text(struct buf *out, const char *name, struct json_str text)
{
    if (text.len == 0)
        return;
    if (out->len > 0 && out->data[out->len - 1] != '{')
        buf_putc(out, ',');
    buf_printf(out, "\"%s\":", name);
    buf_append(out, text.s, text.len);
}

/* Whether a JSON text is absent, or an empty string. */
static bool is_empty(struct json_str text)
{
    return text.len <= strlen("\"\"");
}

static bool put_line(struct buf *out, const struct scope *scope, const struct said *said)
{
    const char *organization = scope->id[LEVEL_ORGANIZATION];

    if (is_empty(said->user_id) || is_empty(said->permission_type) || organization == NULL)
        return false;
    scope_prefix_with(out, RESOURCE_TOLD, scope, "\"made\":true,");
    buf_putc(out, '{');
    put_text(out, "userId", said->user_id);
    put_text(out, "email", said->email);
    put_text(out, "name", said->name);
    put_text(out, "permissionId", said->permission_id);
    put_text(out, "permissionType", said->permission_type);
    buf_puts(out, ",\"organizationId\":");
    json_put_string(out, organization, strlen(organization));
    buf_puts(out, "}}");
    return true;
}

bool made_from_access(
    struct buf *out, struct json *j, const struct scope *scope, struct json_str data, const char *told)
{
    struct said said;

    return read_user(j, data, told, &said) && put_line(out, scope, &said);
}

/* One of a user's roles: whether it is of that organization. */
static bool read_role(struct json *j, struct json_str data, const char *organization, struct said *said)
{
    struct json_str name, scope = {0}, scope_id = {0};

    said->permission_id = said->permission_type = (struct json_str){0};
    json_begin(j, data.s, data.len, 0);
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "permissionId"))
            take_text(j, &said->permission_id);
        else if (json_eq(name, "permissionType"))
            take_text(j, &said->permission_type);
        else if (json_eq(name, "scope"))
            rawline_take_string(j, &scope);
        else if (json_eq(name, "scopeId"))
            rawline_take_string(j, &scope_id);
        else
            json_skip(j, NULL);
    }
    return json_end(j, NULL) == 0 && json_eq(scope, "organization") && json_eq(scope_id, organization);
}

bool made_from_member(
    struct buf *out, struct json *j, const struct scope *scope, struct json_str data, const struct rows *roles)
{
    const size_t before = out->len;
    struct ids told;
    struct said said;
    bool good = read_user(j, data, NULL, &said);

    ids_init(&told);
    for (uint32_t i = 0; good && i < roles->n; i++) {
        uint32_t index;

        if (!read_role(j, rows_data(roles, i), scope->id[LEVEL_ORGANIZATION], &said) ||
            ids_add_parts(&told, &said.permission_type, 1, &index) == 0) /* without memory, twice does no harm */
            continue;
        good = put_line(out, scope, &said);
        buf_putc(out, '\n');
    }
    ids_release(&told);
    if (!good)
        out->len = before;
    return out->len > before;
}

void made_organization(struct buf *out, const char *id)
{
    buf_printf(out, "{\"%s\":", resource_level_name(LEVEL_ORGANIZATION));
    json_put_string(out, id, strlen(id));
    buf_putc(out, '}');
}

bool made_parent(struct json *j, struct json_str data, const char *told, char id[ID_MAX + 1])
{
    struct json_str text = {0};
    struct said said;

    if (!read_user(j, data, told, &said) || said.organization_id.len == 0)
        return false;
    json_begin(j, said.organization_id.s, said.organization_id.len, 0);
    json_string(j, &text);
    if (json_end(j, NULL) < 0 || !rawline_is_id(text))
        return false;
    memcpy(id, text.s, text.len);
    id[text.len] = '\0';
    return true;
}
