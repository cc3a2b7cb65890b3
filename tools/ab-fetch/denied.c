#include "denied.h"

#include "tree.h"

/* What stands beneath the refused ${n} can be asked for by instance admins alone, and so might have been: gaps. */
static int insert_lost(struct tree *t, struct node *n, struct err *e)
{
    for (enum resource r = 0; r < RESOURCE_STREAM_COUNT; r++) {
        const struct endpoint *ep = endpoint_find(r, FOR_LIST);

        if (plan_child(t->plan, r, n->resource, false) && ep->admins && caller_is_admin(t->caller) &&
            node_insert_gap(t, n->next, REFUSAL_GAP, r, &n->scope, 0, "missing", node_needs(ep), e) < 0)
            return -1;
    }
    return 0;
}

/* The other way to ask for what ${n} lists, if there is one and what it takes is known; ${*wait}: that is not sure yet. */
static const struct endpoint *find_detour(struct tree *t, const struct node *n, bool *wait)
{
    const struct endpoint *detour = endpoint_detour(n->call->ep);

    *wait = false;
    if (detour == NULL || !detour->own || caller_id(t->caller) != NULL)
        return detour;
    *wait = !caller_known(t->caller);
    return NULL;
}

static int take_detour(struct tree *t, struct node *n, const struct endpoint *detour, struct err *e)
{
    n->kind = NODE_CALL;
    t->changes++;
    if (node_set_call(t, n, detour, e) < 0)
        return -1;
    if (detour->own && scope_set(&n->call->scope, LEVEL_USER, caller_id(t->caller)) < 0)
        return node_no_memory(e);
    return 0;
}

/* The call of ${n} was refused; ${parent}: what is known of what it is beneath. */
int denied_take(struct tree *t, struct node *n, enum refusal_parent parent, struct err *e)
{
    const struct endpoint *ep = n->call->ep;
    const struct endpoint *list = endpoint_find(n->resource, FOR_LIST);
    int status = n->call->refusal.http_status;
    const struct endpoint *detour = NULL;
    bool wait = false;
    struct refusal_case it = {
        .resource = n->resource,
        .purpose = ep->purpose,
        .status = status,
        .unlicensed = n->call->refusal.unlicensed,
        .release = t->release,
        .detour = endpoint_detour(ep) != NULL,
        .parent = parent,
    };
    struct refusal_meaning meaning = refusal_judge(&it);

    if (meaning.kind == REFUSAL_DETOUR) {
        detour = find_detour(t, n, &wait);
        it.detour = detour != NULL;
        meaning = refusal_judge(&it);
    }
    if (wait) {
        t->changes++; /* for run.c, which is to ask about the caller now */
        return 0;
    }
    switch (meaning.kind) {
    case REFUSAL_DETOUR:
        return take_detour(t, n, detour, e);
    case REFUSAL_DOUBT:
        n->kind = NODE_DOUBT;
        t->changes++;
        return 0;
    case REFUSAL_GAP:
    case REFUSAL_NOTE:
        gaps_count(t->gaps, n->resource, meaning.kind == REFUSAL_GAP || resource_table[n->resource].by_name);
        if (node_become_gap(t, n, meaning.kind, status, meaning.reason,
                meaning.kind == REFUSAL_GAP ? node_needs(list) : NULL, e) < 0)
            return -1;
        return insert_lost(t, n, e);
    case REFUSAL_END:
        break;
    }
    return refusal_error(n->call, e);
}

/* Whether the list that ${n} comes from could tell whether what it is beneath is still there. */
enum refusal_parent denied_parent(const struct node *n)
{
    enum resource parent = resource_table[n->resource].parent;
    enum resource above = parent == RESOURCE_NONE ? RESOURCE_NONE : resource_table[parent].parent;

    if (above == RESOURCE_NONE || n->scope.id[resource_table[above].opens] == NULL)
        return PARENT_ALONE;
    return PARENT_UNASKED;
}

/* A refused call whose parent may be gone. */
int denied_doubt(struct tree *t, struct node *n, struct err *e)
{
    enum refusal_parent parent;

    if (doubts_settle(&t->doubts, t->engine, resource_table[n->resource].parent, &n->scope, &parent, e) < 0)
        return -1;
    return parent == PARENT_UNASKED ? 0 : denied_take(t, n, parent, e);
}
