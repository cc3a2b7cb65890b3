#include "endpoint.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * The members of a workspace that pass.  The others (notifications, notificationSettings, webhookConfigs, and whatever
 * later servers add) can hold addresses of webhooks, which are secrets (reference airbyte-api.md sections 3.4, 3.5).
 */
static const char *const workspace_members[] = {"workspaceId", "organizationId", "customerId", "name", "slug",
    "initialSetupComplete", "email", "displaySetupWizard", "anonymousDataCollection", "news", "securityUpdates",
    "dataplaneGroupId", "defaultGeography", "tombstone", "firstCompletedSync", "feedbackDone", NULL};
static const char *const public_workspace_members[] = {"workspaceId", "name", "dataResidency", NULL};

/* Those of an invitation.  Servers before 2026 send its code as well, with which anybody may accept it (section 3.14). */
static const char *const invitation_members[] = {"id", "inviterUserId", "invitedEmail", "scopeId", "scopeType",
    "permissionType", "status", "createdAt", "updatedAt", NULL};

/* Those of an event: not the request and what was answered; where the people were only if that is asked for. */
static const char *const event_members[] = {"id", "timestamp", "actor.actorId", "actor.email", "operation", "success",
    "errorMessage", "organizationId", "workspaceId", NULL};
static const char *const event_addresses[] = {"actor.ipAddress", "actor.userAgent", NULL};

const struct endpoint endpoint_table[] = {
    {
        .resource = RESOURCE_INSTANCE,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/instance_configuration",
    },
    {
        .resource = RESOURCE_INSTANCE_ADMIN,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/users/list_instance_admin",
        .body = "{}",
        .rows = "users",
        .admins = true,
        .role = "instance_admin",
    },
    {
        .resource = RESOURCE_INSTANCE_ADMIN,
        .purpose = FOR_DETOUR,
        .instead = RESOURCE_INSTANCE_ADMIN,
        .api = API_CONFIG,
        .path = "/users/list_instance_admins",
        .body = "{}",
        .rows = "users",
        .admins = true,
        .role = "instance_admin",
    },
    {
        .resource = RESOURCE_ORGANIZATION,
        .purpose = FOR_LIST,
        .api = API_PUBLIC,
        .path = "/organizations",
        .rows = "data",
        .next = "next",
    },
    {
        .resource = RESOURCE_ORGANIZATION,
        .purpose = FOR_DETOUR,
        .instead = RESOURCE_ORGANIZATION,
        .api = API_CONFIG,
        .path = "/organizations/list_by_user_id",
        .body = "{\"userId\":{userId}}",
        .rows = "organizations",
        .own = true,
    },
    {
        .resource = RESOURCE_ORGANIZATION,
        .purpose = FOR_LOOKUP,
        .about = LEVEL_ORGANIZATION,
        .api = API_CONFIG,
        .path = "/organizations/get",
        .body = "{\"organizationId\":{organizationId}}",
        .role = "organization_member on organization {organizationId}",
    },
    {
        .resource = RESOURCE_ORGANIZATION_USER,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/users/list_by_organization_id",
        .body = "{\"organizationId\":{organizationId}}",
        .rows = "users",
        .role = "organization_member on organization {organizationId}",
    },
    {
        .resource = RESOURCE_GROUP,
        .purpose = FOR_LIST,
        .api = API_PUBLIC,
        .path = "/groups?organizationId={organizationId}",
        .paged = true,
        .rows = "data",
        .next = "next",
        .role = "organization_admin on organization {organizationId}",
    },
    {
        .resource = RESOURCE_GROUP_MEMBER,
        .purpose = FOR_LIST,
        .api = API_PUBLIC,
        .path = "/groups/{groupId}/members",
        .paged = true,
        .rows = "data",
        .next = "next",
        .role = "organization_admin on organization {organizationId}",
    },
    {
        .resource = RESOURCE_GROUP_PERMISSION,
        .purpose = FOR_LIST,
        .api = API_PUBLIC,
        .path = "/groups/{groupId}/permissions",
        .rows = "data",
        .next = "next",
        .role = "organization_admin on organization {organizationId}",
    },
    {
        .resource = RESOURCE_INVITATION,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/user_invitations/list_pending",
        .body = "{\"scopeType\":\"organization\",\"scopeId\":{organizationId}}",
        .rows = "",
        .members = invitation_members,
        .role = "organization_reader on organization {organizationId}",
    },
    {
        .resource = RESOURCE_AUDIT_EVENT,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/audit_logs/list",
        .body = "{\"organizationId\":{organizationId},\"pageSize\":200}",
        .paged = true,
        .since = true,
        .rows = "auditLogs",
        .next = "nextPageToken",
        .members = event_members,
        .more = event_addresses,
        .role = "organization_admin on organization {organizationId}",
    },
    {
        .resource = RESOURCE_WORKSPACE,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/workspaces/list_by_organization_id",
        .body = "{\"organizationId\":{organizationId}}",
        .rows = "workspaces",
        .members = workspace_members,
        .role = "organization_reader on organization {organizationId}",
    },
    {
        .resource = RESOURCE_WORKSPACE,
        .purpose = FOR_SEARCH,
        .api = API_PUBLIC,
        .path = "/workspaces",
        .paged = true,
        .rows = "data",
        .next = "next",
        .members = public_workspace_members,
    },
    {
        .resource = RESOURCE_WORKSPACE,
        .purpose = FOR_LOOKUP,
        .about = LEVEL_WORKSPACE,
        .api = API_CONFIG,
        .path = "/workspaces/get",
        .body = "{\"workspaceId\":{workspaceId}}",
        .parent_id = "organizationId",
        .members = workspace_members,
        .role = "workspace_reader on workspace {workspaceId}",
    },
    {
        .resource = RESOURCE_WORKSPACE_USER,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/users/list_access_info_by_workspace_id",
        .body = "{\"workspaceId\":{workspaceId}}",
        .rows = "usersWithAccess",
        .role = "workspace_reader on workspace {workspaceId}, or organization_reader on its organization",
    },
    {
        .resource = RESOURCE_WORKSPACE_INVITATION,
        .purpose = FOR_LIST,
        .api = API_CONFIG,
        .path = "/user_invitations/list_pending",
        .body = "{\"scopeType\":\"workspace\",\"scopeId\":{workspaceId}}",
        .rows = "",
        .members = invitation_members,
        .role = "workspace_reader on workspace {workspaceId}",
    },
    {
        .resource = RESOURCE_USER,
        .purpose = FOR_LOOKUP,
        .about = LEVEL_USER,
        .api = API_CONFIG,
        .path = "/users/get",
        .body = "{\"userId\":{userId}}",
        .admins = true,
        .role = "instance_admin",
    },
    {
        .resource = RESOURCE_MEMBER,
        .purpose = FOR_DETOUR,
        .instead = RESOURCE_ORGANIZATION_USER,
        .api = API_PUBLIC,
        .path = "/users?organizationId={organizationId}",
        .rows = "data",
        .next = "next",
        .role = "organization_member on organization {organizationId}",
    },
    {
        .resource = RESOURCE_ROLE,
        .purpose = FOR_LIST,
        .api = API_PUBLIC,
        .path = "/permissions",
        .rows = "data",
        .next = "next",
    },
    {
        .resource = RESOURCE_ROLE,
        .purpose = FOR_LOOKUP,
        .about = LEVEL_USER,
        .api = API_PUBLIC,
        .path = "/permissions?userId={userId}&organizationId={organizationId}",
        .rows = "data",
        .next = "next",
        .role = "organization_admin on organization {organizationId}",
    },
};

const size_t endpoint_count = sizeof(endpoint_table) / sizeof(endpoint_table[0]);

static const char *const api_names[API_COUNT] = {[API_PUBLIC] = "public API", [API_CONFIG] = "config API"};

const struct endpoint *endpoint_find(enum resource resource, enum purpose purpose)
{
    for (size_t i = 0; i < endpoint_count; i++)
        if (endpoint_table[i].resource == resource && endpoint_table[i].purpose == purpose)
            return &endpoint_table[i];
    return NULL;
}

const struct endpoint *endpoint_detour(const struct endpoint *ep)
{
    for (size_t i = 0; ep->purpose == FOR_LIST && i < endpoint_count; i++)
        if (endpoint_table[i].purpose == FOR_DETOUR && endpoint_table[i].instead == ep->resource)
            return &endpoint_table[i];
    return NULL;
}

const struct endpoint *endpoint_own_roles(void)
{
    return endpoint_find(RESOURCE_ROLE, FOR_LIST);
}

const struct endpoint *endpoint_member_roles(void)
{
    return endpoint_find(RESOURCE_ROLE, FOR_LOOKUP);
}

/* Everything but the unreserved characters of RFC 3986 as %XX. */
static void put_url(struct buf *out, const char *s)
{
    for (; *s != '\0'; s++)
        if (isalnum((unsigned char)*s) || strchr("-._~", *s) != NULL)
            buf_putc(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned char)*s);
}

static void put_json(struct buf *out, const char *s)
{
    json_put_string(out, s, strlen(s));
}

static void put_plain(struct buf *out, const char *s)
{
    buf_puts(out, s);
}

/* If {NAME} stands at ${s}, the level of that id; else LEVEL_NONE. */
static enum level placeholder_at(const char *s)
{
    for (int i = 0; *s == '{' && i < LEVEL_COUNT; i++) {
        const char *name = resource_level_name((enum level)i);
        size_t len = strlen(name);

        if (strncmp(s + 1, name, len) == 0 && s[1 + len] == '}')
            return (enum level)i;
    }
    return LEVEL_NONE;
}

static void fill(struct buf *out, const char *s, const struct scope *scope, void (*put)(struct buf *, const char *))
{
    while (*s != '\0') {
        enum level level = placeholder_at(s);

        if (level == LEVEL_NONE || scope->id[level] == NULL) {
            buf_putc(out, *s++);
            continue;
        }
        put(out, scope->id[level]);
        s = strchr(s, '}') + 1;
    }
}

void endpoint_url(struct buf *out, const struct endpoint *ep, const struct baseurl *base, const struct scope *scope,
    const struct endpoint_part *part)
{
    buf_puts(out, ep->api == API_PUBLIC ? base->public_base : base->config_base);
    fill(out, ep->path, scope, put_url);
    if (ep->paged && ep->body == NULL)
        buf_printf(
            out, "%climit=%u&offset=%" PRIu64, strchr(ep->path, '?') == NULL ? '?' : '&', part->limit, part->offset);
}

static void put_member(struct buf *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buf_printf(out, ",\"%s\":", name);
    put_json(out, value);
}

void endpoint_body(
    struct buf *out, const struct endpoint *ep, const struct scope *scope, const struct endpoint_part *part)
{
    fill(out, ep->body, scope, put_json);
    if (out->failed || (!ep->since && !ep->paged))
        return;
    out->len--; /* the closing brace */
    put_member(out, "startTime", ep->since ? part->since : NULL);
    put_member(out, "pageToken", ep->paged ? part->token : NULL);
    buf_putc(out, '}');
}

static const char *method(const struct endpoint *ep)
{
    return ep->body == NULL ? "GET" : "POST";
}

/* What the call is made for, in words: the parent, or the thing looked up. */
static enum level subject(const struct endpoint *ep)
{
    enum resource parent = resource_table[ep->resource].parent;

    if (ep->purpose == FOR_LOOKUP)
        return ep->about;
    if (ep->purpose == FOR_SEARCH || parent == RESOURCE_NONE)
        return LEVEL_NONE;
    return resource_table[parent].opens;
}

void endpoint_describe(struct buf *out, const struct endpoint *ep, const struct scope *scope)
{
    enum level level = subject(ep);

    buf_printf(out, "%s %s (%s)", method(ep), ep->path, api_names[ep->api]);
    if (level != LEVEL_NONE && scope->id[level] != NULL)
        buf_printf(out, " for %s %s", resource_level_word(level), scope->id[level]);
}

void endpoint_role(struct buf *out, const struct endpoint *ep, const struct scope *scope)
{
    if (ep->role != NULL)
        fill(out, ep->role, scope, put_plain);
}

/* A resource, in two lines of at most 80 columns. ${ep}: the list of it, or NULL. */
static void print_resource(struct buf *out, enum resource r, const struct endpoint *ep)
{
    enum resource parent = resource_table[r].parent;

    buf_printf(out, "%-18s %-13s %-8s ", resource_table[r].name,
        parent == RESOURCE_NONE ? "-" : resource_table[parent].name,
        resource_table[r].required ? "required" : "optional");
    if (ep != NULL && ep->role != NULL)
        buf_append(out, ep->role, strcspn(ep->role, " ,"));
    else
        buf_puts(out, ep != NULL ? "any valid token" : "-");
    if (ep != NULL)
        buf_printf(out, "\n    %s %s (%s)\n", method(ep), ep->path, api_names[ep->api]);
    else
        buf_puts(out, "\n    computed from the lines of the others\n");
}

void endpoint_print(struct buf *out)
{
    buf_printf(out, "%-18s %-13s %-8s %s\n    %s\n", "RESOURCE", "PARENT", "", "ROLE NEEDED", "CALL");
    for (enum resource r = 0; r < RESOURCE_STREAM_COUNT; r++)
        print_resource(out, r, endpoint_find(r, FOR_LIST));
}
