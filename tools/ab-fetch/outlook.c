#include "outlook.h"

#include <inttypes.h>

#include "endpoint.h"

void outlook_tell(struct buf *out, enum refusal_kind kind, enum resource resource, const struct scope *scope,
    int status, const char *reason, const char *needs)
{
    const struct resource_info *info = &resource_table[resource];

    buf_printf(out, "    %s: %s", kind == REFUSAL_GAP ? "gap" : "note", reason);
    if (status > 0)
        buf_printf(out, " (%d)", status);
    for (int i = 0; i < LEVEL_COUNT; i++)
        if (scope->id[i] != NULL && ((info->bears & LEVEL_BIT(i)) != 0 || i == (int)info->opens))
            buf_printf(out, ", %s %s", resource_level_word((enum level)i), scope->id[i]);
    if (needs != NULL)
        buf_printf(out, "; ask for %.*s", refusal_role_len(needs), needs);
    buf_putc(out, '\n');
}

/* What became of a kind, in a word. Workspaces are surveyed and users computed, so there is no list to have been asked. */
static const char *state_of(enum resource r, const struct gaps *gaps)
{
    if (gaps->n[r] > 0)
        return "gap";
    if (resource_table[r].placed == PLACED_LISTED && gaps->lists[r] == gaps->refused[r])
        return gaps->told[r].len > 0 ? "not there, or need not be seen" : "nothing to ask it about was seen";
    return "complete";
}

void outlook_report(
    struct buf *out, const char *source, const struct plan *plan, const struct caller *caller, const struct gaps *gaps)
{
    buf_printf(out, "%s\n", source);
    for (enum resource r = 0; r < RESOURCE_STREAM_COUNT; r++) {
        if (!plan->asked[r])
            continue;
        buf_printf(out, "%-18s %s\n", resource_table[r].name, state_of(r, gaps));
        buf_append(out, gaps->told[r].data, gaps->told[r].len);
        if (r == RESOURCE_COMPUTED && plan_details(plan) && !caller_is_admin(caller))
            buf_printf(out, "    note: users are not looked up (status, company); ask for %s\n",
                endpoint_find(r, FOR_LOOKUP)->role);
    }
}

int outlook_judge(const struct gaps *gaps, struct err *e)
{
    uint64_t n = 0;

    for (int r = 0; r < RESOURCE_COUNT; r++)
        n += gaps->n[r];
    if (n == 0)
        return 0;
    return err_set(e, EX_DATAERR, "%" PRIu64 " gap%s: a run would not be published, unless they are accepted", n,
        n == 1 ? "" : "s");
}
