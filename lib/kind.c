#include "kind.h"

static const struct kind_names names[KIND_COUNT] = {
    [KIND_RESOURCE_TYPE] = {"resource-types", "resource type", "c1.connector.v2.ResourceType"},
    [KIND_RESOURCE] = {"resources", "resource", "c1.connector.v2.Resource"},
    [KIND_ENTITLEMENT] = {"entitlements", "entitlement", "c1.connector.v2.Entitlement"},
    [KIND_GRANT] = {"grants", "grant", "c1.connector.v2.Grant"},
};

const struct kind_names *kind_names(enum kind kind)
{
    return &names[kind];
}
