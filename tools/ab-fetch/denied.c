#include "denied.h"

#include "tree.h"

/* The one organization that a self-managed server has (reference airbyte-api.md section 4.5). */
#define DEFAULT_ORGANIZATION "00000000-0000-0000-0000-000000000000"

/* What stands beneath the refused ${n} can be asked for by instance admins alone, and so might have been: gaps. */
static int insert_lost(struct tree *t, struct node *n, struct err *e)
{
    bool admin = caller_is_admin(t->caller) || !caller_told(t->caller);

    for (enum resource r = 0; r < RESOURCE_STREAM_COUNT; r++) {
        const struct endpoint *ep = endpoint_find(r, FOR_LIST);

        if (plan_child(t->plan, r, n->resource, false) && ep->admins && admin &&
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

/* Organizations come from a list that may be shorter than the one that was refused. */
static int say_partial(struct tree *t, struct node *n, struct err *e)
{
    return node_insert_gap(t, n, REFUSAL_GAP, n->resource, &n->scope, n->call->refusal.http_status, "partial", NULL, e);
}

static int take_detour(struct tree *t, struct node *n, const struct endpoint *detour, struct err *e)
{
    /* Servers that have no such list, and say so, list what the other one does (reference airbyte-api.md section 3.1). */
    if (detour->own && n->call->refusal.http_status == 403 && say_partial(t, n, e) < 0)
        return -1;
    n->kind = NODE_CALL;
    t->changes++;
    if (node_set_call(t, n, detour, e) < 0)
        return -1;
    if (detour->own && scope_set(&n->call->scope, LEVEL_USER, caller_id(t->caller)) < 0)
        return node_no_memory(e);
    return 0;
}

/* Whether the list of organizations was refused, and one that cannot be listed may be known by its id. */
static bool has_default(const struct tree *t, const struct node *n)
{
    return n->resource == RESOURCE_ORGANIZATION && n->call->ep->purpose != FOR_LOOKUP &&
           n->call->refusal.http_status != 401 && !t->engine->base->cloud;
}

/* The last way to learn of an organization: to ask for the one that every self-managed server has. */
static int ask_default(struct tree *t, struct node *n, struct err *e)
{
    refusal_error(n->call, &t->refused);
    if (say_partial(t, n, e) < 0)
        return -1;
    n->kind = NODE_CALL;
    t->changes++;
    if (node_set_call(t, n, endpoint_find(n->resource, FOR_LOOKUP), e) < 0)
        return -1;
    return scope_set(&n->call->scope, LEVEL_ORGANIZATION, DEFAULT_ORGANIZATION) < 0 ? node_no_memory(e) : 0;
}

/* Nothing helps against that ${n} was refused. What is said is what was refused first. */
static int give_up(struct tree *t, struct node *n, struct err *e)
{
    if (t->refused.status != 0)
        return err_take(e, &t->refused);
    return refusal_error(n->call, e);
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
    return has_default(t, n) ? ask_default(t, n, e) : give_up(t, n, e);
}

/* Whether this run has met what ${n} is beneath in the list of its organization. */
static bool is_listed(const struct tree *t, const struct node *n)
{
    enum level level = resource_table[resource_table[n->resource].parent].opens;
    const struct ids *ids = &t->known->of[level];
    uint32_t index;

    return ids_find(ids, json_str_of(n->scope.id[level]), &index) && ids_marked(ids, index, MARK_LISTED);
}

enum refusal_parent denied_parent(const struct tree *t, const struct node *n)
{
    enum resource parent = resource_table[n->resource].parent;
    enum resource above = parent == RESOURCE_NONE ? RESOURCE_NONE : resource_table[parent].parent;

    if (above == RESOURCE_NONE || n->scope.id[resource_table[above].opens] == NULL)
        return PARENT_ALONE;
    if (resource_table[parent].placed == PLACED_SURVEYED && plan_surveys(t->plan) && !is_listed(t, n))
        return PARENT_THERE; /* the list never had it, so that it has it not proves nothing */
    return PARENT_UNASKED;
}

/* A refused call whose parent may be gone. */
int denied_doubt(struct tree *t, struct node *n, struct err *e)
{
    enum resource of = resource_table[n->resource].parent;
    enum refusal_parent parent;

    if (doubts_settle(&t->doubts, t->engine, of, &n->scope, is_listed(t, n), &parent, e) < 0)
        return -1;
    return parent == PARENT_UNASKED ? 0 : denied_take(t, n, parent, e);
}
