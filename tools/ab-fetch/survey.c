#include "survey.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "log.h"
#include "made.h"
#include "refusal.h"

/*
 * An organization.
 *   listed   it is in the stream, by the list of organizations or from standard input
 *   wanted   it is to be looked up
 *   named    by roles alone, so that it is not there if it is not found
 *   answered ${rows} are the workspaces that its own list has
 *   extra    those that it has not; valid when the survey is complete
 *   itself   its row, if it was looked up and found
 */
struct survey_organization {
    struct call *call;
    bool listed, wanted, named, answered;
    struct survey_view view;
    struct rows rows, extra, itself;
};

/*
 * A workspace that no organization's list has: ${itself} after it was found, as ${organization} (NO_INDEX: it was not).
 * ${status}: of the answer that refused the look-up, or 0.
 */
struct survey_lookup {
    struct call *call;
    uint32_t organization;
    int status;
    bool gone;   /* deleted in the meantime */
    bool hidden; /* named by roles alone, and not shown; it has no line */
    struct rows itself;
};

void survey_init(struct survey *s, struct known *known, unsigned page_size)
{
    *s = (struct survey){.known = known, .page_size = page_size};
    rows_init(&s->unlisted);
    rows_init(&s->rootless);
}

static void release_organization(struct survey_organization *o)
{
    call_free(o->call);
    rows_release(&o->rows);
    rows_release(&o->extra);
    rows_release(&o->itself);
}

void survey_release(struct survey *s)
{
    for (uint32_t i = 0; i < s->norgs; i++)
        release_organization(&s->org[i]);
    for (uint32_t i = 0; s->lookup != NULL && i < s->unlisted.n; i++) {
        call_free(s->lookup[i].call);
        rows_release(&s->lookup[i].itself);
    }
    free(s->org);
    free(s->lookup);
    free(s->listed.at);
    free(s->wanted.at);
    free(s->refused.at);
    call_free(s->search);
    rows_release(&s->unlisted);
    rows_release(&s->rootless);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the survey of workspaces");
}

static int put_order(struct survey_order *order, uint32_t id)
{
    size_t cap = order->cap;
    uint32_t *at = grow_array(order->at, &cap, (size_t)order->n + 1, UINT32_MAX, sizeof(*at));

    if (at == NULL)
        return -1;
    order->at = at;
    order->cap = (uint32_t)cap;
    order->at[order->n++] = id;
    return 0;
}

/* Organization number ${id}, with all those before it made. */
static struct survey_organization *organization(struct survey *s, uint32_t id)
{
    if (id >= s->norgs) {
        size_t n = s->norgs;
        struct survey_organization *org = grow_array(s->org, &n, (size_t)id + 1, UINT32_MAX, sizeof(*org));

        if (org == NULL)
            return NULL;
        s->org = org;
        for (; s->norgs < n; s->norgs++) {
            org[s->norgs] = (struct survey_organization){0};
            rows_init(&org[s->norgs].rows);
            rows_init(&org[s->norgs].extra);
            rows_init(&org[s->norgs].itself);
        }
    }
    return &s->org[id];
}

bool survey_follows(enum resource resource)
{
    return resource == RESOURCE_ORGANIZATION;
}

int survey_add(struct survey *s, uint32_t id, struct err *e)
{
    struct survey_organization *o = organization(s, id);

    if (o == NULL || put_order(&s->listed, id) < 0)
        return no_memory(e);
    o->listed = true;
    return 0;
}

void survey_close(struct survey *s)
{
    s->all = true;
    s->changes++;
}

void survey_tell(struct survey *s, const struct known *held)
{
    if (s->held != NULL)
        return;
    s->held = held;
    s->changes++;
}

/*
 * The steps.  What each does with call number i of it:
 *   count  how many calls there are, as far as is known by now
 *   slot   where the call is kept
 *   id     the number of the id that it is about, at the level ${about}
 *   take   its answer has come
 *   turn   what call.turn is: the list of a workspace's users is asked for once more by the tree
 *   end    all answers have: what follows from them, or NULL
 */
struct step {
    enum resource resource;
    enum purpose purpose;
    enum level about;
    uint8_t skip;
    unsigned turn;
    uint32_t (*count)(const struct survey *s);
    struct call **(*slot)(struct survey *s, uint32_t i);
    uint32_t (*id)(const struct survey *s, uint32_t i);
    int (*take)(struct survey *s, uint32_t i, struct call *c, struct err *e);
    int (*end)(struct survey *s, struct err *e);
};

/* A list was refused: what could not be seen, if that is no reason to end. */
static int view_refused(struct survey_view *view, const struct call *c, struct err *e)
{
    struct refusal_meaning meaning = refusal_judge_call(c);

    if (meaning.kind != REFUSAL_GAP)
        return refusal_error(c, e);
    *view = (struct survey_view){VIEW_REFUSED, c->refusal.http_status, meaning.reason};
    return 0;
}

/*
 * The organizations' own lists.
 */

static uint32_t lists_count(const struct survey *s)
{
    return s->listed.n;
}

static struct call **lists_slot(struct survey *s, uint32_t i)
{
    return &s->org[s->listed.at[i]].call;
}

static uint32_t lists_id(const struct survey *s, uint32_t i)
{
    return s->listed.at[i];
}

static int lists_take(struct survey *s, uint32_t i, struct call *c, struct err *e)
{
    struct survey_organization *o = &s->org[s->listed.at[i]];
    struct ids *ids = known_ids(s->known, RESOURCE_WORKSPACE);
    char id[ID_MAX + 1];

    o->answered = true;
    if (c->state == CALL_REFUSED)
        return view_refused(&o->view, c, e);
    for (uint32_t k = 0; k < c->rows.n; k++)
        if (ids_mark(ids, c->rows.row[k].id, MARK_LISTED)) {
            err_set(e, EX_PROTOCOL, "workspace %s is in the lists of two organizations",
                ids_text(ids, c->rows.row[k].id, id));
            return call_context(c, e);
        }
    rows_move(&o->rows, &c->rows);
    return 0;
}

/*
 * The list of those which the caller may read: what is left are those that nobody else lists.
 */

static uint32_t search_count(const struct survey *s)
{
    (void)s;
    return 1;
}

static struct call **search_slot(struct survey *s, uint32_t i)
{
    (void)i;
    return &s->search;
}

static int search_take(struct survey *s, uint32_t i, struct call *c, struct err *e)
{
    (void)i;
    if (c->state == CALL_REFUSED)
        return view_refused(&s->root, c, e);
    if (c->paging.unsure)
        s->root = (struct survey_view){VIEW_REFUSED, 0, "partial"};
    rows_move(&s->unlisted, &c->rows);
    if (s->sample && s->unlisted.n > 1)
        rows_truncate(&s->unlisted, 1);
    return 0;
}

/* A workspace that a role of the caller's is in, as a row without data, unless some list has it. */
static int name_workspace(struct survey *s, const char *id)
{
    struct row row = {.parent = NO_INDEX};
    int fresh = ids_add(known_ids(s->known, RESOURCE_WORKSPACE), json_str_of(id), &row.id);

    return fresh > 0 ? rows_add(&s->unlisted, &row) : fresh;
}

/* All that lists have is known: what is to be looked up is that which no organization's has. */
static int search_end(struct survey *s, struct err *e)
{
    const struct ids *held = &s->held->of[LEVEL_WORKSPACE];
    char id[ID_MAX + 1];

    s->named = s->unlisted.n;
    for (uint32_t i = 0; i < held->n; i++)
        if (name_workspace(s, ids_text(held, i, id)) < 0)
            return no_memory(e);
    if (s->unlisted.n == 0)
        return 0;
    s->lookup = calloc(s->unlisted.n, sizeof(*s->lookup));
    return s->lookup != NULL ? 0 : no_memory(e);
}

/*
 * Each of these looked up.
 */

static uint32_t workspaces_count(const struct survey *s)
{
    return s->unlisted.n;
}

static struct call **workspaces_slot(struct survey *s, uint32_t i)
{
    return &s->lookup[i].call;
}

static uint32_t workspaces_id(const struct survey *s, uint32_t i)
{
    return s->unlisted.row[i].id;
}

static int workspaces_take(struct survey *s, uint32_t i, struct call *c, struct err *e)
{
    struct survey_lookup *l = &s->lookup[i];

    l->organization = NO_INDEX;
    rows_init(&l->itself);
    l->status = c->refusal.http_status;
    if (i >= s->named && c->rows.n == 0) { /* nobody but a role says that it is there */
        s->lost[LEVEL_WORKSPACE]++;
        l->hidden = c->state == CALL_REFUSED && l->status != 404;
        l->gone = true;
        return 0;
    }
    if (c->state == CALL_REFUSED)
        return put_order(&s->refused, i) < 0 ? no_memory(e) : 0;
    l->gone = c->rows.n == 0;
    if (!l->gone)
        l->organization = c->rows.row[0].parent;
    rows_move(&l->itself, &c->rows);
    return 0;
}

/*
 * The users of each of these whose look-up was refused: their roles may name the organization.
 */

static uint32_t access_count(const struct survey *s)
{
    return s->refused.n;
}

static struct call **access_slot(struct survey *s, uint32_t i)
{
    return &s->lookup[s->refused.at[i]].call;
}

static uint32_t access_id(const struct survey *s, uint32_t i)
{
    return s->unlisted.row[s->refused.at[i]].id;
}

static int access_take(struct survey *s, uint32_t i, struct call *c, struct err *e)
{
    const char *told = resource_table[c->ep->resource].told;
    struct survey_lookup *l = &s->lookup[s->refused.at[i]];
    char id[ID_MAX + 1];
    struct json j;
    int r = 0;

    json_init(&j, NULL);
    for (uint32_t k = 0; k < c->rows.n && l->organization == NO_INDEX && r == 0; k++)
        if (c->rows.row[k].told.len > 0 && made_parent(&j, rows_data(&c->rows, k), told, id) &&
            ids_add(known_ids(s->known, RESOURCE_ORGANIZATION), (struct json_str){id, strlen(id)}, &l->organization) <
                0)
            r = no_memory(e);
    json_release(&j);
    return r;
}

/* Organization number ${id} is to be looked up, if it is not in the stream. ${named}: by roles alone. */
static int want_organization(struct survey *s, uint32_t id, bool named)
{
    struct survey_organization *o = organization(s, id);

    if (o == NULL)
        return -1;
    if (o->listed || o->wanted)
        return 0;
    o->wanted = true;
    o->named = named;
    return put_order(&s->wanted, id);
}

/* Which organizations are to be looked up, in the order of the workspaces, then in that of the caller's roles. */
static int access_end(struct survey *s, struct err *e)
{
    const struct ids *held = &s->held->of[LEVEL_ORGANIZATION];
    char text[ID_MAX + 1];
    uint32_t id;

    for (uint32_t i = 0; i < s->unlisted.n; i++)
        if (s->lookup[i].organization != NO_INDEX && want_organization(s, s->lookup[i].organization, false) < 0)
            return no_memory(e);
    for (uint32_t i = 0; i < held->n; i++) {
        int fresh = ids_add(known_ids(s->known, RESOURCE_ORGANIZATION), json_str_of(ids_text(held, i, text)), &id);

        if (fresh < 0 || want_organization(s, id, fresh > 0) < 0)
            return no_memory(e);
    }
    return 0;
}

/*
 * Each of these organizations looked up.
 */

static uint32_t organizations_count(const struct survey *s)
{
    return s->wanted.n;
}

static struct call **organizations_slot(struct survey *s, uint32_t i)
{
    return &s->org[s->wanted.at[i]].call;
}

static uint32_t organizations_id(const struct survey *s, uint32_t i)
{
    return s->wanted.at[i];
}

static int organizations_take(struct survey *s, uint32_t i, struct call *c, struct err *e)
{
    struct survey_organization *o = &s->org[s->wanted.at[i]];

    (void)e;
    o->answered = true;
    o->view.kind = c->rows.n == 1 ? VIEW_FOUND : VIEW_ID_ALONE;
    if (o->named && c->refusal.http_status == 404) {
        s->lost[LEVEL_ORGANIZATION]++;
        o->view.kind = VIEW_NOTHING;
    }
    o->view.status = c->refusal.http_status;
    rows_move(&o->itself, &c->rows);
    return 0;
}

/* Append row ${i} of ${from} to ${to}. */
static int copy_row(struct rows *to, const struct rows *from, uint32_t i)
{
    struct json_str data = rows_data(from, i);
    const struct row row = {.id = from->row[i].id, .parent = NO_INDEX};

    return buf_append(&to->text, data.s, data.len) < 0 ? -1 : rows_add(to, &row);
}

/* Say where each workspace stands: as it was looked up, else as the list has it. */
static int organizations_end(struct survey *s, struct err *e)
{
    for (uint32_t i = 0; i < s->unlisted.n; i++) {
        struct survey_lookup *l = &s->lookup[i];
        struct rows *to = l->organization == NO_INDEX ? &s->rootless : &s->org[l->organization].extra;
        bool as_listed = i < s->named && (l->itself.n == 0 || to == &s->rootless);

        if (!l->gone && (as_listed ? copy_row(to, &s->unlisted, i) : copy_row(to, &l->itself, 0)) < 0)
            return no_memory(e);
        rows_release(&l->itself);
    }
    log_debug("workspaces surveyed", LOG_INT("organizations", (int64_t)s->listed.n),
        LOG_INT("unlisted_organizations", (int64_t)s->wanted.n), LOG_INT("unlisted_workspaces", (int64_t)s->unlisted.n),
        LOG_INT("without_organization", (int64_t)s->rootless.n));
    return 0;
}

static const struct step steps[] = {
    {RESOURCE_WORKSPACE, FOR_LIST, LEVEL_ORGANIZATION, 0, 0, lists_count, lists_slot, lists_id, lists_take, NULL},
    {RESOURCE_WORKSPACE, FOR_SEARCH, LEVEL_NONE, MARK_LISTED, 0, search_count, search_slot, NULL, search_take,
        search_end},
    {RESOURCE_WORKSPACE, FOR_LOOKUP, LEVEL_WORKSPACE, 0, 0, workspaces_count, workspaces_slot, workspaces_id,
        workspaces_take, NULL},
    {RESOURCE_WORKSPACE_USER, FOR_LIST, LEVEL_WORKSPACE, 0, 1, access_count, access_slot, access_id, access_take,
        access_end},
    {RESOURCE_ORGANIZATION, FOR_LOOKUP, LEVEL_ORGANIZATION, 0, 0, organizations_count, organizations_slot,
        organizations_id, organizations_take, organizations_end},
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

bool survey_complete(const struct survey *s)
{
    return s->at == STEPS;
}

static const struct endpoint *step_endpoint(const struct step *step)
{
    return endpoint_find(step->resource, step->purpose);
}

/* Begin call number ${i} of this step. */
static int start(struct survey *s, const struct step *step, struct engine *g, uint32_t i, struct err *e)
{
    struct scope scope = {0};
    struct call *c = NULL;
    char id[ID_MAX + 1];

    if (step->id == NULL ||
        scope_set(&scope, step->about, ids_text(&s->known->of[step->about], step->id(s, i), id)) == 0)
        c = call_new(step_endpoint(step), &scope, s->known, s->page_size);
    scope_release(&scope);
    if (c == NULL)
        return no_memory(e);
    c->skip = step->skip;
    c->turn = step->turn;
    *step->slot(s, i) = c;
    s->changes++;
    return engine_start(g, c, e);
}

/* The answer of call number ${i} of this step has come. */
static int take(struct survey *s, const struct step *step, uint32_t i, struct err *e)
{
    struct call **c = step->slot(s, i);
    int r = step->take(s, i, *c, e);

    call_free(*c);
    *c = NULL;
    s->changes++;
    return r;
}

static bool has_answer(struct survey *s, const struct step *step, uint32_t i)
{
    const struct call *c = *step->slot(s, i);

    return c->state == CALL_DONE || c->state == CALL_REFUSED;
}

int survey_advance(struct survey *s, struct engine *g, struct err *e)
{
    while (!survey_complete(s)) {
        const struct step *step = &steps[s->at];

        while (s->taken < s->started && has_answer(s, step, s->taken))
            if (take(s, step, s->taken++, e) < 0)
                return -1;
        while (s->started < step->count(s) && engine_room(g, step_endpoint(step)->api))
            if (start(s, step, g, s->started++, e) < 0)
                return -1;
        if (s->taken < step->count(s) || !s->all || s->held == NULL)
            return 0;
        if (step->end != NULL && step->end(s, e) < 0)
            return -1;
        s->started = s->taken = 0;
        s->at++;
        s->changes++;
    }
    return 0;
}

struct rows *survey_rows(struct survey *s, uint32_t org, unsigned part)
{
    struct survey_organization *o = &s->org[org];

    if (part == 0)
        return o->answered ? &o->rows : NULL;
    return survey_complete(s) ? &o->extra : NULL;
}

struct rows *survey_rootless(struct survey *s)
{
    return &s->rootless;
}

bool survey_unplaced(const struct survey *s, uint32_t *at, uint32_t *id, int *status)
{
    while (*at < s->unlisted.n) {
        uint32_t i = (*at)++;
        const struct survey_lookup *l = &s->lookup[i];

        *id = s->unlisted.row[i].id;
        *status = l->status;
        if (l->hidden || (!l->gone && l->organization == NO_INDEX))
            return true;
    }
    return false;
}

const struct survey_order *survey_found(const struct survey *s)
{
    return &s->wanted;
}

struct json_str survey_organization_data(const struct survey *s, uint32_t org)
{
    const struct rows *itself = &s->org[org].itself;

    return itself->n > 0 ? rows_data(itself, 0) : (struct json_str){"", 0};
}

struct survey_view survey_view(const struct survey *s, uint32_t org)
{
    return s->org[org].view;
}

struct survey_view survey_root_view(const struct survey *s)
{
    return s->root;
}
