#include "gaps.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "outlook.h"

/* What is kept of one kind. */
#define TOLD_MAX ((size_t)64 << 20)

void gaps_init(struct gaps *g, bool keeps)
{
    *g = (struct gaps){.keeps = keeps};
    ids_init(&g->said);
    for (int r = 0; r < RESOURCE_COUNT; r++)
        buf_init(&g->told[r], TOLD_MAX);
}

void gaps_release(struct gaps *g)
{
    ids_release(&g->said);
    for (int r = 0; r < RESOURCE_COUNT; r++)
        buf_release(&g->told[r]);
}

int gaps_line(struct gaps *g, struct buf *out, enum refusal_kind kind, enum resource resource,
    const struct scope *scope, int status, const char *reason, const char *needs)
{
    size_t before = out->len;
    struct json_str line;
    uint32_t index;
    int fresh;

    refusal_line(out, kind, resource, scope, status, reason, needs);
    if (out->failed)
        return -1;
    line = (struct json_str){out->data + before, out->len - before};
    fresh = ids_add_parts(&g->said, &line, 1, &index);
    if (fresh <= 0) {
        out->len = before;
        return fresh;
    }
    if (g->keeps)
        outlook_tell(&g->told[resource], kind, resource, scope, status, reason, needs);
    if (g->told[resource].failed)
        return -1;
    if (kind == REFUSAL_GAP && g->n[resource]++ == 0) {
        g->reason[resource] = reason;
        g->needs[resource] = needs;
    }
    return 1;
}

void gaps_count(struct gaps *g, enum resource resource, bool refused)
{
    g->lists[resource]++;
    g->refused[resource] += refused;
}

bool gaps_all_users(const struct gaps *g)
{
    uint64_t lists = 0, refused = 0;

    for (int r = 0; r < RESOURCE_COUNT; r++)
        if (resource_table[r].role_at != LEVEL_NONE) {
            lists += g->lists[r];
            refused += g->refused[r];
        }
    return lists > 0 && refused == lists;
}

bool gaps_all(const struct gaps *g, enum resource resource)
{
    return g->lists[resource] > 0 && g->refused[resource] == g->lists[resource];
}

void gaps_warn(const struct gaps *g)
{
    for (int r = 0; r < RESOURCE_COUNT; r++) {
        const char *needs = g->needs[r] != NULL ? g->needs[r] : "";
        char role[64];

        snprintf(role, sizeof(role), "%.*s", refusal_role_len(needs), needs);
        if (g->n[r] > 0)
            log_warn("access may exist that could not be seen", LOG_STR("of", resource_table[r].name),
                LOG_INT("gaps", (int64_t)g->n[r]), LOG_STR("reason", g->reason[r]),
                LOG_STR("needs", *role != '\0' ? role : "(not known)"), LOG_ALSO("role", role));
    }
}
