/* why_load.c: which grants are wanted, and what their messages say. */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "annotations.pb-c.h"
#include "bytes.h"
#include "grow.h"
#include "pbwire.h"
#include "records.pb-c.h"
#include "why_carriers.h"

#define MESSAGE_MAX ((size_t)256 << 20)

typedef C1__Connector__V2__Grant Grant;
typedef C1__Connector__V2__GrantExpandable Expandable;

/*
 * Loading: ${relevant} has a byte for each entitlement of the names, 1 for those whose grants are wanted (NULL: it does
 * not matter).  ${last} is the entitlement of the row before: grants of one stand together as a rule.  ${by_id} has all
 * entitlements in the order of their ids, unless the want is bare.
 */
struct loading {
    struct why *w;
    const struct why_want *want;
    struct c1zread *file;
    const struct c1zread_sync *sync;
    struct c1zread_rows *rows;
    struct arena arena;
    const struct c1znames_entitlement *last;
    const struct c1znames_entitlement **by_id;
    unsigned char *relevant;
};

static bool same(struct json_str a, struct json_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.s, b.s, a.len) == 0);
}

/* The entitlement that ${row}, a grant, is of, or NULL. */
static const struct c1znames_entitlement *entitlement_of(struct loading *l, const struct c1zread_row *row)
{
    const struct c1znames_entitlement *last = l->last;

    if (last == NULL || !same(last->id, row->entitlement) || !same(last->on.type, row->on.type) ||
        !same(last->on.id, row->on.id))
        l->last = last = c1znames_entitlement(l->w->names, &row->on, row->entitlement);
    return last;
}

/* ---- what a grant's message says ---- */

static int unpack(struct loading *l, Grant **grant, struct err *e)
{
    ProtobufCMessage *m;

    arena_reset(&l->arena);
    if (c1zread_message(l->rows, &l->arena, &m, e) < 0)
        return -1;
    *grant = (Grant *)m;
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    const struct c1znames_entitlement *x = *(const struct c1znames_entitlement *const *)a;
    const struct c1znames_entitlement *y = *(const struct c1znames_entitlement *const *)b;
    int order = bytes_compare(x->id.s, x->id.len, y->id.s, y->id.len);

    return order != 0 ? order : (x > y) - (x < y);
}

static int sort_ids(struct loading *l, struct err *e)
{
    const struct c1znames *names = l->w->names;

    l->by_id = calloc(names->n_entitlements + 1, sizeof(const struct c1znames_entitlement *));
    if (l->by_id == NULL)
        return err_sys(e, EX_OSERR, "entitlements");
    for (size_t i = 0; i < names->n_entitlements; i++)
        l->by_id[i] = &names->entitlements[i];
    qsort(l->by_id, names->n_entitlements, sizeof(const struct c1znames_entitlement *), compare_ids);
    return 0;
}

/* The first entitlement with that id, on whatever resource, or NULL. */
static const struct c1znames_entitlement *find_id(const struct loading *l, struct json_str id)
{
    size_t low = 0, high = l->w->names->n_entitlements;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (bytes_compare(l->by_id[middle]->id.s, l->by_id[middle]->id.len, id.s, id.len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->w->names->n_entitlements && same(l->by_id[low]->id, id) ? l->by_id[low] : NULL;
}

/*
 * The entitlement called ${id} by a source: it may be on any resource, and the id alone does not say on which.  By
 * convention the id begins with the resource's type and id; one that does not is looked for among all.
 */
static const struct c1znames_entitlement *find_source(const struct loading *l, struct json_str id)
{
    const char *colon = memchr(id.s, ':', id.len), *end = id.s + id.len;

    for (const char *to = colon; to != NULL; to = memchr(to + 1, ':', (size_t)(end - to - 1))) {
        struct c1zread_ref on = {
            {id.s, (size_t)(colon - id.s)}, {colon + 1, to > colon ? (size_t)(to - colon - 1) : 0}};
        const struct c1znames_entitlement *found = to > colon ? c1znames_entitlement(l->w->names, &on, id) : NULL;

        if (found != NULL)
            return found;
    }
    return find_id(l, id);
}

/* Add ${source} to the array of sources, and to the ${*n} of a grant that stand last there. */
static int add_source(struct why *w, uint32_t *n, const struct c1znames_entitlement *source, struct err *e)
{
    const struct c1znames_entitlement **grown = grow_array(
        w->sources, &w->sources_cap, w->n_sources + 1, WHY_GRANTS_MAX, sizeof(const struct c1znames_entitlement *));

    if (grown == NULL)
        return err_set(e, EX_OSERR, "no memory for the sources of grants");
    w->sources = grown;
    w->sources[w->n_sources++] = source;
    ++*n;
    return 0;
}

/* Note where ${g} comes from.  A source that the sync does not have explains nothing. */
static int read_sources(struct loading *l, struct why_grant *g, struct err *e)
{
    Grant *grant;

    if (unpack(l, &grant, e) < 0)
        return -1;
    g->sources = (uint32_t)l->w->n_sources;
    if (grant->sources == NULL || grant->sources->n_sources == 0)
        return 0;
    if (grant->sources->n_sources > WHY_SOURCES_MAX) {
        err_set(e, EX_DATAERR, "a grant with more than %d sources", WHY_SOURCES_MAX);
        return c1zread_place(l->rows, e);
    }
    g->own = false;
    for (size_t i = 0; i < grant->sources->n_sources; i++) {
        struct json_str id = pbwire_str(grant->sources->sources[i]->key);
        const struct c1znames_entitlement *source;

        if (same(id, g->entitlement->id)) {
            g->own = true;
            continue;
        }
        source = find_source(l, id);
        if (source != NULL && add_source(l->w, &g->n_sources, source, e) < 0)
            return -1;
    }
    return 0;
}

/* An entitlement whose holders have what a grant gives, too; ${shallow}: those alone who hold it by themselves. */
typedef int take_carrier_function(
    struct loading *l, void *arg, const struct c1znames_entitlement *carrier, bool shallow, struct err *e);

/* Whether ${expandable} expands to users: to all, or to a type of them. */
static bool reaches_users(const struct loading *l, const Expandable *expandable)
{
    for (size_t i = 0; i < expandable->n_resource_type_ids; i++) {
        const struct c1znames_type *type = c1znames_type(l->w->names, pbwire_str(expandable->resource_type_ids[i]));

        if (type != NULL && type->user)
            return true;
    }
    return expandable->n_resource_type_ids == 0;
}

/* Hand ${take} every entitlement that the GrantExpandable ${bytes} names and the sync has. */
static int read_expandable(
    struct loading *l, ProtobufCBinaryData bytes, take_carrier_function *take, void *arg, struct err *e)
{
    ProtobufCMessage *m;
    const Expandable *expandable;

    if (pbwire_unpack(&c1__connector__v2__grant_expandable__descriptor, bytes.data, bytes.len, &l->arena, &m, e) < 0)
        return c1zread_place(l->rows, e);
    expandable = (const Expandable *)m;
    if (!reaches_users(l, expandable))
        return 0;
    for (size_t i = 0; i < expandable->n_entitlement_ids; i++) {
        const struct c1znames_entitlement *carrier = find_source(l, pbwire_str(expandable->entitlement_ids[i]));

        if (carrier != NULL && take(l, arg, carrier, expandable->shallow != 0, e) < 0)
            return -1;
    }
    return 0;
}

static int each_carrier(struct loading *l, const Grant *grant, take_carrier_function *take, void *arg, struct err *e)
{
    for (size_t i = 0; i < grant->n_annotations; i++)
        if (pbwire_is_type(grant->annotations[i]->type_url, "c1.connector.v2.GrantExpandable") &&
            read_expandable(l, grant->annotations[i]->value, take, arg, e) < 0)
            return -1;
    return 0;
}

static int add_carrier(
    struct loading *l, void *g, const struct c1znames_entitlement *carrier, bool shallow, struct err *e)
{
    (void)shallow; /* that is settled when all edges between the two are known */
    return why_carriers_add(l->w, g, (struct why_carrier){carrier, false}, e);
}

/* Note whom ${g}, a grant to the wanted resource, is passed on to. */
static int read_carriers(struct loading *l, struct why_grant *g, struct err *e)
{
    Grant *grant;

    if (unpack(l, &grant, e) < 0)
        return -1;
    g->carriers = (uint32_t)l->w->n_carriers;
    return each_carrier(l, grant, add_carrier, g, e);
}

/* ---- which grants ---- */

/* Keep a grant, and where it comes from, unless that is not wanted; of one to the wanted resource, who else has it so. */
static int add_grant(struct loading *l, const struct c1znames_resource *principal,
    const struct c1znames_entitlement *entitlement, struct err *e)
{
    struct why *w = l->w;
    struct why_grant *grown = grow_array(w->grants, &w->cap, w->n + 1, WHY_GRANTS_MAX, sizeof(*w->grants));

    if (grown == NULL)
        return err_set(e, EX_OSERR, "no memory for the grants");
    w->grants = grown;
    w->grants[w->n] = (struct why_grant){.principal = principal, .entitlement = entitlement, .own = true};
    w->n++;
    if (!l->want->bare && read_sources(l, &w->grants[w->n - 1], e) < 0)
        return -1;
    return principal == l->want->resource ? read_carriers(l, &w->grants[w->n - 1], e) : 0;
}

static bool is_to(const struct c1zread_row *row, const struct c1znames_resource *principal)
{
    return same(row->principal.id, principal->ref.id) && same(row->principal.type, principal->ref.type);
}

/* Whether the grants of ${entitlement}, which ${row} is one of (NULL: the sync does not have it), are wanted. */
static bool is_relevant(
    const struct loading *l, const struct c1zread_row *row, const struct c1znames_entitlement *entitlement)
{
    if (l->relevant == NULL)
        return true;
    return entitlement != NULL ? l->relevant[why_place(l->w, entitlement)] != 0
                               : c1zread_compare_ref(&row->on, &l->want->resource->ref) == 0;
}

/* The resource that ${entitlement} is on may be missing too. Return 0, or -1 if there is no memory. */
static int add_missing_on(struct why *w, const struct c1znames_entitlement *entitlement)
{
    return c1znames_resource(w->names, &entitlement->on) != NULL ||
                   missing_resource(&w->missing, w->names, &entitlement->on) != NULL
               ? 0
               : -1;
}

/* Count a grant that names what the sync does not have, and keep it if that is wanted, with what stands in for it. */
static int add_unknown(struct loading *l, const struct c1zread_row *row, const struct c1znames_resource *principal,
    const struct c1znames_entitlement *entitlement, struct err *e)
{
    struct why *w = l->w;

    w->unknown++;
    if (!l->want->missing)
        return 0;
    if (principal == NULL)
        principal = missing_resource(&w->missing, w->names, &row->principal);
    if (entitlement == NULL)
        entitlement = missing_entitlement(&w->missing, &row->on, row->entitlement);
    if (principal == NULL || entitlement == NULL || add_missing_on(w, entitlement) < 0)
        return err_set(e, EX_OSERR, "no memory for what is missing");
    return add_grant(l, principal, entitlement, e);
}

/* Look at one grant, and keep it if it is wanted. */
static int take_row(struct loading *l, const struct c1zread_row *row, struct err *e)
{
    const struct c1znames_resource *principal = l->want->principal, *resource = l->want->resource;
    const struct c1znames_entitlement *entitlement;
    bool relevant;

    if (principal != NULL && !is_to(row, principal))
        return 0;
    if (resource != NULL && is_to(row, resource))
        principal = resource;
    entitlement = entitlement_of(l, row);
    relevant = is_relevant(l, row, entitlement);
    if (!relevant && principal == NULL)
        return 0;
    if (principal == NULL)
        principal = c1znames_resource(l->w->names, &row->principal);
    if (entitlement == NULL || principal == NULL)
        return add_unknown(l, row, principal, entitlement, e);
    return add_grant(l, principal, entitlement, e);
}

/* Hand every grant of the sync to ${take}. */
static int each_row(struct loading *l, enum c1zread_part part,
    int (*take)(struct loading *, const struct c1zread_row *, struct err *), struct err *e)
{
    struct c1zread_query query = {.sync = l->sync, .kind = KIND_GRANT, .order = C1ZREAD_STORED, .part = part};
    struct c1zread_row row;
    int n = -1;

    l->rows = c1zread_rows(l->file, &query, e);
    if (l->rows != NULL)
        while ((n = c1zread_next(l->rows, &row, e)) > 0)
            if (take(l, &row, e) < 0) {
                n = -1;
                break;
            }
    c1zread_rows_close(l->rows);
    l->rows = NULL;
    return n;
}

/* ---- what the grants on a resource come from: its entitlements, and whatever gives them ---- */

static int add_edge(
    struct loading *l, void *target, const struct c1znames_entitlement *carrier, bool shallow, struct err *e)
{
    return edges_add(&l->w->edges, (struct edge){why_place(l->w, carrier), *(const size_t *)target, shallow}, e);
}

/* A grant to what is no user may carry more. */
static int take_carrier(struct loading *l, const struct c1zread_row *row, struct err *e)
{
    const struct c1znames_type *type = c1znames_type(l->w->names, row->principal.type);
    const struct c1znames_entitlement *entitlement;
    size_t target;
    Grant *grant;

    if (type != NULL && type->user)
        return 0;
    entitlement = entitlement_of(l, row);
    if (entitlement == NULL)
        return 0;
    if (unpack(l, &grant, e) < 0)
        return -1;
    target = why_place(l->w, entitlement);
    return each_carrier(l, grant, add_edge, &target, e);
}

static int read_edges(struct loading *l, struct err *e)
{
    if (each_row(l, C1ZREAD_LEAN, take_carrier, e) < 0)
        return -1;
    edges_sort(&l->w->edges);
    return 0;
}

/* The entitlements of ${want->resource}, and whatever gives them. */
static int find_relevant(struct loading *l, struct err *e)
{
    const struct c1znames *names = l->w->names;

    l->relevant = calloc(names->n_entitlements + 1, 1);
    if (l->relevant == NULL)
        return err_sys(e, EX_OSERR, "entitlements");
    for (size_t i = 0; i < names->n_entitlements; i++)
        l->relevant[i] = same(names->entitlements[i].on.type, l->want->resource->ref.type) &&
                         same(names->entitlements[i].on.id, l->want->resource->ref.id);
    if (read_edges(l, e) < 0)
        return -1;
    return edges_spread(&l->w->edges, l->relevant, names->n_entitlements, e);
}

/* Sources may name what no edge does, where another than the usual expander wrote them. Return whether one does. */
static bool find_more_relevant(struct loading *l)
{
    const struct why *w = l->w;
    bool found = false;

    for (size_t i = 0; i < w->n; i++) {
        const struct why_grant *g = &w->grants[i];

        if (!g->entitlement->missing && l->relevant[why_place(l->w, g->entitlement)] == 0)
            continue;
        for (size_t k = 0; k < g->n_sources; k++) {
            unsigned char *mark = &l->relevant[why_place(l->w, w->sources[g->sources + k])];

            found |= *mark == 0;
            *mark = 1;
        }
    }
    return found;
}

/* ---- all together ---- */

/* Whether somebody may hold by himself what gives him more, and be given it too: whether edges are shallow matters then. */
static bool is_doubtful(const struct why *w, const struct why_grant *g)
{
    for (size_t i = 0; i < g->n_sources; i++) {
        const struct why_grant *source = why_find(w, g->principal, w->sources[g->sources + i]);

        if (source != NULL && source->own && source->n_sources > 0)
            return true;
    }
    return false;
}

static int settle_doubts(struct loading *l, struct err *e)
{
    const struct why *w = l->w;

    for (size_t i = 0; i < w->n; i++)
        if (is_doubtful(w, &w->grants[i]))
            return read_edges(l, e);
    return 0;
}

static int load_rows(struct loading *l, struct err *e)
{
    struct why *w = l->w;

    w->n = w->n_sources = w->n_carriers = 0;
    w->unknown = 0;
    if (each_row(l, l->want->bare ? C1ZREAD_IDS : C1ZREAD_LEAN, take_row, e) < 0)
        return -1;
    if (w->n > 0)
        qsort(w->grants, w->n, sizeof(*w->grants), why_compare);
    return 0;
}

static int load_resource(struct loading *l, struct err *e)
{
    if (find_relevant(l, e) < 0)
        return -1;
    for (int i = 0; i < WHY_STEPS_MAX; i++) {
        if (load_rows(l, e) < 0)
            return -1;
        if (!find_more_relevant(l))
            break;
    }
    return why_carriers_settle(l->w, l->want->resource, e);
}

static int load(struct loading *l, struct err *e)
{
    if (l->want->bare)
        return load_rows(l, e);
    if (sort_ids(l, e) < 0)
        return -1;
    if (l->want->resource != NULL)
        return load_resource(l, e);
    return load_rows(l, e) < 0 ? -1 : settle_doubts(l, e);
}

int why_load(struct why *w, struct c1zread *r, const struct c1zread_sync *sync, const struct c1znames *names,
    const struct why_want *want, struct err *e)
{
    struct loading l = {.w = w, .want = want, .file = r, .sync = sync};
    int result;

    *w = (struct why){.names = names};
    missing_init(&w->missing);
    arena_init(&l.arena, MESSAGE_MAX);
    result = load(&l, e);
    free(l.by_id);
    free(l.relevant);
    arena_release(&l.arena);
    return result;
}
