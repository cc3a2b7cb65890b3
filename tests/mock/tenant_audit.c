#include "tenant_audit.h"

#include "object.h"
#include "piece.h"
#include "tenant.h"

#include <stdlib.h>
#include <time.h>

/* When it was: as the file says it, or so many seconds before now. */
static int read_time(const struct element *e, struct audit_event *a)
{
    json_int_t at_ms, age_s;

    if (element_number(e, "timestamp", 0, &at_ms) || element_number(e, "age", -1, &age_s))
        return -1;
    a->at_ms = age_s < 0 ? at_ms : ((int64_t)time(NULL) - age_s) * 1000;
    return 0;
}

static int read_event(void *context, const struct element *e)
{
    struct tenant *t = context;
    struct audit_event *a = &t->audit.list[t->audit.n];
    struct uuid organization;
    const char *operation;
    json_t *object;

    *a = (struct audit_event){0};
    if (element_uuid(e, "id", &a->id) || element_uuid(e, "organizationId", &organization) ||
        element_string(e, "operation", true, &operation) || read_time(e, a))
        return -1;
    a->organization = tenant_organization(t, &organization);
    if (a->organization == TENANT_NONE)
        return element_refuse(e, "organizationId", "no such organization");
    object = json_object();
    object_set(object, "id", object_uuid(&a->id));
    object_set(object, "timestamp", json_integer(a->at_ms));
    object_set(object, "success", json_true());
    object_copy(object, e->object, (const char *const[]){"timestamp", "age", NULL});
    a->json = object_dump(object);
    return 0;
}

static int event_order(const void *a, const void *b)
{
    const struct audit_event *x = a, *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? 1 : -1;
    return uuid_compare(&x->id, &y->id);
}

int tenant_audit_read(struct tenant *t, const json_t *root, struct tenant_problem *p)
{
    struct audit_events *a = &t->audit;

    a->list = piece_array(NULL, json_array_size(json_object_get(root, "auditEvents")), sizeof(*a->list));
    if (element_each(root, "auditEvents", p, &a->n, t, read_event))
        return -1;
    qsort(a->list, a->n, sizeof(*a->list), event_order);
    return 0;
}

void tenant_audit_release(struct audit_events *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->list[i].json);
    free(a->list);
    *a = (struct audit_events){0};
}
