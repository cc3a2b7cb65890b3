#include "resource.h"

#include <stdlib.h>
#include <string.h>

static const char *const level_names[LEVEL_COUNT] = {
    [LEVEL_ORGANIZATION] = "organizationId",
    [LEVEL_GROUP] = "groupId",
    [LEVEL_WORKSPACE] = "workspaceId",
};

#define ROOT RESOURCE_NONE
#define NO_ROLE LEVEL_NONE, NULL
#define NO_USER NULL, NULL, NULL

/* clang-format off */
const struct resource_info resource_table[RESOURCE_COUNT] = {
    [RESOURCE_INSTANCE] =
        {"instance", ROOT, LEVEL_NONE, NULL, NO_USER, NO_ROLE},
    [RESOURCE_INSTANCE_ADMIN] =
        {"instance_admin", ROOT, LEVEL_NONE, "userId", "userId", "name", "email", NO_ROLE},
    [RESOURCE_ORGANIZATION] =
        {"organization", ROOT, LEVEL_ORGANIZATION, "organizationId", NO_USER, NO_ROLE},
    [RESOURCE_ORGANIZATION_USER] =
        {"organization_user", RESOURCE_ORGANIZATION, LEVEL_NONE, "userId", "userId", "name", "email", LEVEL_ORGANIZATION, NULL},
    [RESOURCE_GROUP] =
        {"group", RESOURCE_ORGANIZATION, LEVEL_GROUP, "groupId", NO_USER, NO_ROLE},
    [RESOURCE_GROUP_MEMBER] =
        {"group_member", RESOURCE_GROUP, LEVEL_NONE, "userId", "userId", "userName", "userEmail", NO_ROLE},
    [RESOURCE_GROUP_PERMISSION] =
        {"group_permission", RESOURCE_GROUP, LEVEL_NONE, "permissionId", NO_USER, NO_ROLE},
    [RESOURCE_INVITATION] =
        {"invitation", RESOURCE_ORGANIZATION, LEVEL_NONE, "id", NO_USER, NO_ROLE},
    [RESOURCE_WORKSPACE] =
        {"workspace", RESOURCE_ORGANIZATION, LEVEL_WORKSPACE, "workspaceId", NO_USER, NO_ROLE},
    [RESOURCE_WORKSPACE_USER] =
        {"workspace_user", RESOURCE_WORKSPACE, LEVEL_NONE, "userId", "userId", "userName", "userEmail", LEVEL_WORKSPACE, "workspacePermission"},
    [RESOURCE_USER] =
        {"user", ROOT, LEVEL_NONE, "userId", NO_USER, NO_ROLE},
};
/* clang-format on */

enum resource resource_find(struct json_str name)
{
    for (int i = 0; i < RESOURCE_COUNT; i++)
        if (json_eq(name, resource_table[i].name))
            return (enum resource)i;
    return RESOURCE_NONE;
}

const char *resource_level_name(enum level level)
{
    return level_names[level];
}

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

void resource_prefix(struct buf *out, enum resource resource, const struct scope *scope)
{
    buf_printf(out, "{\"resource\":\"%s\",", resource_table[resource].name);
    for (int i = 0; i < LEVEL_COUNT; i++)
        if (scope->id[i] != NULL && i != (int)resource_table[resource].opens) {
            buf_printf(out, "\"%s\":", level_names[i]);
            json_put_string(out, scope->id[i], strlen(scope->id[i]));
            buf_putc(out, ',');
        }
    buf_puts(out, "\"data\":");
}
