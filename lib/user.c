#include "user.h"

#include "pbwire.h"
#include "traits.pb-c.h"

typedef C1__Connector__V2__Resource Resource;
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

/* The place of the first annotation that is a UserTrait, or that behind the last. */
static size_t find_trait(const Resource *resource)
{
    for (size_t i = 0; i < resource->n_annotations; i++)
        if (pbwire_is_type(resource->annotations[i]->type_url, "c1.connector.v2.UserTrait"))
            return i;
    return resource->n_annotations;
}

/* The trait that ${any} holds, in ${a}, or NULL with ${e}. */
static UserTrait *unpack_trait(const Google__Protobuf__Any *any, struct arena *a, struct err *e)
{
    ProtobufCMessage *m;

    if (pbwire_unpack(&c1__connector__v2__user_trait__descriptor, any->value.data, any->value.len, a, &m, e) < 0)
        return NULL;
    return (UserTrait *)m;
}

int user_read(const Resource *resource, struct arena *a, struct user_facts *facts, struct err *e)
{
    size_t i = find_trait(resource);
    const UserTrait *trait;

    *facts = (struct user_facts){.profile = resource->profile};
    if (resource->status != NULL)
        take_status(facts, (int)resource->status->status, resource->status->details);
    if (i == resource->n_annotations)
        return 0;
    trait = unpack_trait(resource->annotations[i], a, e);
    if (trait == NULL)
        return -1;
    read_trait(trait, facts);
    return 0;
}

/* Put in the place of the trait ${*any} a copy of it in ${a} without a status. */
static int drop_status(Google__Protobuf__Any **any, struct arena *a, struct err *e)
{
    Google__Protobuf__Any *copy = arena_dup(a, *any, sizeof(**any));
    UserTrait *trait = unpack_trait(*any, a, e);

    if (trait == NULL)
        return -1;
    trait->status = NULL;
    if (copy == NULL || pbwire_pack_arena(a, &trait->base, &copy->value) < 0)
        return err_set(e, EX_OSERR, "no memory for a trait");
    *any = copy;
    return 0;
}

Resource *user_without_status(const Resource *resource, struct arena *a, struct err *e)
{
    Resource *copy = arena_dup(a, resource, sizeof(*resource));
    Google__Protobuf__Any **annotations =
        arena_dup(a, resource->annotations, resource->n_annotations * sizeof(*annotations));
    size_t i = find_trait(resource);

    if (copy == NULL || annotations == NULL) {
        err_set(e, EX_OSERR, "no memory for a resource");
        return NULL;
    }
    copy->status = NULL;
    copy->annotations = annotations;
    return i == resource->n_annotations || drop_status(&annotations[i], a, e) == 0 ? copy : NULL;
}
