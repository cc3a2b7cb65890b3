/*
 * tenant.h: the Airbyte instance that the mock pretends to be, read from one JSON file.
 *
 * Nothing changes after tenant_read, so any number of threads may read it.
 */
#ifndef MOCK_TENANT_H
#define MOCK_TENANT_H

#include "role.h"
#include "uuid.h"

#include <stdbool.h>
#include <stddef.h>

/* What a search finds when there is no such id. */
#define TENANT_NONE ((size_t)-1)

struct organization {
    struct uuid id;
    char *name;
    char *json;     /* as organizations/get and GET /organizations show it */
    bool listed;    /* whether GET /organizations shows it at all */
    int rank;       /* of the caller's own role here */
    bool has_guest; /* whether the caller holds a role of his own on a workspace of it */
    size_t first_permission, permissions;
};

struct workspace {
    struct uuid id;
    size_t organization;
    char *name;
    char *json;        /* WorkspaceRead, reference/airbyte-api.md section 3.5 */
    char *public_json; /* WorkspaceResponse, section 3.4 */
    bool tombstone;
    int rank; /* of the caller's own role here */
    size_t first_permission, permissions;
};

struct user {
    struct uuid id;
    char *name, *email; /* NULL if the tenant file gives none */
    char *json;         /* UserRead, section 5.1 */
    char *access;       /* the user's members in list_access_info_by_workspace_id */
    char *listed;       /* ... in list_by_organization_id */
    char *public_json;  /* the whole object of GET /users */
    bool is_default;    /* the built-in user, whom no list shows */
};

struct permission {
    struct uuid id;
    size_t user, where; /* ${where}: the organization or workspace; 0 for an instance-wide one */
    enum role_scope scope;
    int rank;
    const char *type; /* as the tenant file spells it, as a JSON string with its quotes */
};

/*
 * Invariants:
 * 1. Organizations, workspaces and users are sorted by name (then id), users without a name last.
 * 2. Permissions are sorted by scope, then ${where}, then user; those of one organization or workspace are therefore
 *    together, in the order of their holders' names.
 * 3. A user has at most one permission per organization and per workspace.
 */
struct tenant {
    char *client_id, *client_secret, *edition;
    size_t caller;     /* in ${users}; TENANT_NONE if the application's owner is not among them */
    bool caller_admin; /* instance admin */
    struct organization *organizations;
    struct workspace *workspaces;
    struct user *users;
    struct permission *permissions;
    size_t n_organizations, n_workspaces, n_users, n_permissions;
    struct tenant_key *organization_keys, *workspace_keys, *user_keys; /* by id */
    char **types; /* the distinct permission types, which permissions point at */
    size_t n_types;
};

/* A reason why a file was refused. */
struct tenant_problem {
    int status; /* sysexits */
    char text[512];
};

/*
 * Read ${file} into ${t}. Return 0, or -1 with ${problem} filled in. Either way tenant_release frees what is there.
 * Refused: what is not JSON or not of the documented form, ids that are no UUIDs or occur twice, references to what is not
 * there, two roles of one user in one place.
 */
int tenant_read(struct tenant *t, const char *file, struct tenant_problem *problem);
void tenant_release(struct tenant *t);

/* The index of the one with that id, or TENANT_NONE. */
size_t tenant_organization(const struct tenant *t, const struct uuid *id);
size_t tenant_workspace(const struct tenant *t, const struct uuid *id);
size_t tenant_user(const struct tenant *t, const struct uuid *id);

/* Whether the caller may read a workspace: as reader or more there, or as reader or more of its organization. */
bool tenant_reads(const struct tenant *t, const struct workspace *w);

/* Give the caller every right, as when the server checks none. The built-in user is the caller then, if there is one. */
void tenant_open(struct tenant *t);

#endif
