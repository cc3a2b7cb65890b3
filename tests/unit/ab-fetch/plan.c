/*
 * What a plan means: each case names resources, as a command line does, and says what follows.
 */
#include <stdio.h>
#include <string.h>

#include "ab-fetch/plan.h"
#include "tap.h"

static const struct {
    const char *asked;
    const char *means; /* letters: r reads a stream, f fetches, s surveys, c computes, l lists all organizations */
} cases[] = {
    {"", "fscl"},
    {"organization", "fl"},
    {"instance organization", "fl"},
    {"instance_admin", "rf"},
    {"group", "rf"},
    {"organization group group_member", "fl"},
    {"organization group_member", "rfl"},
    {"organization invitation", "fl"},
    {"organization_user", "rf"},
    {"organization organization_user", "fl"},
    {"workspace", "rfs"},
    {"organization workspace", "fsl"},
    {"workspace_user", "rf"},
    {"organization workspace_user", "rfl"},
    {"organization workspace workspace_user", "fsl"},
    {"user", "rc"},
    {"organization user", "fcl"},
    {"workspace_user user", "rfc"},
};

static struct plan plan_from(const char *words)
{
    struct plan p = {0};

    while (*words != '\0') {
        size_t len = strcspn(words, " ");

        p.asked[resource_find((struct json_str){words, len})] = true;
        words += len + (words[len] == ' ');
    }
    plan_complete(&p, false);
    return p;
}

static void check_case(size_t i)
{
    struct plan p = plan_from(cases[i].asked);
    char means[8], what[128];

    snprintf(means, sizeof(means), "%s%s%s%s%s", plan_reads(&p) ? "r" : "", plan_fetches(&p) ? "f" : "",
        plan_surveys(&p) ? "s" : "", plan_computes(&p) ? "c" : "", plan_lists_all(&p) ? "l" : "");
    snprintf(what, sizeof(what), "'%s': %s", cases[i].asked, means);
    tap_ok(strcmp(means, cases[i].means) == 0, what);
}

static void check_children(void)
{
    struct plan p = plan_from("organization workspace");

    tap_ok(plan_child(&p, RESOURCE_ORGANIZATION, RESOURCE_NONE, false), "organizations stand at the root");
    tap_ok(plan_child(&p, RESOURCE_WORKSPACE, RESOURCE_ORGANIZATION, false), "workspaces beneath them");
    tap_ok(!plan_child(&p, RESOURCE_ORGANIZATION_USER, RESOURCE_ORGANIZATION, true), "users are not asked for");
    tap_ok(plan_has_children(&p, RESOURCE_ORGANIZATION) && !plan_has_children(&p, RESOURCE_WORKSPACE),
        "so workspaces have nothing beneath them");
    p.carried[RESOURCE_ORGANIZATION_USER] = true;
    tap_ok(!plan_child(&p, RESOURCE_ORGANIZATION_USER, RESOURCE_ORGANIZATION, false) &&
               plan_child(&p, RESOURCE_ORGANIZATION_USER, RESOURCE_ORGANIZATION, true),
        "what the input carried is fetched for what only this run has found");
    tap_ok(plan_refetches(&p, RESOURCE_WORKSPACE) && !plan_refetches(&p, RESOURCE_WORKSPACE_USER) &&
               !plan_refetches(&p, RESOURCE_USER),
        "in the way are lines of what is fetched, but not of what is computed");
}

static void check_details(void)
{
    struct plan p = plan_from("user");

    tap_ok(!plan_details(&p) && !plan_connects(&p), "users alone are not looked up");
    p.details = DETAILS_YES;
    tap_ok(plan_details(&p) && plan_connects(&p) && plan_asks_caller(&p), "but they can be");
    p = plan_from("organization user");
    tap_ok(plan_details(&p) && plan_asks_caller(&p), "with others they are");
    p.details = DETAILS_NO;
    tap_ok(!plan_details(&p) && plan_connects(&p) && !plan_asks_caller(&p), "unless they are not to be");
    p = plan_from("organization group workspace_user");
    tap_ok(!plan_asks_caller(&p), "the caller's roles matter to some resources only");
    p = plan_from("instance instance_admin");
    tap_ok(plan_asks_caller(&p), "such as instance admins");
    p = plan_from("organization workspace");
    tap_ok(plan_asks_caller(&p), "and workspaces");
    plan_complete(&p, true);
    tap_ok(!p.asked[RESOURCE_WORKSPACE_INVITATION], "invitations to workspaces only with invitations");
    p = plan_from("organization invitation");
    plan_complete(&p, true);
    tap_ok(p.asked[RESOURCE_WORKSPACE_INVITATION] && plan_reads(&p), "which takes workspaces");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(i);
    check_children();
    check_details();
    return tap_done();
}
