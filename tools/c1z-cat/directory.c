#include "directory.h"

#include <stdlib.h>

#include "grow.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "user.h"
#include "view.h"

typedef C1__Connector__V2__ResourceType ResourceType;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__Entitlement Entitlement;

const struct sheet_columns directory_type_columns = {
    4, {{"ID", "id", true}, {"Display Name", "displayName", true}, {"Traits", "traits", true},
           {"Description", "description", false}}};

const struct sheet_columns directory_resource_columns = {12,
    {{"ID", "id", true}, {"Display Name", "displayName", true}, {"Resource Type", "resourceType", true},
        {"Resource Type ID", "resourceTypeId", false}, {"Parent Resource", "parentResource", true},
        {"Parent Resource Type ID", "parentResourceTypeId", false}, {"Parent Resource ID", "parentResourceId", false},
        {"Status", "status", false}, {"Status Details", "statusDetails", false}, {"Email", "email", false},
        {"Login", "login", false}, {"Description", "description", false}}};

const struct sheet_columns directory_entitlement_columns = {
    10, {{"ID", "id", true}, {"Display Name", "displayName", true}, {"Resource Type", "resourceType", true},
            {"Resource Type ID", "resourceTypeId", false}, {"Resource", "resource", true},
            {"Resource ID", "resourceId", false}, {"Permission", "permission", true}, {"Purpose", "purpose", false},
            {"Grantable To", "grantableTo", false}, {"Description", "description", false}}};

/* Resource types. */

static int put_type(struct view *v, const struct c1zread_row *row, const ProtobufCMessage *message, struct err *e)
{
    const ResourceType *m = (const ResourceType *)message;

    for (size_t i = 0; i < m->n_traits; i++)
        view_add_to_list(v, view_enum(v, &c1__connector__v2__resource_type__trait__descriptor, (int)m->traits[i], ""));
    return sheet_row(v->sheet,
        (struct json_str[]){row->id, pbwire_str(m->display_name), view_take_text(v), pbwire_str(m->description)}, e);
}

static int types_body(struct view *v, struct err *e)
{
    return view_walk(v, KIND_RESOURCE_TYPE, view_filtered, put_type, e);
}

int directory_types(struct cat *c, struct sheet *s, struct err *e)
{
    return view_run(c, s, types_body, e);
}

/* Resources. */

/* "Acme (organization)", or nothing for a resource without a parent. */
static struct json_str parent_text(struct view *v, const struct c1zread_ref *parent)
{
    struct json_str name;

    if (parent->id.len == 0 && parent->type.len == 0)
        return json_str_of("");
    name = c1znames_resource_name(&v->names, parent, &v->arena);
    buf_append(&v->text, name.s, name.len);
    buf_puts(&v->text, " (");
    buf_append(&v->text, parent->type.s, parent->type.len);
    buf_putc(&v->text, ')');
    return view_take_text(v);
}

static int put_resource(struct view *v, const struct c1zread_row *row, const ProtobufCMessage *message, struct err *e)
{
    const Resource *m = (const Resource *)message;
    const struct c1zread_ref *parent = &row->parent;
    struct user_facts user;

    if (user_read(m, &v->arena, &user, e) < 0)
        return c1zread_place(v->rows, e);
    return sheet_row(v->sheet,
        (struct json_str[]){row->self.id, m->display_name.len > 0 ? pbwire_str(m->display_name) : row->self.id,
            view_type_name(v, NULL, row->self.type), row->self.type, parent_text(v, parent), parent->type, parent->id,
            user_status_word(user.status), user.status_details, user.email, user.login, pbwire_str(m->description)},
        e);
}

static int resources_body(struct view *v, struct err *e)
{
    return view_walk(v, KIND_RESOURCE, view_filtered, put_resource, e);
}

int directory_resources(struct cat *c, struct sheet *s, struct err *e)
{
    return view_run(c, s, resources_body, e);
}

/* Entitlements. */

static int put_entitlement(
    struct view *v, const struct c1zread_row *row, const ProtobufCMessage *message, struct err *e)
{
    const Entitlement *m = (const Entitlement *)message;
    const struct c1znames_entitlement *names = c1znames_entitlement(&v->names, &row->on, row->id);

    for (size_t i = 0; i < m->n_grantable_to; i++)
        view_add_to_list(v, pbwire_str(m->grantable_to[i]->id));
    return sheet_row(v->sheet,
        (struct json_str[]){row->id, names->name, view_type_name(v, NULL, row->on.type), row->on.type,
            c1znames_resource_name(&v->names, &row->on, &v->arena), row->on.id, names->slug,
            view_enum(v, &c1__connector__v2__entitlement__purpose_value__descriptor, (int)m->purpose, "PURPOSE_VALUE_"),
            view_take_text(v), pbwire_str(m->description)},
        e);
}

static int entitlements_body(struct view *v, struct err *e)
{
    return view_walk(v, KIND_ENTITLEMENT, view_filtered, put_entitlement, e);
}

int directory_entitlements(struct cat *c, struct sheet *s, struct err *e)
{
    return view_run(c, s, entitlements_body, e);
}

/* Principals. */

/*
 * ${is_one} has a mark for each resource of the sync; ${strangers} are the principals that it does not have, sorted
 * in the end, maybe more than once, their texts in ${texts}.
 */
struct principals {
    bool *is_one;
    struct c1zread_ref *strangers;
    size_t n, cap;
    struct arena texts;
};

static struct json_str keep(struct arena *a, struct json_str text)
{
    const char *copy = arena_dup(a, text.s, text.len);

    return copy != NULL ? (struct json_str){copy, text.len} : json_str_of("");
}

/* Note a principal that the sync does not have, unless it is the one that was noted last. */
static bool note_stranger(struct principals *p, const struct c1zread_ref *ref)
{
    struct c1zread_ref *strangers;

    if (p->n > 0 && c1zread_compare_ref(&p->strangers[p->n - 1], ref) == 0)
        return true;
    strangers = grow_array(p->strangers, &p->cap, p->n + 1, SIZE_MAX / sizeof(*strangers), sizeof(*strangers));
    if (strangers == NULL)
        return false;
    p->strangers = strangers;
    strangers[p->n++] = (struct c1zread_ref){keep(&p->texts, ref->type), keep(&p->texts, ref->id)};
    return !p->texts.failed;
}

static int compare_refs(const void *a, const void *b)
{
    return c1zread_compare_ref(a, b);
}

static int collect(struct view *v, struct principals *p, struct err *e)
{
    struct c1zread_query query = {v->cat->sync, KIND_GRANT, C1ZREAD_STORED, C1ZREAD_IDS};
    struct c1zread_rows *rows = c1zread_rows(v->cat->file, &query, e);
    struct c1zread_row row;
    int r = rows == NULL ? -1 : 1;

    while (r >= 0 && (r = c1zread_next(rows, &row, e)) > 0) {
        const struct c1znames_resource *one;

        if (!view_filtered(v, KIND_GRANT, &row))
            continue;
        one = c1znames_resource(&v->names, &row.principal);
        if (one != NULL)
            p->is_one[one - v->names.resources] = true;
        else if (!note_stranger(p, &row.principal))
            r = err_set(e, EX_OSERR, "no memory for principals");
    }
    c1zread_rows_close(rows);
    if (r == 0 && p->n > 0)
        qsort(p->strangers, p->n, sizeof(*p->strangers), compare_refs);
    return r;
}

static bool is_principal(const struct view *v, enum kind kind, const struct c1zread_row *row)
{
    const struct c1znames_resource *one = c1znames_resource(&v->names, &row->self);

    (void)kind;
    return one != NULL && v->marks[one - v->names.resources];
}

static int put_strangers(struct view *v, const struct principals *p, struct err *e)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct c1zread_ref *ref = &p->strangers[i];
        struct json_str cells[SHEET_COLUMNS_MAX] = {{NULL, 0}};

        if (i > 0 && c1zread_compare_ref(ref, &p->strangers[i - 1]) == 0)
            continue;
        arena_reset(&v->arena);
        cells[0] = ref->id;
        cells[1] = c1znames_resource_name(&v->names, ref, &v->arena);
        cells[2] = view_type_name(v, NULL, ref->type);
        cells[3] = ref->type;
        if (sheet_row(v->sheet, cells, e) < 0)
            return -1;
    }
    return 0;
}

static int principals_body(struct view *v, struct err *e)
{
    struct principals p = {.is_one = calloc(v->names.n_resources + 1, sizeof(*p.is_one))};
    int r;

    arena_init(&p.texts, SIZE_MAX);
    v->marks = p.is_one;
    r = p.is_one == NULL ? err_set(e, EX_OSERR, "no memory for principals") : collect(v, &p, e);
    if (r == 0)
        r = view_walk(v, KIND_RESOURCE, is_principal, put_resource, e);
    if (r == 0)
        r = put_strangers(v, &p, e);
    arena_release(&p.texts);
    free(p.strangers);
    free(p.is_one);
    v->marks = NULL;
    return r;
}

int directory_principals(struct cat *c, struct sheet *s, struct err *e)
{
    return view_run(c, s, principals_body, e);
}
