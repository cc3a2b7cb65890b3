#include "plan.h"

#include "endpoint.h"

static bool is_fetched(const struct plan *p, enum resource r)
{
    return p->asked[r] && resource_table[r].placed != PLACED_COMPUTED;
}

static bool asks_for(const struct plan *p, enum placed placed)
{
    for (int r = 0; r < RESOURCE_COUNT; r++)
        if (p->asked[r] && resource_table[r].placed == placed)
            return true;
    return false;
}

bool plan_offers(enum resource resource)
{
    return resource_table[resource].placed == PLACED_COMPUTED || endpoint_find(resource, FOR_LIST) != NULL;
}

static bool asks_nothing(const struct plan *p)
{
    for (int r = 0; r < RESOURCE_COUNT; r++)
        if (p->asked[r])
            return false;
    return true;
}

void plan_complete(struct plan *p, bool workspace_invitations)
{
    bool all = asks_nothing(p);

    for (int r = 0; all && r < RESOURCE_STREAM_COUNT; r++)
        p->asked[r] = plan_offers((enum resource)r) && !resource_table[r].by_name;
    p->asked[RESOURCE_WORKSPACE_INVITATION] = workspace_invitations && p->asked[RESOURCE_INVITATION];
}

bool plan_reads(const struct plan *p)
{
    for (int r = 0; r < RESOURCE_COUNT; r++) {
        enum resource parent = resource_table[r].parent;

        if (is_fetched(p, (enum resource)r) && parent != RESOURCE_NONE && !p->asked[parent])
            return true;
    }
    return p->piped || !plan_fetches(p);
}

bool plan_fetches(const struct plan *p)
{
    return asks_for(p, PLACED_LISTED) || asks_for(p, PLACED_SURVEYED);
}

bool plan_surveys(const struct plan *p)
{
    return asks_for(p, PLACED_SURVEYED);
}

bool plan_computes(const struct plan *p)
{
    return asks_for(p, PLACED_COMPUTED);
}

bool plan_details(const struct plan *p)
{
    return plan_computes(p) && (p->details == DETAILS_YES || (p->details == DETAILS_AUTO && plan_fetches(p)));
}

bool plan_connects(const struct plan *p)
{
    return plan_fetches(p) || plan_details(p);
}

bool plan_asks_caller(const struct plan *p)
{
    for (enum resource r = 0; r < RESOURCE_COUNT; r++) {
        const struct endpoint *ep = endpoint_find(r, FOR_LIST);

        if (p->asked[r] && ep != NULL && ep->admins)
            return true;
    }
    return plan_surveys(p) || plan_details(p);
}

bool plan_tells(const struct plan *p)
{
    return p->asked[RESOURCE_TOLD];
}

bool plan_lists_users(const struct plan *p)
{
    return p->asked[RESOURCE_ORGANIZATION_USER] && p->asked[RESOURCE_WORKSPACE_USER];
}

bool plan_lists_all(const struct plan *p)
{
    return p->asked[RESOURCE_ORGANIZATION];
}

bool plan_opens(const struct plan *p, enum level level)
{
    for (int r = 0; r < RESOURCE_COUNT; r++)
        if (p->asked[r] && resource_table[r].opens == level)
            return true;
    return false;
}

bool plan_refetches(const struct plan *p, enum resource resource)
{
    return is_fetched(p, resource);
}

bool plan_child(const struct plan *p, enum resource resource, enum resource parent, bool new_here)
{
    if (resource_table[resource].parent != parent || endpoint_find(resource, FOR_LIST) == NULL)
        return false;
    return p->asked[resource] || (new_here && p->carried[resource]);
}

bool plan_has_children(const struct plan *p, enum resource parent)
{
    for (enum resource r = 0; r < RESOURCE_COUNT; r++)
        if (plan_child(p, r, parent, false))
            return true;
    return false;
}
