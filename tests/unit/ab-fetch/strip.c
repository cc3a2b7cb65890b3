/*
 * What passes the door through which answers come in, as data.
 */
#include <stdio.h>
#include <string.h>

#include "ab-fetch/strip.h"
#include "tap.h"

static const struct {
    enum resource resource;
    enum purpose purpose;
    bool more;
    const char *answer, *passes; /* ${passes} NULL: refused */
} cases[] = {
    {RESOURCE_WORKSPACE, FOR_LIST, false,
        "{\"workspaces\":[{\"workspaceId\":\"w\",\"name\":\"n\",\"notifications\":[{\"webhook\":\"secret\"}],\"slug\":"
        "1.50}]}",
        "{\"workspaces\":[{\"workspaceId\":\"w\",\"name\":\"n\",\"slug\":1.50}]}"},
    {RESOURCE_WORKSPACE, FOR_LIST, false, "{\"secret\":1,\"workspaces\":[]}", "{\"workspaces\":[]}"},
    {RESOURCE_WORKSPACE, FOR_LIST, false, "{\"workspaces\":[{\"workspaceId\":{\"secret\":1},\"name\":[\"secret\"]}]}",
        "{\"workspaces\":[{}]}"},
    {RESOURCE_WORKSPACE, FOR_LIST, false, "{\"workspaces\":[\"secret\",7,null]}", "{\"workspaces\":[null,null,null]}"},
    {RESOURCE_WORKSPACE, FOR_LIST, false, "{\"workspaces\":{\"secret\":1}}", "{\"workspaces\":null}"},
    {RESOURCE_WORKSPACE, FOR_LIST, false, "[\"secret\"]", "null"},
    {RESOURCE_WORKSPACE, FOR_LIST, false, "{\"workspaces\":[{\"workspaceId\":\"w\"}", NULL},
    {RESOURCE_WORKSPACE, FOR_SEARCH, false,
        "{\"next\":\"http://x/\",\"previous\":\"y\",\"data\":[ {\"workspaceId\" : \"w\"} ]}",
        "{\"next\":\"http://x/\",\"data\":[{\"workspaceId\":\"w\"}]}"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, false, "{\"next\":null,\"data\":[]}", "{\"next\":null,\"data\":[]}"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, false, "{\"data\":[],\"next\":{\"href\":\"secret\"}}",
        "{\"data\":[],\"next\":false}"},
    {RESOURCE_WORKSPACE, FOR_SEARCH, false, "{\"data\":[],\"next\":7}", "{\"data\":[],\"next\":false}"},
    {RESOURCE_WORKSPACE, FOR_LOOKUP, false, "{\"workspaceId\":\"w\",\"webhookConfigs\":[]}", "{\"workspaceId\":\"w\"}"},
    {RESOURCE_INVITATION, FOR_LIST, false, "[{\"id\":\"i\",\"inviteCode\":\"secret\"}]", "[{\"id\":\"i\"}]"},
    {RESOURCE_AUDIT_EVENT, FOR_LIST, false,
        "{\"auditLogs\":[{\"id\":\"e\",\"actor\":{\"actorId\":\"a\",\"email\":\"m\",\"ipAddress\":\"ip\",\"userAgent\":"
        "\"ua\"},"
        "\"request\":{\"a\":1},\"response\":1}],\"nextPageToken\":\"t\"}",
        "{\"auditLogs\":[{\"id\":\"e\",\"actor\":{\"actorId\":\"a\",\"email\":\"m\"}}],\"nextPageToken\":\"t\"}"},
    {RESOURCE_AUDIT_EVENT, FOR_LIST, true,
        "{\"auditLogs\":[{\"id\":\"e\",\"actor\":{\"actorId\":\"a\",\"ipAddress\":\"ip\",\"x\":1},\"request\":1}]}",
        "{\"auditLogs\":[{\"id\":\"e\",\"actor\":{\"actorId\":\"a\",\"ipAddress\":\"ip\"}}]}"},
    {RESOURCE_AUDIT_EVENT, FOR_LIST, true,
        "{\"auditLogs\":[{\"id\":\"e\",\"actor\":\"secret\",\"success\":{\"x\":1}}]}",
        "{\"auditLogs\":[{\"id\":\"e\"}]}"},
    {RESOURCE_AUDIT_EVENT, FOR_LIST, true, "{\"auditLogs\":[{\"id\":\"e\",\"actor\":{\"email\":{\"x\":1}}}]}",
        "{\"auditLogs\":[{\"id\":\"e\",\"actor\":{}}]}"},
};

static void check_case(size_t i)
{
    const struct endpoint *ep = endpoint_find(cases[i].resource, cases[i].purpose);
    struct err e = {0};
    struct buf out;
    bool same;
    int r;

    buf_init(&out, 1 << 20);
    r = strip_answer(ep, cases[i].more, cases[i].answer, strlen(cases[i].answer), &out, &e);
    if (cases[i].passes == NULL)
        same = r < 0 && e.status == EX_PROTOCOL;
    else
        same = r == 0 && strcmp(buf_cstr(&out), cases[i].passes) == 0;
    if (!tap_ok(same && strip_needed(ep), cases[i].answer))
        printf("# %s %s\n", r == 0 ? buf_cstr(&out) : "", e.msg);
    buf_release(&out);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(i);
    tap_ok(!strip_needed(endpoint_find(RESOURCE_ORGANIZATION, FOR_LIST)), "organizations hold no secrets");
    return tap_done();
}
