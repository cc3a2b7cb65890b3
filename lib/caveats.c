#include "caveats.h"

unsigned caveats_of(const struct c1znames_entitlement *entitlement)
{
    static const struct {
        const char *slug;
        unsigned bit;
    } roles[] = {
        {"workspace_source_editor", CAVEAT_SOURCE_EDITOR},
        {"workspace_destination_editor", CAVEAT_DESTINATION_EDITOR},
        {"workspace_editor", CAVEAT_HIGHER},
        {"workspace_admin", CAVEAT_HIGHER},
        {"inactive_member", CAVEAT_INACTIVE},
    };

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (json_eq(entitlement->slug, roles[i].slug))
            return roles[i].bit;
    return 0;
}

bool caveats_undecided(unsigned held, const struct c1znames_entitlement *entitlement)
{
    const unsigned both = CAVEAT_SOURCE_EDITOR | CAVEAT_DESTINATION_EDITOR;

    return (held & (both | CAVEAT_HIGHER)) == both && (caveats_of(entitlement) & both) != 0;
}

void caveats_json(struct buf *out, unsigned held, const struct c1znames_entitlement *entitlement)
{
    if (caveats_undecided(held, entitlement))
        buf_puts(out, ",\"undecided\":true");
    if ((caveats_of(entitlement) & CAVEAT_INACTIVE) != 0)
        buf_puts(out, ",\"inactive\":true");
}
