#include "role.h"

#include <stddef.h>
#include <strings.h>

/* reference/airbyte-api.md sections 4.1 and 4.3. */
static const struct {
    const char *type;
    enum role_scope scope;
    int rank;
} roles[] = {
    {"instance_admin", ROLE_INSTANCE, ROLE_ADMIN},
    {"organization_admin", ROLE_ORGANIZATION, ROLE_ADMIN},
    {"organization_editor", ROLE_ORGANIZATION, 400},
    {"organization_runner", ROLE_ORGANIZATION, 300},
    {"organization_reader", ROLE_ORGANIZATION, ROLE_READER},
    {"organization_member", ROLE_ORGANIZATION, ROLE_MEMBER},
    {"workspace_owner", ROLE_WORKSPACE, ROLE_ADMIN},
    {"workspace_admin", ROLE_WORKSPACE, ROLE_ADMIN},
    {"workspace_editor", ROLE_WORKSPACE, 400},
    {"workspace_source_editor", ROLE_WORKSPACE, 350},
    {"workspace_destination_editor", ROLE_WORKSPACE, 350},
    {"workspace_runner", ROLE_WORKSPACE, 300},
    {"workspace_reader", ROLE_WORKSPACE, ROLE_READER},
};

int role_rank(const char *type, enum role_scope scope)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (roles[i].scope == scope && strcasecmp(roles[i].type, type) == 0)
            return roles[i].rank;
    return ROLE_NONE;
}
