/*
 * What always holds of the two tables of ab-fetch: the numbered lists in resource.h and endpoint.h.
 */
#include <string.h>

#include "ab-fetch/endpoint.h"
#include "tap.h"

#define EACH(r) (enum resource r = 0; r < RESOURCE_COUNT; r++)

static const struct resource_info *info_of(enum resource r)
{
    return &resource_table[r];
}

static bool has_name(const char *s)
{
    return s != NULL && *s != '\0';
}

static void check_parents(void)
{
    bool order = true, bears = true;

    for
        EACH(r)
        {
            enum resource parent = info_of(r)->parent;
            unsigned above;

            if (parent == RESOURCE_NONE)
                continue;
            order = order && parent < r && info_of(parent)->opens != LEVEL_NONE;
            above = info_of(parent)->opens == LEVEL_NONE ? 0 : LEVEL_BIT(info_of(parent)->opens);
            if (info_of(parent)->parent != RESOURCE_NONE)
                above |= info_of(parent)->bears;
            bears = bears && (info_of(r)->bears & above) == above;
        }
    tap_ok(order, "resource 1: a parent stands before its children and opens a level");
    tap_ok(bears, "resource 2: a resource bears what its parent bears or opens");
}

static void check_levels(void)
{
    bool ids = true, once = true, roles = true;

    for
        EACH(r)
        {
            const struct resource_info *info = info_of(r);

            ids = ids && has_name(info->name) && (has_name(info->id) || (info->opens == LEVEL_INSTANCE && !info->user));
            roles = roles && (info->role_at == LEVEL_NONE || (info->bears & LEVEL_BIT(info->role_at)) != 0);
            for (enum resource q = 0; q < r; q++)
                once = once && (info->opens == LEVEL_NONE || info->opens != info_of(q)->opens);
        }
    tap_ok(ids, "resource 3: every resource has an id, but the one thing that is there once");
    tap_ok(once, "resource 3: no two resources open one level");
    tap_ok(roles, "resource 4: a role is held at a level that the resource bears");
}

static bool has_child(enum resource parent)
{
    for
        EACH(r)
    if (info_of(r)->parent == parent && endpoint_find(r, FOR_LIST) != NULL)
        return true;
    return false;
}

static void check_lists(void)
{
    bool once = true, listed = true;

    for (size_t i = 0; i < endpoint_count; i++)
        for (size_t k = 0; k < i; k++)
            once = once && (endpoint_table[i].resource != endpoint_table[k].resource ||
                               endpoint_table[i].purpose != endpoint_table[k].purpose);
    for
        EACH(r)
    listed = listed && (!has_child(r) || endpoint_find(r, FOR_LIST) != NULL);
    tap_ok(once, "endpoint 1: one row for a resource and a purpose");
    tap_ok(listed, "endpoint 1: what has children is listed");
}

/* Whether every {NAME} in ${s} is an id of ${levels}. */
static bool names_only(const char *s, unsigned levels)
{
    for (s = s != NULL ? strchr(s, '{') : NULL; s != NULL; s = strchr(s + 1, '{')) {
        bool found = s[1] == '"' || s[1] == '}'; /* a brace of JSON */

        for (int i = 0; i < LEVEL_COUNT; i++) {
            size_t len = strlen(resource_level_name((enum level)i));

            if ((levels & LEVEL_BIT(i)) != 0 && strncmp(s + 1, resource_level_name((enum level)i), len) == 0)
                found = found || s[1 + len] == '}';
        }
        if (!found)
            return false;
    }
    return true;
}

static void check_placeholders(void)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *ep = &endpoint_table[i];
        unsigned levels = info_of(ep->resource)->bears;

        if (ep->purpose == FOR_LOOKUP || ep->own) /* made for what somebody else has found: any id */
            levels = ~0u;
        if (!names_only(ep->path, levels) || !names_only(ep->body, levels) || !names_only(ep->role, levels)) {
            tap_ok(false, ep->path);
            return;
        }
    }
    tap_ok(true, "endpoint 2: only ids that the call has are named");
}

static bool passes(const struct endpoint *ep, const char *member)
{
    if (member == NULL)
        return true;
    for (const char *const *m = ep->members; *m != NULL; m++)
        if (strcmp(*m, member) == 0)
            return true;
    return false;
}

static void check_rows(void)
{
    bool paged = true, members = true, parents = true;

    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *ep = &endpoint_table[i];
        enum resource parent = info_of(ep->resource)->parent;

        paged = paged && (!ep->paged || (has_name(ep->rows) && has_name(ep->next)));
        if (ep->members != NULL)
            members = members && passes(ep, info_of(ep->resource)->id) && passes(ep, ep->parent_id);
        parents =
            parents && (ep->parent_id == NULL || (parent != RESOURCE_NONE && info_of(parent)->opens != LEVEL_NONE));
    }
    tap_ok(paged, "endpoint 3: a paged call says where its rows and the word on the next page are");
    tap_ok(members, "endpoint 3: ids pass");
    tap_ok(parents, "endpoint 4: a parent's id is noted only where the parent opens a level");
}

int main(void)
{
    check_parents();
    check_levels();
    check_lists();
    check_placeholders();
    check_rows();
    return tap_done();
}
