#include "survey.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

/* The longest line of an organization: an answer and its frame. */
#define LINE_TEXT_MAX (HTTP_BODY_MAX + 4096)

void survey_init(struct survey *s, struct known *known, unsigned page_size)
{
    *s = (struct survey){.known = known, .page_size = page_size};
    rows_init(&s->unlisted);
    rows_init(&s->rootless);
}

static void release_organization(struct survey_organization *o)
{
    fetch_free(o->fetch);
    rows_release(&o->rows);
    rows_release(&o->extra);
    buf_release(&o->line);
}

void survey_release(struct survey *s)
{
    for (uint32_t i = 0; i < s->norgs; i++)
        release_organization(&s->org[i]);
    for (uint32_t i = 0; s->lookup != NULL && i < s->unlisted.n; i++) {
        fetch_free(s->lookup[i].fetch);
        buf_release(&s->lookup[i].data);
    }
    free(s->org);
    free(s->lookup);
    free(s->listed.at);
    free(s->wanted.at);
    fetch_free(s->search);
    rows_release(&s->unlisted);
    rows_release(&s->rootless);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the survey of workspaces");
}

static int put(struct survey_order *order, uint32_t id)
{
    if (order->n == order->cap) {
        uint32_t cap = order->cap == 0 ? 16 : order->cap * 2;
        uint32_t *at = realloc(order->at, cap * sizeof(*at));

        if (at == NULL)
            return -1;
        order->at = at;
        order->cap = cap;
    }
    order->at[order->n++] = id;
    return 0;
}

/* Organization number ${id}, with all those before it made. */
static struct survey_organization *organization(struct survey *s, uint32_t id)
{
    if (id >= s->norgs) {
        uint32_t n = id + 1 + id / 2;
        struct survey_organization *org = realloc(s->org, n * sizeof(*org));

        if (org == NULL)
            return NULL;
        s->org = org;
        for (; s->norgs < n; s->norgs++) {
            org[s->norgs] = (struct survey_organization){0};
            rows_init(&org[s->norgs].rows);
            rows_init(&org[s->norgs].extra);
            buf_init(&org[s->norgs].line, LINE_TEXT_MAX);
        }
    }
    return &s->org[id];
}

int survey_add(struct survey *s, uint32_t id, struct err *e)
{
    struct survey_organization *o = organization(s, id);

    if (o == NULL || put(&s->listed, id) < 0)
        return no_memory(e);
    o->listed = true;
    return 0;
}

void survey_close(struct survey *s)
{
    s->all = true;
    s->changes++;
}

const struct survey_order *survey_found(const struct survey *s)
{
    return &s->wanted;
}

/* How many calls this step has, as far as is known by now. */
static uint32_t calls(const struct survey *s)
{
    switch (s->step) {
    case SURVEY_LISTS:
        return s->listed.n;
    case SURVEY_SEARCH:
        return 1;
    case SURVEY_WORKSPACES:
        return s->unlisted.n;
    case SURVEY_ORGANIZATIONS:
        return s->wanted.n;
    case SURVEY_COMPLETE:
        break;
    }
    return 0;
}

/* Where call number ${i} of this step is kept. */
static struct fetch **place(struct survey *s, uint32_t i)
{
    switch (s->step) {
    case SURVEY_LISTS:
        return &s->org[s->listed.at[i]].fetch;
    case SURVEY_WORKSPACES:
        return &s->lookup[i].fetch;
    case SURVEY_ORGANIZATIONS:
        return &s->org[s->wanted.at[i]].fetch;
    default:
        return &s->search;
    }
}

static const struct endpoint *endpoint(const struct survey *s)
{
    switch (s->step) {
    case SURVEY_LISTS:
        return endpoint_find(RESOURCE_WORKSPACE, FOR_LIST);
    case SURVEY_WORKSPACES:
        return endpoint_find(RESOURCE_WORKSPACE, FOR_LOOKUP);
    case SURVEY_ORGANIZATIONS:
        return endpoint_find(RESOURCE_ORGANIZATION, FOR_LOOKUP);
    default:
        return endpoint_find(RESOURCE_WORKSPACE, FOR_SEARCH);
    }
}

/* The id that call number ${i} of this step is about, into ${scope}. */
static int set_scope(const struct survey *s, uint32_t i, struct scope *scope)
{
    char id[ID_MAX + 1];

    switch (s->step) {
    case SURVEY_LISTS:
        return scope_set(scope, LEVEL_ORGANIZATION, ids_text(&s->known->organizations, s->listed.at[i], id));
    case SURVEY_WORKSPACES:
        return scope_set(scope, LEVEL_WORKSPACE, ids_text(&s->known->workspaces, s->unlisted.row[i].id, id));
    case SURVEY_ORGANIZATIONS:
        return scope_set(scope, LEVEL_ORGANIZATION, ids_text(&s->known->organizations, s->wanted.at[i], id));
    default:
        return 0;
    }
}

/* Begin call number ${i} of this step. */
static int start(struct survey *s, struct engine *g, uint32_t i, struct err *e)
{
    struct scope scope = {0};
    struct fetch *f = NULL;

    if (set_scope(s, i, &scope) == 0)
        f = fetch_new(endpoint(s), &scope, s->known, s->page_size);
    scope_release(&scope);
    if (f == NULL)
        return no_memory(e);
    f->bare = f->ep->purpose == FOR_LOOKUP && s->step == SURVEY_WORKSPACES;
    f->skip = s->step == SURVEY_SEARCH ? MARK_LISTED : 0;
    *place(s, i) = f;
    s->changes++;
    return engine_start(g, f, e);
}

/* The answer of a look-up must be about what was asked for. */
static int check_id(const struct fetch *f, uint32_t id, struct err *e)
{
    if (f->rows.n == 0 || f->rows.row[0].id == id)
        return 0;
    return err_set(e, EX_PROTOCOL, "%s: the answer is about another %s than the one asked for", f->ep->path,
        resource_table[f->ep->resource].name);
}

/* An organization's own list of workspaces. */
static void take_list(struct survey *s, struct survey_organization *o, struct fetch *f)
{
    for (uint32_t i = 0; i < f->rows.n; i++)
        ids_mark(&s->known->workspaces, f->rows.row[i].id, MARK_LISTED);
    o->rows = f->rows;
    rows_init(&f->rows); /* they are the organization's now */
    o->answered = true;
}

/* The workspaces that nobody lists. */
static int take_search(struct survey *s, struct fetch *f, struct err *e)
{
    s->unlisted = f->rows;
    rows_init(&f->rows); /* they are the survey's now */
    if (s->unlisted.n == 0)
        return 0;
    s->lookup = calloc(s->unlisted.n, sizeof(*s->lookup));
    return s->lookup != NULL ? 0 : no_memory(e);
}

/* One such workspace looked up. */
static int take_workspace(struct survey *s, uint32_t i, struct fetch *f, struct err *e)
{
    struct survey_lookup *l = &s->lookup[i];

    l->organization = NO_INDEX;
    if (check_id(f, s->unlisted.row[i].id, e) < 0)
        return -1;
    if (f->state == FETCH_REFUSED)
        return 0;
    l->gone = f->rows.n == 0;
    if (!l->gone)
        l->organization = f->rows.row[0].parent;
    l->data = f->rows.text;
    buf_init(&f->rows.text, l->data.max); /* the text is the look-up's now */
    return 0;
}

/* An organization looked up. */
static int take_organization(struct survey_organization *o, uint32_t id, struct fetch *f, struct err *e)
{
    if (check_id(f, id, e) < 0)
        return -1;
    o->found = f->state == FETCH_DONE && f->rows.n == 1;
    if (!o->found)
        return 0;
    o->line = f->rows.text;
    buf_init(&f->rows.text, o->line.max); /* the text is the organization's now */
    return 0;
}

/* The answer of call number ${i} of this step has come. */
static int take(struct survey *s, uint32_t i, struct err *e)
{
    struct fetch **f = place(s, i);
    int r = 0;

    switch (s->step) {
    case SURVEY_LISTS:
        take_list(s, &s->org[s->listed.at[i]], *f);
        break;
    case SURVEY_WORKSPACES:
        r = take_workspace(s, i, *f, e);
        break;
    case SURVEY_ORGANIZATIONS:
        r = take_organization(&s->org[s->wanted.at[i]], s->wanted.at[i], *f, e);
        break;
    default:
        r = take_search(s, *f, e);
        break;
    }
    fetch_free(*f);
    *f = NULL;
    s->changes++;
    return r;
}

/* All look-ups of workspaces are in: which organizations are to be looked up, in the order of the workspaces. */
static int want_organizations(struct survey *s, struct err *e)
{
    for (uint32_t i = 0; i < s->unlisted.n; i++) {
        struct survey_organization *o;

        if (s->lookup[i].organization == NO_INDEX)
            continue;
        o = organization(s, s->lookup[i].organization);
        if (o == NULL)
            return no_memory(e);
        if (o->listed || o->wanted)
            continue;
        o->wanted = true;
        if (put(&s->wanted, s->lookup[i].organization) < 0)
            return no_memory(e);
    }
    return 0;
}

/* Add workspace number ${i} of those unlisted to its organization: as it was looked up. */
static int add_extra(struct survey *s, uint32_t i, struct survey_organization *o)
{
    struct survey_lookup *l = &s->lookup[i];
    struct scope scope = {0};
    char id[ID_MAX + 1];
    int r = scope_set(&scope, LEVEL_ORGANIZATION, ids_text(&s->known->organizations, l->organization, id));

    if (r == 0) {
        resource_prefix(&o->extra.text, RESOURCE_WORKSPACE, &scope);
        buf_append(&o->extra.text, l->data.data, l->data.len - 1); /* without its line feed */
        buf_puts(&o->extra.text, "}\n");
        r = o->extra.text.failed ? -1 : rows_add(&o->extra, s->unlisted.row[i].id, NO_INDEX);
    }
    scope_release(&scope);
    buf_release(&l->data);
    return r;
}

/* Add workspace number ${i} of those unlisted to those without organization: as the list has it. */
static int add_rootless(struct survey *s, uint32_t i)
{
    size_t start_at = i == 0 ? 0 : s->unlisted.row[i - 1].end;

    buf_append(&s->rootless.text, s->unlisted.text.data + start_at, s->unlisted.row[i].end - start_at);
    return s->rootless.text.failed ? -1 : rows_add(&s->rootless, s->unlisted.row[i].id, NO_INDEX);
}

/* Say where each workspace stands, and forget the organizations that were not found. */
static int complete(struct survey *s, struct err *e)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->unlisted.n; i++) {
        struct survey_lookup *l = &s->lookup[i];
        struct survey_organization *o = l->organization == NO_INDEX ? NULL : &s->org[l->organization];
        bool has_parent = o != NULL && (o->listed || o->found);

        if (!l->gone && (has_parent ? add_extra(s, i, o) : add_rootless(s, i)) < 0)
            return no_memory(e);
    }
    for (uint32_t i = 0; i < s->wanted.n; i++)
        if (s->org[s->wanted.at[i]].found) {
            s->org[s->wanted.at[i]].answered = true;
            s->wanted.at[n++] = s->wanted.at[i];
        }
    s->wanted.n = n;
    log_debug("workspaces surveyed", LOG_INT("organizations", (int64_t)s->listed.n),
        LOG_INT("unlisted_organizations", (int64_t)n), LOG_INT("unlisted_workspaces", (int64_t)s->unlisted.n),
        LOG_INT("without_organization", (int64_t)s->rootless.n));
    return 0;
}

/* All calls of this step are done: go on to the next. */
static int next_step(struct survey *s, struct err *e)
{
    s->started = s->taken = 0;
    if (s->step == SURVEY_WORKSPACES && want_organizations(s, e) < 0)
        return -1;
    if (s->step == SURVEY_ORGANIZATIONS && complete(s, e) < 0)
        return -1;
    s->step++;
    s->changes++;
    return 0;
}

static bool has_answer(struct survey *s, uint32_t i)
{
    const struct fetch *f = *place(s, i);

    return f->state == FETCH_DONE || f->state == FETCH_REFUSED;
}

int survey_advance(struct survey *s, struct engine *g, struct err *e)
{
    while (s->step != SURVEY_COMPLETE) {
        while (s->taken < s->started && has_answer(s, s->taken))
            if (take(s, s->taken++, e) < 0)
                return -1;
        while (s->started < calls(s) && engine_room(g, endpoint(s)->api))
            if (start(s, g, s->started++, e) < 0)
                return -1;
        if (s->taken < calls(s) || !s->all)
            return 0;
        if (next_step(s, e) < 0)
            return -1;
    }
    return 0;
}
