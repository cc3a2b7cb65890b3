#include "policy.h"

#include <string.h>

#include "annotations.pb-c.h"
#include "records.pb-c.h"
#include "traits.pb-c.h"

#define WORD_LEN_MAX 64

#define TYPE(name) &c1__connector__v2__##name##__descriptor

/* A type without fields of its own to mask has one row with no field. */
static const struct {
    const ProtobufCMessageDescriptor *type;
    const char *field;
    enum policy policy;
} rows[] = {
    {TYPE(resource_type), "id", POLICY_WORD},
    {TYPE(resource_type), "display_name", POLICY_WORDS},
    {TYPE(resource_type), "description", POLICY_DROP},
    {TYPE(resource_id), "resource_type", POLICY_WORD},
    {TYPE(resource_id), "resource", POLICY_MASK},
    {TYPE(resource), "display_name", POLICY_MASK},
    {TYPE(resource), "description", POLICY_DROP},
    {TYPE(external_id), "id", POLICY_MASK},
    {TYPE(external_id), "link", POLICY_DROP},
    {TYPE(external_id), "description", POLICY_DROP},
    {TYPE(asset_ref), "id", POLICY_MASK},
    {TYPE(status), "details", POLICY_STATE},
    {TYPE(entitlement), "description", POLICY_DROP},
    {TYPE(entitlement), "slug", POLICY_WORD},
    {TYPE(grant), NULL, POLICY_UNKNOWN},
    {TYPE(grant_sources), NULL, POLICY_UNKNOWN},
    {TYPE(grant_sources__sources_entry), "key", POLICY_ENTITLEMENT},
    {TYPE(grant_sources__grant_source), NULL, POLICY_UNKNOWN},

    {TYPE(user_trait), "login", POLICY_MASK},
    {TYPE(user_trait), "login_aliases", POLICY_MASK},
    {TYPE(user_trait), "employee_ids", POLICY_MASK},
    {TYPE(user_trait__email), "address", POLICY_MASK},
    {TYPE(user_trait__status), "details", POLICY_STATE},
    {TYPE(user_trait__mfastatus), NULL, POLICY_UNKNOWN},
    {TYPE(user_trait__ssostatus), NULL, POLICY_UNKNOWN},
    {TYPE(user_trait__structured_name), "given_name", POLICY_MASK},
    {TYPE(user_trait__structured_name), "family_name", POLICY_MASK},
    {TYPE(user_trait__structured_name), "middle_names", POLICY_MASK},
    {TYPE(user_trait__structured_name), "prefix", POLICY_MASK},
    {TYPE(user_trait__structured_name), "suffix", POLICY_MASK},
    {TYPE(group_trait), "group_source_type", POLICY_WORD},
    {TYPE(group_trait), "raw_group_source_type", POLICY_WORD},
    {TYPE(role_trait), NULL, POLICY_UNKNOWN},
    {TYPE(role_scope_conditions), "type", POLICY_WORD},
    {TYPE(role_scope_condition), "expression", POLICY_MASK},
    {TYPE(scope_binding_trait), NULL, POLICY_UNKNOWN},
    {TYPE(app_trait), "help_url", POLICY_DROP},
    {TYPE(app_trait), "app_source_type", POLICY_WORD},
    {TYPE(app_trait), "raw_app_source_type", POLICY_WORD},

    {TYPE(child_resource_type), "resource_type_id", POLICY_WORD},
    {TYPE(skip_entitlements_and_grants), NULL, POLICY_UNKNOWN},
    {TYPE(skip_grants), NULL, POLICY_UNKNOWN},
    {TYPE(skip_entitlements), NULL, POLICY_UNKNOWN},
    {TYPE(type_scoped_entitlements), NULL, POLICY_UNKNOWN},
    {TYPE(type_scoped_grants), NULL, POLICY_UNKNOWN},
    {TYPE(capability_permissions), NULL, POLICY_UNKNOWN},
    {TYPE(capability_permission), "permission", POLICY_WORD},
    {TYPE(opt_in_required), NULL, POLICY_UNKNOWN},
    {TYPE(deprecated), NULL, POLICY_UNKNOWN},
    {TYPE(skip_sync_anomaly_detection), NULL, POLICY_UNKNOWN},
    {TYPE(external_link), "url", POLICY_DROP},
    {TYPE(v1_identifier), "id", POLICY_MASK},
    {TYPE(raw_id), "id", POLICY_MASK},
    {TYPE(aliases), "ids", POLICY_MASK},
    {TYPE(baton_id), NULL, POLICY_UNKNOWN},
    {TYPE(insert_resource_grants), NULL, POLICY_UNKNOWN},
    {TYPE(grant_metadata), NULL, POLICY_UNKNOWN},
    {TYPE(grant_expandable), "entitlement_ids", POLICY_ENTITLEMENT},
    {TYPE(grant_expandable), "resource_type_ids", POLICY_WORD},
    {TYPE(grant_immutable), "source_id", POLICY_MASK},
    {TYPE(entitlement_immutable), "source_id", POLICY_MASK},
    {TYPE(entitlement_exclusion_group), "exclusion_group_id", POLICY_MASK},
    {TYPE(entitlement_exclusion_group), "order", POLICY_KEEP},
    {TYPE(etag), "value", POLICY_DROP},
    /* Of no use without the value; and on resources, which come before what the id became is known. */
    {TYPE(etag), "entitlement_id", POLICY_DROP},
    {TYPE(etag_match), "entitlement_id", POLICY_DROP},
    {TYPE(etag_metadata), NULL, POLICY_UNKNOWN},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

enum policy policy_of(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].type == type && rows[i].field != NULL && strcmp(rows[i].field, field->name) == 0)
            return rows[i].policy;
    return POLICY_UNKNOWN;
}

bool policy_knows(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].type == type)
            return true;
    return false;
}

static bool is_in(struct json_str text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_eq(text, words[i]))
            return true;
    return false;
}

static bool is_plain(struct json_str text, bool spaces)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                (spaces && c == ' ')))
            return false;
    }
    return text.len <= WORD_LEN_MAX;
}

bool policy_keeps(enum policy policy, struct json_str text)
{
    static const char *const states[] = {"active", "inactive", "enabled", "disabled", "deleted", "invited",
        "invitation pending", "pending", "suspended", "locked", "expired"};

    switch (policy) {
    case POLICY_WORD:
        return is_plain(text, false);
    case POLICY_WORDS:
        return is_plain(text, true);
    case POLICY_STATE:
        return is_in(text, states, sizeof(states) / sizeof(states[0]));
    default:
        return false;
    }
}

enum policy policy_of_key(struct json_str key)
{
    static const char *const keys[] = {"active", "company_name", "created_at", "default_workspace_id", "display_name",
        "email", "first_name", "id", "initial_setup_complete", "last_name", "login", "name", "organization_id",
        "organization_ids", "owner", "role", "roles", "scope_id", "slug", "status", "type", "user_id", "username",
        "workspace_id", "workspace_ids"};
    /* Of an invitation: to hold which role, on a resource of which type. */
    static const char *const words[] = {"permission_type", "scope_type"};

    if (is_in(key, words, sizeof(words) / sizeof(words[0])))
        return POLICY_WORD;
    return is_in(key, keys, sizeof(keys) / sizeof(keys[0])) ? POLICY_MASK : POLICY_UNKNOWN;
}
