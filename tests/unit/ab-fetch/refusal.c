/*
 * What it means that a call is refused: the policy of refusal.c, as data.
 */
#include <stdio.h>
#include <string.h>

#include "ab-fetch/refusal.h"
#include "tap.h"

#define R(name) RESOURCE_##name
#define UNLICENSED 1
#define DETOUR 2

static const struct {
    enum resource resource;
    enum purpose purpose;
    int status, facts;
    const char *release;
    enum refusal_parent parent;
    enum refusal_kind kind;
    const char *reason;
} cases[] = {
    {R(INSTANCE), FOR_LIST, 403, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(INSTANCE), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(INSTANCE_ADMIN), FOR_LIST, 403, DETOUR, NULL, PARENT_ALONE, REFUSAL_DETOUR, ""},
    {R(INSTANCE_ADMIN), FOR_LIST, 404, DETOUR, NULL, PARENT_ALONE, REFUSAL_DETOUR, ""},
    {R(INSTANCE_ADMIN), FOR_DETOUR, 403, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(INSTANCE_ADMIN), FOR_DETOUR, 404, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(ORGANIZATION), FOR_LIST, 403, 0, NULL, PARENT_ALONE, REFUSAL_END, ""},
    {R(ORGANIZATION), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_END, ""},
    {R(ORGANIZATION), FOR_LIST, 404, DETOUR, NULL, PARENT_ALONE, REFUSAL_DETOUR, ""},
    {R(ORGANIZATION), FOR_DETOUR, 403, 0, NULL, PARENT_ALONE, REFUSAL_END, ""},
    {R(ORGANIZATION_USER), FOR_LIST, 403, DETOUR, NULL, PARENT_ALONE, REFUSAL_DETOUR, ""},
    {R(ORGANIZATION_USER), FOR_DETOUR, 403, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(ORGANIZATION_USER), FOR_DETOUR, 404, 0, NULL, PARENT_ALONE, REFUSAL_END, ""},
    {R(GROUP), FOR_LIST, 403, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(GROUP), FOR_LIST, 401, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(GROUP), FOR_LIST, 403, UNLICENSED, NULL, PARENT_ALONE, REFUSAL_NOTE, "unlicensed"},
    {R(GROUP), FOR_LIST, 403, 0, "2.0.0", PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(GROUP), FOR_LIST, 401, 0, "1.8.3", PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(GROUP), FOR_LIST, 403, 0, "2.1.0", PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(GROUP), FOR_LIST, 403, 0, "10.0", PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(GROUP), FOR_LIST, 403, 0, "dev", PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(GROUP), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(GROUP), FOR_LIST, 405, 0, "2.1.0", PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(GROUP), FOR_LIST, 501, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(GROUP_MEMBER), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "gone"},
    {R(GROUP_MEMBER), FOR_LIST, 403, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(GROUP_PERMISSION), FOR_LIST, 403, UNLICENSED, NULL, PARENT_ALONE, REFUSAL_NOTE, "unlicensed"},
    {R(GROUP_PERMISSION), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "gone"},
    {R(INVITATION), FOR_LIST, 403, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "forbidden"},
    {R(INVITATION), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "missing"},
    {R(WORKSPACE), FOR_LIST, 403, 0, "1.8.0", PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(WORKSPACE), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "missing"},
    {R(WORKSPACE), FOR_SEARCH, 403, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(WORKSPACE), FOR_SEARCH, 404, 0, NULL, PARENT_ALONE, REFUSAL_END, ""},
    {R(WORKSPACE_USER), FOR_LIST, 403, 0, NULL, PARENT_UNASKED, REFUSAL_DOUBT, ""},
    {R(WORKSPACE_USER), FOR_LIST, 404, 0, NULL, PARENT_UNASKED, REFUSAL_DOUBT, ""},
    {R(WORKSPACE_USER), FOR_LIST, 403, 0, NULL, PARENT_GONE, REFUSAL_NOTE, "gone"},
    {R(WORKSPACE_USER), FOR_LIST, 404, 0, NULL, PARENT_GONE, REFUSAL_NOTE, "gone"},
    {R(WORKSPACE_USER), FOR_LIST, 403, 0, NULL, PARENT_THERE, REFUSAL_GAP, "forbidden"},
    {R(WORKSPACE_USER), FOR_LIST, 404, 0, NULL, PARENT_THERE, REFUSAL_GAP, "missing"},
    {R(WORKSPACE_USER), FOR_LIST, 403, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "forbidden"},
    {R(WORKSPACE_USER), FOR_LIST, 404, 0, NULL, PARENT_ALONE, REFUSAL_GAP, "missing"},
    {R(WORKSPACE_USER), FOR_LIST, 501, 0, NULL, PARENT_UNASKED, REFUSAL_END, ""},
    {R(WORKSPACE_USER), FOR_LIST, 401, 0, NULL, PARENT_UNASKED, REFUSAL_END, ""},
    {R(ORGANIZATION_USER), FOR_LIST, 401, DETOUR, NULL, PARENT_ALONE, REFUSAL_END, ""},
    {R(USER), FOR_LOOKUP, 403, 0, NULL, PARENT_ALONE, REFUSAL_NOTE, "forbidden"},
};

static void check_case(size_t i)
{
    const struct refusal_case it = {
        .resource = cases[i].resource,
        .purpose = cases[i].purpose,
        .status = cases[i].status,
        .unlicensed = (cases[i].facts & UNLICENSED) != 0,
        .release = cases[i].release,
        .detour = (cases[i].facts & DETOUR) != 0,
        .parent = cases[i].parent,
    };
    struct refusal_meaning m = refusal_judge(&it);
    char what[128];

    snprintf(what, sizeof(what), "%s, status %d, release %s: %d %s", resource_table[it.resource].name, it.status,
        it.release != NULL ? it.release : "?", (int)m.kind, m.reason);
    tap_ok(m.kind == cases[i].kind && strcmp(m.reason, cases[i].reason) == 0, what);
}

static void check_releases(void)
{
    tap_ok(refusal_is_older("2.0.9", "2.1") && refusal_is_older("1.8", "2.0") && refusal_is_older("0.63.15", "2.1"),
        "older releases");
    tap_ok(!refusal_is_older("2.1", "2.1") && !refusal_is_older("2.1.0", "2.1") && !refusal_is_older("2.10", "2.9"),
        "releases that are not older");
    tap_ok(!refusal_is_older("", "2.1") && !refusal_is_older("dev", "2.1") && !refusal_is_older(NULL, "2.1"),
        "what is no release is not older");
}

/* Whether a list of workspaces may be short hangs on the release, on whose list it is, and on the caller. */
static void check_partial(void)
{
    const struct refusal_case unknown = {.release = NULL}, old = {.release = "1.7.2"}, late = {.release = "2.0.0"};

    tap_ok(refusal_is_partial(&unknown, true, false) && refusal_is_partial(&late, true, false), "may be short");
    tap_ok(!refusal_is_partial(&unknown, true, true) && !refusal_is_partial(&late, false, true), "a reader sees all");
    tap_ok(!refusal_is_partial(&old, true, false), "old servers list all to everybody");
    tap_ok(refusal_is_partial(&old, false, false), "but not where it is the caller's own list");
}

static void check_lines(void)
{
    struct scope scope = {0};
    struct buf out;

    buf_init(&out, 4096);
    scope_set(&scope, LEVEL_ORGANIZATION, "o");
    scope_set(&scope, LEVEL_WORKSPACE, "w");
    refusal_line(&out, REFUSAL_GAP, RESOURCE_WORKSPACE_USER, &scope, 403, "forbidden", "workspace_reader on {x}");
    refusal_line(&out, REFUSAL_NOTE, RESOURCE_ORGANIZATION, &scope, 0, "gone", NULL);
    tap_ok(strcmp(buf_cstr(&out),
               "{\"stream\":\"gap\",\"of\":\"workspace_user\",\"organizationId\":\"o\",\"workspaceId\":\"w\","
               "\"status\":403,\"reason\":\"forbidden\",\"needs\":\"workspace_reader\"}\n"
               "{\"stream\":\"note\",\"of\":\"organization\",\"organizationId\":\"o\",\"reason\":\"gone\"}\n") == 0,
        "the lines of a gap and a note");
    buf_release(&out);
    scope_release(&scope);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(i);
    check_releases();
    check_partial();
    check_lines();
    return tap_done();
}
