#include "c1zread_grant.h"

#include <string.h>

#include "annotations.pb-c.h"
#include "pbwire.h"
#include "records.pb-c.h"

typedef C1__Connector__V2__Grant Grant;
typedef C1__Connector__V2__Entitlement Entitlement;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__ResourceId ResourceId;

static ProtobufCBinaryData copy_bytes(struct arena *a, struct json_str text)
{
    return (ProtobufCBinaryData){text.len, arena_dup(a, text.len > 0 ? text.s : "", text.len)};
}

static Resource *new_resource(struct arena *a, const struct c1zread_ref *ref)
{
    Resource *m = pbwire_new(a, &c1__connector__v2__resource__descriptor);
    ResourceId *id = pbwire_new(a, &c1__connector__v2__resource_id__descriptor);

    if (m == NULL || id == NULL)
        return NULL;
    id->resource_type = copy_bytes(a, ref->type);
    id->resource = copy_bytes(a, ref->id);
    m->id = id;
    return m;
}

static void put_entitlement(Grant *grant, const struct c1zread_row *row, struct arena *a)
{
    Entitlement *entitlement = pbwire_new(a, &c1__connector__v2__entitlement__descriptor);

    if (entitlement == NULL)
        return;
    entitlement->id = copy_bytes(a, row->entitlement);
    entitlement->resource = new_resource(a, &row->on);
    grant->entitlement = entitlement;
}

void c1zread_grant_expandable(ProtobufCMessage *message, ProtobufCBinaryData expandable, struct arena *a)
{
    static char url[] = "type.googleapis.com/c1.connector.v2.GrantExpandable";
    Grant *grant = (Grant *)message;
    size_t n = grant->n_annotations;
    Google__Protobuf__Any *any = pbwire_new(a, &google__protobuf__any__descriptor);
    Google__Protobuf__Any **list = arena_alloc(a, (n + 1) * sizeof(*list));

    if (any == NULL || list == NULL)
        return;
    any->type_url = (ProtobufCBinaryData){sizeof(url) - 1, (uint8_t *)url};
    any->value = expandable;
    if (n > 0)
        memcpy(list, grant->annotations, n * sizeof(*list));
    list[n] = any;
    grant->annotations = list;
    grant->n_annotations = n + 1;
}

void c1zread_grant_fill(
    ProtobufCMessage *message, const struct c1zread_row *row, struct json_str expandable, struct arena *a)
{
    Grant *grant = (Grant *)message;

    if (row != NULL && grant->entitlement == NULL)
        put_entitlement(grant, row, a);
    if (row != NULL && grant->principal == NULL)
        grant->principal = new_resource(a, &row->principal);
    if (expandable.len > 0)
        c1zread_grant_expandable(message, copy_bytes(a, expandable), a);
}
