/*
 * audit.c: the endpoint of the audit log, reference/airbyte-api.md section 3.18.
 */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE_DEFAULT 50
#define PAGE_MAX 200

#define DAY_MS (INT64_C(86400) * 1000)
#define WINDOW_DEFAULT_MS (30 * DAY_MS)
#define WINDOW_MAX_MS (90 * DAY_MS)

/* What is asked for. Texts may be NULL; what they must be part of is told by their names. */
struct query {
    int64_t from_ms, to_ms;
    const char *workspace, *actor, *operation, *text;
    const json_t *success;
    size_t limit, offset;
};

static const char *string_of(const struct call *c, const char *member)
{
    return json_string_value(json_object_get(c->body, member));
}

/* Read RFC 3339, to the second, into *ms. Return whether it is that. */
static bool read_time(const char *text, int64_t *ms)
{
    struct tm tm = {0};
    int n = 0, hours = 0, minutes = 0;
    char sign;

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
            &tm.tm_sec, &n) != 6)
        return false;
    text += n;
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    if (strcmp(text, "Z") != 0 &&
        (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &n) != 3 || text[n] || (sign != '+' && sign != '-')))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    *ms = ((int64_t)timegm(&tm) - (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60)) * 1000;
    return true;
}

/* The window of time: the 30 days before its end, which is now, unless the body says otherwise; at most 90 days. */
static bool read_window(const struct call *c, struct query *q)
{
    const char *from = string_of(c, "startTime"), *to = string_of(c, "endTime");

    q->to_ms = tokens_now_s(c->api->tokens) * 1000;
    if (to && !read_time(to, &q->to_ms))
        return false;
    q->from_ms = q->to_ms - WINDOW_DEFAULT_MS;
    if (from && !read_time(from, &q->from_ms))
        return false;
    return q->from_ms <= q->to_ms && q->to_ms - q->from_ms <= WINDOW_MAX_MS;
}

/*
 * Tokens of pages: where the next one starts, and which query it belongs to. The end of a window that is not given moves
 * with the clock, so it is no part of that.
 */
static void make_token(const struct call *c, size_t offset, char token[64])
{
    static const char *const members[] = {
        "startTime", "endTime", "workspaceId", "actorId", "operation", "searchText", "organizationId"};
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *s = string_of(c, members[i]);

        for (; s && *s; s++)
            hash = (hash ^ (unsigned char)*s) * 16777619u;
        hash = (hash ^ 0xff) * 16777619u;
    }
    snprintf(token, 64, "page-%zu-%08" PRIx32, offset, hash);
}

static bool read_page(const struct call *c, struct query *q)
{
    const json_t *size = json_object_get(c->body, "pageSize");
    const char *token = string_of(c, "pageToken");
    json_int_t limit = size ? json_integer_value(size) : PAGE_DEFAULT;
    char right[64];

    if (limit < 1 || limit > PAGE_MAX)
        return false;
    q->limit = (size_t)limit;
    if (c->request->skew.cap > 0 && q->limit > c->request->skew.cap)
        q->limit = c->request->skew.cap;
    if (!token)
        return true;
    if (strncmp(token, "page-", 5) != 0)
        return false;
    q->offset = strtoul(token + 5, NULL, 10);
    make_token(c, q->offset, right);
    return strcmp(token, right) == 0;
}

/* Whether ${part} is in the text of ${object}'s member. */
static bool member_has(const json_t *object, const char *member, const char *part)
{
    const char *value = json_string_value(json_object_get(object, member));

    return value && strcasestr(value, part);
}

static bool matches(const struct query *q, const struct audit_event *e)
{
    json_t *o = json_loads(e->json, 0, NULL);
    const json_t *actor = json_object_get(o, "actor"), *success = json_object_get(o, "success");
    bool match = e->at_ms >= q->from_ms && e->at_ms <= q->to_ms &&
                 (!q->workspace || member_has(o, "workspaceId", q->workspace)) &&
                 (!q->actor || member_has(actor, "actorId", q->actor) || member_has(actor, "email", q->actor)) &&
                 (!q->operation || member_has(o, "operation", q->operation)) &&
                 (!q->success || json_equal(q->success, success)) && (!q->text || strcasestr(e->json, q->text));

    json_decref(o);
    return match;
}

/* Newest first, as they are sorted. A token follows if there is more. */
static void add_events(struct call *c, const struct query *q, size_t organization)
{
    const struct audit_events *all = &c->tenant->audit;
    struct piece *out = &c->answer->body;
    size_t seen = 0;
    char token[64];

    piece_puts(out, "{\"auditLogs\":[");
    for (size_t i = 0; i < all->n && seen <= q->offset + q->limit; i++) {
        if (all->list[i].organization != organization || !matches(q, &all->list[i]))
            continue;
        if (seen >= q->offset && seen < q->offset + q->limit)
            piece_addf(out, "%s,", all->list[i].json);
        seen++;
    }
    room_end_list(out, "]");
    if (seen > q->offset + q->limit) {
        make_token(c, c->request->skew.loop ? q->offset : q->offset + q->limit, token);
        piece_addf(out, ",\"nextPageToken\":\"%s\"", token);
    }
    piece_puts(out, "}");
}

void audit_list(struct call *c)
{
    size_t organization = room_find(c, tenant_organization, false);
    struct query q = {
        .workspace = string_of(c, "workspaceId"),
        .actor = string_of(c, "actorId"),
        .operation = string_of(c, "operation"),
        .text = string_of(c, "searchText"),
        .success = json_object_get(c->body, "success"),
    };

    if (organization == TENANT_NONE)
        return;
    if (tenant_rank(c->tenant, organization) < ROLE_ADMIN)
        response_framework(c->answer, 403, NULL);
    else if (!c->tenant->organizations[organization].has_audit)
        response_unlicensed(c->answer, "feature-audit-logging");
    else if (!read_window(c, &q) || !read_page(c, &q))
        response_error_id(c->answer, 400);
    else
        add_events(c, &q, organization);
}
