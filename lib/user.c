#include "user.h"

#include <string.h>

#include "pbwire.h"
#include "traits.pb-c.h"

typedef C1__Connector__V2__UserTrait UserTrait;

struct json_str user_status_word(int status)
{
    static const char *const words[] = {"", "Enabled", "Disabled", "Deleted", "Pending"};

    return json_str_of(status >= 0 && status < (int)(sizeof(words) / sizeof(words[0])) ? words[status] : "Unknown");
}

/* Both enums have the same numbers. */
static void take_status(struct user_facts *facts, int status, ProtobufCBinaryData details)
{
    if (facts->status != 0)
        return;
    facts->status = status;
    facts->status_details = pbwire_str(details);
}

static const C1__Connector__V2__UserTrait__Email *find_email(const UserTrait *trait)
{
    for (size_t i = 0; i < trait->n_emails; i++)
        if (trait->emails[i]->is_primary)
            return trait->emails[i];
    return trait->n_emails > 0 ? trait->emails[0] : NULL;
}

static void read_trait(const UserTrait *trait, struct user_facts *facts)
{
    const C1__Connector__V2__UserTrait__Email *email = find_email(trait);

    if (trait->status != NULL)
        take_status(facts, (int)trait->status->status, trait->status->details);
    if (facts->profile == NULL)
        facts->profile = trait->profile;
    if (email != NULL)
        facts->email = pbwire_str(email->address);
    facts->login = pbwire_str(trait->login);
    facts->service = trait->account_type == C1__CONNECTOR__V2__USER_TRAIT__ACCOUNT_TYPE__ACCOUNT_TYPE_SERVICE;
}

static bool is_user_trait(const Google__Protobuf__Any *any)
{
    static const char name[] = "/c1.connector.v2.UserTrait";
    size_t len = sizeof(name) - 1;

    return any->type_url.len >= len && memcmp(any->type_url.data + any->type_url.len - len, name, len) == 0;
}

int user_read(const C1__Connector__V2__Resource *resource, struct arena *a, struct user_facts *facts, struct err *e)
{
    *facts = (struct user_facts){.profile = resource->profile};
    if (resource->status != NULL)
        take_status(facts, (int)resource->status->status, resource->status->details);
    for (size_t i = 0; i < resource->n_annotations; i++) {
        const Google__Protobuf__Any *any = resource->annotations[i];
        ProtobufCMessage *m;

        if (!is_user_trait(any))
            continue;
        if (pbwire_unpack(&c1__connector__v2__user_trait__descriptor, any->value.data, any->value.len, a, &m, e) < 0)
            return -1;
        read_trait((const UserTrait *)m, facts);
        break;
    }
    return 0;
}
