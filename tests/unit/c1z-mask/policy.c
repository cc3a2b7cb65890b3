/*
 * policy.h: what is known, is known whole: every field of every message that may be met in a record.
 */
#include "c1z-mask/policy.h"

#include <stdio.h>
#include <string.h>

#include "protojson.h"
#include "tap.h"

/* The records, and what may stand in their annotations. */
static const char *const names[] = {"ResourceType", "Resource", "Entitlement", "Grant", "UserTrait", "GroupTrait",
    "RoleTrait", "ScopeBindingTrait", "AppTrait", "ChildResourceType", "SkipEntitlementsAndGrants", "SkipGrants",
    "SkipEntitlements", "TypeScopedEntitlements", "TypeScopedGrants", "CapabilityPermissions", "OptInRequired",
    "Deprecated", "SkipSyncAnomalyDetection", "ExternalLink", "V1Identifier", "RawId", "Aliases", "BatonID",
    "InsertResourceGrants", "GrantMetadata", "GrantExpandable", "GrantImmutable", "EntitlementImmutable",
    "EntitlementExclusionGroup", "ETag", "ETagMatch", "ETagMetadata"};

/* What mask.c itself puts together of other ids and names. */
static const char *const own[] = {
    "c1.connector.v2.Entitlement.id", "c1.connector.v2.Entitlement.display_name", "c1.connector.v2.Grant.id"};

/* Those that are refused whole. */
static const char *const refused[] = {"SecretTrait", "LicenseProfileTrait", "NonHumanIdentityTrait", "AgentTrait",
    "ManagedDeviceTrait", "SecurityInsightTrait", "VendorTrait", "VendorAgreementTrait", "ExternalResourceMatch",
    "ExternalResourceMatchAll", "ExternalResourceMatchID"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const ProtobufCMessageDescriptor *find(const char *name)
{
    char full[128];

    snprintf(full, sizeof(full), "c1.connector.v2.%s", name);
    return protojson_type(full, strlen(full));
}

static bool is_own(const char *name)
{
    for (size_t i = 0; i < COUNT(own); i++)
        if (strcmp(own[i], name) == 0)
            return true;
    return false;
}

/* A message inside: of Google's, that mask.c knows by itself; or of ours, in the table. */
static bool is_known_inside(const ProtobufCMessageDescriptor *type)
{
    return strcmp(type->name, "google.protobuf.Any") == 0 || strcmp(type->name, "google.protobuf.Struct") == 0 ||
           strcmp(type->name, "google.protobuf.Timestamp") == 0 || policy_knows(type);
}

static void check_type(const ProtobufCMessageDescriptor *type, int depth)
{
    tap_ok(policy_knows(type), type->name);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &type->fields[i];
        const ProtobufCMessageDescriptor *inner = f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
        char name[256];

        snprintf(name, sizeof(name), "%s.%s", type->name, f->name);
        if (inner != NULL)
            tap_ok(is_known_inside(inner), name);
        else if (f->type != PROTOBUF_C_TYPE_ENUM && f->type != PROTOBUF_C_TYPE_BOOL && !is_own(name))
            tap_ok(policy_of(type, f) != POLICY_UNKNOWN, name);
        if (inner != NULL && depth > 0 && policy_knows(inner))
            check_type(inner, depth - 1);
    }
}

static const struct {
    enum policy policy;
    const char *text;
    bool kept;
} texts[] = {
    {POLICY_WORD, "workspace_admin", true},
    {POLICY_WORD, "Org-Admin2", true},
    {POLICY_WORD, "org admin", false},
    {POLICY_WORD, "ann@example.com", false},
    {POLICY_WORD, "a.b", false},
    {POLICY_WORD, "caf\xc3\xa9", false},
    {POLICY_WORDS, "Resource Type", true},
    {POLICY_WORDS, "Ann's", false},
    {POLICY_STATE, "invitation pending", true},
    {POLICY_STATE, "left the company", false},
    {POLICY_MASK, "member", false},
    {POLICY_DROP, "member", false},
};

int main(void)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        const ProtobufCMessageDescriptor *type = find(names[i]);

        if (tap_ok(type != NULL, names[i]))
            check_type(type, 4);
    }
    for (size_t i = 0; i < COUNT(refused); i++)
        tap_ok(find(refused[i]) != NULL && !policy_knows(find(refused[i])), refused[i]);
    for (size_t i = 0; i < COUNT(texts); i++)
        tap_ok(policy_keeps(texts[i].policy, (struct json_str){texts[i].text, strlen(texts[i].text)}) == texts[i].kept,
            texts[i].text);
    tap_ok(policy_of_key(json_str_of("email")) == POLICY_MASK, "a usual key");
    tap_ok(policy_of_key(json_str_of("scope_id")) == POLICY_MASK, "that of an invitation's resource");
    tap_ok(policy_of_key(json_str_of("permission_type")) == POLICY_WORD, "that of its role");
    tap_ok(policy_of_key(json_str_of("scope_type")) == POLICY_WORD, "that of its resource's type");
    tap_ok(policy_of_key(json_str_of("ann")) == POLICY_UNKNOWN, "an unusual one");
    return tap_done();
}
