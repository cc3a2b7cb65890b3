#include "words.h"

unsigned words_of(const struct c1znames_entitlement *entitlement)
{
    static const struct {
        const char *slug;
        unsigned bit;
    } roles[] = {
        {"workspace_source_editor", WORDS_SOURCE_EDITOR},
        {"workspace_destination_editor", WORDS_DESTINATION_EDITOR},
        {"workspace_editor", WORDS_HIGHER},
        {"workspace_admin", WORDS_HIGHER},
        {"inactive_member", WORDS_INACTIVE},
    };

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (json_eq(entitlement->slug, roles[i].slug))
            return roles[i].bit;
    return 0;
}

bool words_undecided(unsigned held, const struct c1znames_entitlement *entitlement)
{
    const unsigned both = WORDS_SOURCE_EDITOR | WORDS_DESTINATION_EDITOR;

    return (held & (both | WORDS_HIGHER)) == both && (words_of(entitlement) & both) != 0;
}

void words_json(struct buf *out, unsigned held, const struct c1znames_entitlement *entitlement)
{
    if (words_undecided(held, entitlement))
        buf_puts(out, ",\"undecided\":true");
    if ((words_of(entitlement) & WORDS_INACTIVE) != 0)
        buf_puts(out, ",\"inactive\":true");
}
