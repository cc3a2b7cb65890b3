#include "user.h"

#include <string.h>

#include "pbwire.h"
#include "traits.pb-c.h"

typedef C1__Connector__V2__UserTrait UserTrait;

/* Both enums have the same numbers. */
static struct json_str status_word(int status)
{
    static const char *const words[] = {"", "Enabled", "Disabled", "Deleted", "Pending"};

    return json_str_of(status >= 0 && status < (int)(sizeof(words) / sizeof(words[0])) ? words[status] : "Unknown");
}

static void take_status(struct user_facts *facts, int status, ProtobufCBinaryData details)
{
    if (facts->status.len > 0)
        return;
    facts->status = status_word(status);
    facts->status_details = pbwire_str(details);
}

static void read_trait(const UserTrait *trait, struct user_facts *facts)
{
    if (trait->status != NULL)
        take_status(facts, (int)trait->status->status, trait->status->details);
    facts->login = pbwire_str(trait->login);
    for (size_t i = 0; i < trait->n_emails; i++)
        if (i == 0 || trait->emails[i]->is_primary) {
            facts->email = pbwire_str(trait->emails[i]->address);
            if (trait->emails[i]->is_primary)
                break;
        }
}

static bool is_user_trait(const Google__Protobuf__Any *any)
{
    static const char name[] = "/c1.connector.v2.UserTrait";
    size_t len = sizeof(name) - 1;

    return any->type_url.len >= len && memcmp(any->type_url.data + any->type_url.len - len, name, len) == 0;
}

void user_read(const C1__Connector__V2__Resource *resource, struct arena *a, struct user_facts *facts)
{
    *facts = (struct user_facts){0};
    if (resource->status != NULL)
        take_status(facts, (int)resource->status->status, resource->status->details);
    for (size_t i = 0; i < resource->n_annotations; i++) {
        const Google__Protobuf__Any *any = resource->annotations[i];
        struct err ignored = {0};
        ProtobufCMessage *m;

        if (is_user_trait(any) && pbwire_unpack(&c1__connector__v2__user_trait__descriptor, any->value.data,
                                      any->value.len, a, &m, &ignored) == 0)
            read_trait((const UserTrait *)m, facts);
    }
}
