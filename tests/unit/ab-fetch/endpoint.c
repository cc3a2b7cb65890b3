/*
 * The calls as they are sent and as they are named, as data: URL, body, words, role.
 */
#include "ab-fetch/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static const struct endpoint_part first = {.limit = 100}, third = {.limit = 100, .offset = 200},
                                  later = {.limit = 100, .token = "t\"2", .since = "2026-01-02T03:04:05Z"};

/* Ids that mean something in a URL or in JSON: they must come out as the ids they are. */
static const char *const plain[LEVEL_COUNT] = {
    [LEVEL_ORGANIZATION] = "o-1", [LEVEL_GROUP] = "g-1", [LEVEL_WORKSPACE] = "w-1", [LEVEL_USER] = "u-1"};
static const char *const odd[LEVEL_COUNT] = {[LEVEL_ORGANIZATION] = "a/../b?c=d&e#f",
    [LEVEL_GROUP] = "\xc3\xa4 {userId}",
    [LEVEL_WORKSPACE] = "\"},{\"x\":\"\\",
    [LEVEL_USER] = "%2F"};

static const struct {
    enum resource resource;
    enum purpose purpose;
    const char *const *ids;
    const struct endpoint_part *part;
    const char *url, *body, *words, *role; /* ${body} NULL: a GET; ${role} "": any token */
} cases[] = {
    {RESOURCE_ORGANIZATION_USER, FOR_LIST, plain, &first, "https://a.test/config/users/list_by_organization_id",
        "{\"organizationId\":\"o-1\"}", "POST /users/list_by_organization_id (config API) for organization o-1",
        "organization_member on organization o-1"},
    {RESOURCE_ORGANIZATION_USER, FOR_LIST, odd, &first, "https://a.test/config/users/list_by_organization_id",
        "{\"organizationId\":\"a/../b?c=d&e#f\"}",
        "POST /users/list_by_organization_id (config API) for organization a/../b?c=d&e#f",
        "organization_member on organization a/../b?c=d&e#f"},
    {RESOURCE_GROUP, FOR_LIST, plain, &third, "https://a.test/public/groups?organizationId=o-1&limit=100&offset=200",
        NULL, "GET /groups?organizationId={organizationId} (public API) for organization o-1",
        "organization_admin on organization o-1"},
    {RESOURCE_GROUP, FOR_LIST, odd, &first,
        "https://a.test/public/groups?organizationId=a%2F..%2Fb%3Fc%3Dd%26e%23f&limit=100&offset=0", NULL, NULL, NULL},
    {RESOURCE_GROUP_MEMBER, FOR_LIST, plain, &first, "https://a.test/public/groups/g-1/members?limit=100&offset=0",
        NULL, "GET /groups/{groupId}/members (public API) for group g-1", NULL},
    /* What looks like a place for an id, in an id, is none. */
    {RESOURCE_GROUP_MEMBER, FOR_LIST, odd, &first,
        "https://a.test/public/groups/%C3%A4%20%7BuserId%7D/members?limit=100&offset=0", NULL, NULL, NULL},
    {RESOURCE_WORKSPACE_USER, FOR_LIST, odd, &first, "https://a.test/config/users/list_access_info_by_workspace_id",
        "{\"workspaceId\":\"\\\"},{\\\"x\\\":\\\"\\\\\"}", NULL, NULL},
    {RESOURCE_AUDIT_EVENT, FOR_LIST, plain, &later, NULL,
        "{\"organizationId\":\"o-1\",\"pageSize\":200,\"startTime\":\"2026-01-02T03:04:05Z\",\"pageToken\":\"t\\\"2\"}",
        NULL, NULL},
    {RESOURCE_AUDIT_EVENT, FOR_LIST, plain, &first, NULL, "{\"organizationId\":\"o-1\",\"pageSize\":200}", NULL, NULL},
};

static bool is(const char *what, const struct buf *got, const char *want)
{
    const char *text = got->len > 0 ? got->data : "";

    if (want == NULL || (strlen(want) == got->len && memcmp(text, want, got->len) == 0))
        return true;
    printf("# %s: %.*s\n", what, (int)got->len, text);
    return false;
}

static void check_case(size_t i)
{
    const struct endpoint *ep = endpoint_find(cases[i].resource, cases[i].purpose);
    const struct baseurl base = {.public_base = "https://a.test/public", .config_base = "https://a.test/config"};
    struct scope scope = {0};
    struct buf url, body, words, role;
    bool pass = (cases[i].body == NULL) == (ep->body == NULL);

    for (int l = 0; l < LEVEL_COUNT; l++)
        pass = (cases[i].ids[l] == NULL || scope_set(&scope, (enum level)l, cases[i].ids[l]) == 0) && pass;
    buf_init(&url, 4096);
    buf_init(&body, 4096);
    buf_init(&words, 4096);
    buf_init(&role, 4096);
    endpoint_url(&url, ep, &base, &scope, cases[i].part);
    if (ep->body != NULL)
        endpoint_body(&body, ep, &scope, cases[i].part);
    endpoint_describe(&words, ep, &scope);
    endpoint_role(&role, ep, &scope);
    pass = is("url", &url, cases[i].url) && pass;
    pass = is("body", &body, cases[i].body) && pass;
    pass = is("words", &words, cases[i].words) && pass;
    pass = is("role", &role, cases[i].role) && pass;
    tap_ok(pass, ep->path);
    buf_release(&url);
    buf_release(&body);
    buf_release(&words);
    buf_release(&role);
    scope_release(&scope);
}

/* An id that is not known is not made up, and a body that does not fit is no body. */
static void check_bounds(void)
{
    const struct endpoint *ep = endpoint_find(RESOURCE_AUDIT_EVENT, FOR_LIST);
    struct scope scope = {0};
    struct buf out;

    buf_init(&out, 4096);
    endpoint_body(&out, endpoint_find(RESOURCE_ORGANIZATION_USER, FOR_LIST), &scope, &first);
    tap_ok(is("body", &out, "{\"organizationId\":{organizationId}}"), "an id that is not known is not made up");
    buf_release(&out);
    buf_init(&out, 8);
    endpoint_body(&out, ep, &scope, &later);
    tap_ok(out.failed, "what does not fit has failed");
    buf_release(&out);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(i);
    check_bounds();
    return tap_done();
}
