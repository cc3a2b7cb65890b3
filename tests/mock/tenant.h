/*
 * tenant.h: the Airbyte instance that the mock pretends to be, read from one JSON file.
 *
 * The file is an object with these members; those of lists are as the API has them (reference/airbyte-api.md), with what
 * is said here. Members that are not named are shown as they are.
 *   application       clientId, clientSecret
 *   edition           community, enterprise or cloud
 *   release           1.0, 1.8, 2.0, 2.1 or head, which it is if the member is absent
 *   caller            userId of the application's owner; one that is not among the users has no account
 *   organizations     organizationId, organizationName, email; listed: false hides it from the list of organizations;
 *                     entitlements: an array of "feature-scim" (groups) and "feature-audit-logging"
 *   workspaces        workspaceId, organizationId, name, and what else WorkspaceRead has
 *   users             userId, name, email, and what else UserRead has; the one with the zero id is the built-in user
 *   permissions       permissionId, userId, permissionType, and workspaceId, organizationId or, for the instance, neither
 *   groups            groupId, organizationId, name, description
 *   groupMembers      memberId, groupId, userId; the oldest membership first
 *   groupPermissions  permissionId, groupId, permissionType, workspaceId or organizationId
 *   invitations       id, inviterUserId, invitedEmail, scopeType, scopeId, permissionType; status (pending), createdAt,
 *                     updatedAt and inviteCode are made up if they are absent
 *   auditEvents       id, organizationId, operation, timestamp in milliseconds, or age in seconds before the server's
 *                     start; success is true if it is absent
 *
 * Nothing changes after tenant_read, so any number of threads may read it.
 */
#ifndef MOCK_TENANT_H
#define MOCK_TENANT_H

#include "element.h"
#include "release.h"
#include "role.h"
#include "tenant_audit.h"
#include "tenant_group.h"
#include "tenant_invitation.h"
#include "uuid.h"

#include <stdbool.h>
#include <stddef.h>

/* What a search finds when there is no such id. */
#define TENANT_NONE ((size_t)-1)

struct organization {
    struct uuid id;
    char *name;
    char *json;                 /* as organizations/get and GET /organizations show it */
    bool listed;                /* whether GET /organizations shows it at all */
    int rank;                   /* of the caller's own role here */
    int group_rank;             /* of the best role that his groups give him */
    bool is_held;               /* whether the caller holds a role of his own here, of whatever rank */
    bool has_groups, has_audit; /* what it is entitled to */
    bool has_guest;             /* whether the caller holds a role of his own on a workspace of it */
    size_t first_permission, permissions;
};

struct workspace {
    struct uuid id;
    size_t organization;
    char *name;
    char *json;        /* WorkspaceRead, reference/airbyte-api.md section 3.5 */
    char *public_json; /* WorkspaceResponse, section 3.4 */
    bool tombstone;
    int rank, group_rank; /* as above */
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
    enum release release;
    size_t caller;     /* in ${users}; TENANT_NONE if the application's owner is not among them */
    bool caller_admin; /* instance admin */
    struct organization *organizations;
    struct workspace *workspaces;
    struct user *users;
    struct permission *permissions;
    size_t n_organizations, n_workspaces, n_users, n_permissions;
    struct tenant_key *organization_keys, *workspace_keys, *user_keys; /* by id */
    struct groups groups;
    struct invitations invitations;
    struct audit_events audit;
    char **types; /* the distinct permission types, which permissions point at */
    size_t n_types;
};

/*
 * Read ${file} into ${t}, with ${caller}, unless NULL, in place of the caller that it names. Return 0, or -1 with
 * ${problem} filled in. Either way tenant_release frees what is there. Refused: what is not JSON or not of the form that
 * is described above, ids that are no UUIDs or occur twice, references to what is not there, two roles of one user in one
 * place.
 */
int tenant_read(struct tenant *t, const char *file, const char *caller, struct tenant_problem *problem);
void tenant_release(struct tenant *t);

/* The index of the one with that id, or TENANT_NONE. */
size_t tenant_organization(const struct tenant *t, const struct uuid *id);
size_t tenant_workspace(const struct tenant *t, const struct uuid *id);
size_t tenant_user(const struct tenant *t, const struct uuid *id);

/*
 * For the readers of the file's lists. Where a permission holds, as the member that is there says: 0, or -1 with the
 * element's problem filled in. And the one copy of a permission type, as JSON text.
 */
int tenant_read_scope(const struct tenant *t, const struct element *e, enum role_scope *scope, size_t *where);
const char *tenant_intern_type(struct tenant *t, const char *type);

/* The caller's rank in an organization when an endpoint asks for a role there. Groups count from RELEASE_HEAD on. */
int tenant_rank(const struct tenant *t, size_t organization);

/*
 * Whether the caller may read a workspace: as reader or more there, or as reader or more of its organization. Lists show
 * only what he may read by roles of his own; endpoints about one workspace count his groups, too.
 */
bool tenant_lists(const struct tenant *t, const struct workspace *w);
bool tenant_reads(const struct tenant *t, const struct workspace *w);

/* Pretend to be another edition. */
void tenant_set_edition(struct tenant *t, const char *edition);

/* Give the caller every right, as when the server checks none. The built-in user is the caller then, if there is one. */
void tenant_open(struct tenant *t);

#endif
