#include "resource.h"

#include <string.h>

static const struct {
    const char *name, *word;
} levels[LEVEL_COUNT] = {
    [LEVEL_INSTANCE] = {"instanceId", "instance"},
    [LEVEL_ORGANIZATION] = {"organizationId", "organization"},
    [LEVEL_GROUP] = {"groupId", "group"},
    [LEVEL_WORKSPACE] = {"workspaceId", "workspace"},
    [LEVEL_USER] = {"userId", "user"},
};

const struct resource_info resource_table[RESOURCE_COUNT] = {
    [RESOURCE_INSTANCE] =
        {
            .name = "instance",
            .parent = RESOURCE_NONE,
            .opens = LEVEL_INSTANCE,
            .bears = LEVEL_BIT(LEVEL_INSTANCE),
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_INSTANCE_ADMIN] =
        {
            .name = "instance_admin",
            .parent = RESOURCE_INSTANCE,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_INSTANCE),
            .id = "userId",
            .user = true,
            .user_name = "name",
            .user_email = "email",
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_ORGANIZATION] =
        {
            .name = "organization",
            .parent = RESOURCE_NONE,
            .opens = LEVEL_ORGANIZATION,
            .bears = LEVEL_BIT(LEVEL_INSTANCE),
            .id = "organizationId",
            .required = true,
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_ORGANIZATION_USER] =
        {
            .name = "organization_user",
            .parent = RESOURCE_ORGANIZATION,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION),
            .id = "userId",
            .required = true,
            .user = true,
            .user_name = "name",
            .user_email = "email",
            .role_at = LEVEL_ORGANIZATION,
            .counts_at = LEVEL_NONE,
            .told = "permissionType",
            .roled = true,
        },
    [RESOURCE_GROUP] =
        {
            .name = "group",
            .parent = RESOURCE_ORGANIZATION,
            .opens = LEVEL_GROUP,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION),
            .id = "groupId",
            .since = "2.1",
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_GROUP_MEMBER] =
        {
            .name = "group_member",
            .parent = RESOURCE_GROUP,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION) | LEVEL_BIT(LEVEL_GROUP),
            .id = "userId",
            .since = "2.1",
            .user = true,
            .user_name = "userName",
            .user_email = "userEmail",
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_ORGANIZATION,
        },
    [RESOURCE_GROUP_PERMISSION] =
        {
            .name = "group_permission",
            .parent = RESOURCE_GROUP,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION) | LEVEL_BIT(LEVEL_GROUP),
            .id = "permissionId",
            .since = "2.1",
            .role_at = LEVEL_NONE,
            .roled = true,
            .by_all = true,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_INVITATION] =
        {
            .name = "invitation",
            .parent = RESOURCE_ORGANIZATION,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION),
            .id = "id",
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_AUDIT_EVENT] =
        {
            .name = "audit_event",
            .parent = RESOURCE_ORGANIZATION,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION),
            .id = "id",
            .by_name = true,
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_WORKSPACE] =
        {
            .name = "workspace",
            .placed = PLACED_SURVEYED,
            .parent = RESOURCE_ORGANIZATION,
            .opens = LEVEL_WORKSPACE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION),
            .id = "workspaceId",
            .required = true,
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_WORKSPACE_USER] =
        {
            .name = "workspace_user",
            .parent = RESOURCE_WORKSPACE,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION) | LEVEL_BIT(LEVEL_WORKSPACE),
            .id = "userId",
            .required = true,
            .user = true,
            .user_name = "userName",
            .user_email = "userEmail",
            .role_at = LEVEL_WORKSPACE,
            .counts_at = LEVEL_NONE,
            .role = "workspacePermission",
            .told = "organizationPermission",
        },
    [RESOURCE_WORKSPACE_INVITATION] =
        {
            .name = "invitation",
            .parent = RESOURCE_WORKSPACE,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION) | LEVEL_BIT(LEVEL_WORKSPACE),
            .id = "id",
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_USER] =
        {
            .name = "user",
            .placed = PLACED_COMPUTED,
            .parent = RESOURCE_NONE,
            .opens = LEVEL_NONE,
            .id = "userId",
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_MEMBER] =
        {
            .name = "member",
            .placed = PLACED_NOWHERE,
            .parent = RESOURCE_ORGANIZATION,
            .opens = LEVEL_NONE,
            .bears = LEVEL_BIT(LEVEL_ORGANIZATION),
            .id = "id",
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
    [RESOURCE_ROLE] =
        {
            .name = "role",
            .placed = PLACED_NOWHERE,
            .parent = RESOURCE_NONE,
            .opens = LEVEL_NONE,
            .id = "permissionId",
            .by_all = true,
            .role_at = LEVEL_NONE,
            .counts_at = LEVEL_NONE,
        },
};

enum resource resource_find(struct json_str name)
{
    for (int i = 0; i < RESOURCE_STREAM_COUNT; i++)
        if (json_eq(name, resource_table[i].name))
            return (enum resource)i;
    return RESOURCE_NONE;
}

enum resource resource_bearing(enum resource resource, unsigned borne)
{
    for (int i = 0; i < RESOURCE_STREAM_COUNT; i++)
        if (resource_table[i].bears == borne && strcmp(resource_table[i].name, resource_table[resource].name) == 0)
            return (enum resource)i;
    return resource;
}

const char *resource_level_name(enum level level)
{
    return levels[level].name;
}

const char *resource_level_word(enum level level)
{
    return levels[level].word;
}
