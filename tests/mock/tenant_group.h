/*
 * tenant_group.h: the groups of a tenant, who is in them and what they may do, reference/airbyte-api.md section 3.13.
 */
#ifndef MOCK_TENANT_GROUP_H
#define MOCK_TENANT_GROUP_H

#include "element.h"
#include "role.h"

struct tenant;

struct group {
    struct uuid id;
    size_t organization;
    char *name;
    char *json; /* the whole object, with the number of members */
    size_t first_member, members, first_permission, permissions;
};

struct group_member {
    struct uuid id;
    size_t group, user;
    size_t since; /* the place in the file: the later, the newer */
};

struct group_permission {
    struct uuid id;
    size_t group, where; /* ${where}: the organization or workspace */
    enum role_scope scope;
    int rank;
    const char *type; /* as in struct permission */
};

/*
 * Invariants:
 * 1. Groups are sorted by name, capitals as small letters, then id.
 * 2. Members are sorted by group, then newest first; permissions by group, then id.
 */
struct groups {
    struct group *list;
    struct group_member *members;
    struct group_permission *permissions;
    size_t n, n_members, n_permissions;
};

/* Read lists groups, groupMembers and groupPermissions into ${t}, whose other lists are there. Return 0, or -1 and ${p}. */
int tenant_group_read(struct tenant *t, const json_t *root, struct tenant_problem *p);
void tenant_group_release(struct groups *g);

/* The index of the group with that id, or TENANT_NONE. */
size_t tenant_group(const struct tenant *t, const struct uuid *id);

#endif
