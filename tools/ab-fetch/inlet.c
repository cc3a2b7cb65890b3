#include "inlet.h"

#include <inttypes.h>
#include <string.h>

#define NAME "standard input"

/* Lines read at one go, so that answers are not kept waiting. */
#define BATCH 4096

void inlet_open(struct inlet *in, int fd, const char *source, struct plan *plan, struct known *known,
    struct survey *survey, struct tree *tree, struct sink *sink)
{
    struct json_limits limits = {.text_len = LINE_MAX_BYTES};

    *in = (struct inlet){
        .source = source, .plan = plan, .known = known, .survey = survey, .tree = tree, .sink = sink, .depth = 1};
    frame_open(&in->reader, fd, NAME, FRAME_RAW, false);
    json_init(&in->json, &limits);
    in->level[0].resource = RESOURCE_NONE;
    in->ordered = plan_fetches(plan);
}

void inlet_close(struct inlet *in)
{
    frame_close(&in->reader);
    json_release(&in->json);
    for (unsigned i = 0; i < in->depth; i++)
        scope_release(&in->level[i].scope);
}

bool inlet_ready(const struct inlet *in)
{
    return lines_ready(&in->reader.lines);
}

const char *inlet_started_at(const struct inlet *in)
{
    return in->reader.begun ? in->reader.started_at : NULL;
}

static struct inlet_level *top(struct inlet *in)
{
    return &in->level[in->depth - 1];
}

static int bad(const struct frame *f, struct err *e, const char *what, const char *resource)
{
    return err_set(e, EX_DATAERR, "%s: line %" PRIu64 ": %s '%s'", NAME, f->line, what, resource);
}

/* Put in what is fetched beneath the innermost level and stands before lines of ${to}. */
static int fetch_up_to(struct inlet *in, enum resource to, struct err *e)
{
    struct inlet_level *level = top(in);
    enum resource from = level->next;

    if (to <= from)
        return 0;
    level->next = to;
    if (level->resource == RESOURCE_NONE)
        return tree_root(in->tree, from, to, e);
    if (level->repeated)
        return 0;
    return tree_children(in->tree, level->resource, &level->scope, level->index, from, to, e);
}

/* Nothing more stands beneath the innermost level. */
static int close_level(struct inlet *in, struct err *e)
{
    if (fetch_up_to(in, RESOURCE_COUNT, e) < 0)
        return -1;
    scope_release(&top(in)->scope);
    in->depth--;
    return 0;
}

/* Beneath what a line stands. */
static enum resource parent_of(const struct rawline *l)
{
    const struct resource_info *info = &resource_table[l->resource];

    if (info->placed == PLACED_SURVEYED && l->outer[resource_table[info->parent].opens].len == 0)
        return RESOURCE_NONE;
    return info->parent;
}

/* Whether ${l} bears the ids of the innermost level. */
static bool is_within(struct inlet *in, const struct rawline *l)
{
    const struct inlet_level *level = top(in);

    for (int i = 0; i < LEVEL_COUNT; i++)
        if (level->scope.id[i] != NULL && !json_eq(l->outer[i], level->scope.id[i]))
            return false;
    return true;
}

/* Close levels until ${parent} is the innermost. Return whether it is. */
static int close_until(struct inlet *in, enum resource parent, bool *found, struct err *e)
{
    unsigned depth = in->depth;

    while (depth > 0 && in->level[depth - 1].resource != parent)
        depth--;
    *found = depth > 0;
    while (*found && in->depth > depth)
        if (close_level(in, e) < 0)
            return -1;
    return 0;
}

/*
 * Find the place of a line: close what it does not stand in, and put in what is fetched and stands before it.  Streams
 * that were joined start over at the root; that does no harm unless something was put in there.
 */
static int place(struct inlet *in, const struct frame *f, const struct rawline *l, struct err *e)
{
    bool found;

    if (close_until(in, parent_of(l), &found, e) < 0)
        return -1;
    if (!found || !is_within(in, l))
        return bad(f, e, "out of order: not beneath its parent: a line of resource", resource_table[l->resource].name);
    if (l->resource < top(in)->last && (in->depth > 1 || plan_surveys(in->plan)))
        return bad(f, e, "out of order: a line of resource", resource_table[l->resource].name);
    top(in)->last = l->resource;
    return fetch_up_to(in, l->resource, e);
}

/* A gap or note stands where what it speaks of would: find that if it says enough, and leave it where it is if not. */
static int place_frame(struct inlet *in, const struct rawline *l, struct err *e)
{
    bool found;

    if (l->resource == RESOURCE_NONE)
        return 0;
    if (close_until(in, parent_of(l), &found, e) < 0)
        return -1;
    if (!found || !is_within(in, l) || l->resource < top(in)->last)
        return 0;
    top(in)->last = l->resource;
    return fetch_up_to(in, l->resource, e);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the levels of " NAME);
}

/* Something that others stand beneath is in the stream. */
static int note_id(struct inlet *in, const struct rawline *l, struct inlet_level *level, struct err *e)
{
    struct ids *ids = known_ids(in->known, l->resource);
    uint32_t index;

    if (ids == NULL)
        return 0;
    if (ids_add(ids, l->id, &index) < 0)
        return no_memory(e);
    level->index = index;
    level->repeated = ids_mark(ids, index, MARK_EMITTED);
    if (!survey_follows(l->resource) || level->repeated || !plan_surveys(in->plan))
        return 0;
    return survey_add(in->survey, index, e);
}

/* Lines beneath this one may follow. */
static int open_level(struct inlet *in, const struct rawline *l, struct err *e)
{
    struct inlet_level *level = &in->level[in->depth];
    char id[ID_MAX + 1];

    memcpy(id, l->id.s, l->id.len); /* rawline_parse has seen to it that it fits */
    id[l->id.len] = '\0';
    *level = (struct inlet_level){.resource = l->resource};
    if (scope_copy(&level->scope, &top(in)->scope) < 0)
        return no_memory(e);
    in->depth++;
    if (scope_set(&level->scope, resource_table[l->resource].opens, id) < 0)
        return no_memory(e);
    return note_id(in, l, level, e);
}

/*
 * A line of an organization's users that was made of what a line beneath a workspace tells stands directly before that one, and
 * closes nothing.
 */
static bool is_told_beneath(struct inlet *in, const struct rawline *l)
{
    const struct inlet_level *level = top(in);

    if (!l->made || in->depth < 2 || level->resource == resource_table[l->resource].parent)
        return false;
    return in->level[in->depth - 2].resource == resource_table[l->resource].parent &&
           json_eq(l->outer[resource_table[l->resource].role_at], level->scope.id[resource_table[l->resource].role_at]);
}

/* The line of the instance says what server this is. */
static int note_instance(struct inlet *in, const struct rawline *l, struct err *e)
{
    if (resource_table[l->resource].opens != LEVEL_INSTANCE)
        return 0;
    return tree_instance(in->tree, top(in)->scope.id[LEVEL_INSTANCE], l->data, e);
}

static int pass_data(struct inlet *in, const struct frame *f, struct err *e)
{
    struct rawline l;
    const char *name;

    if (rawline_parse(&in->json, f->text, f->len, f->line, &l, e) < 0)
        return err_context(e, NAME);
    name = resource_table[l.resource].name;
    if (plan_refetches(in->plan, l.resource))
        return bad(f, e, "already holds what is to be fetched: a line of resource", name);
    if (plan_opens(in->plan, LEVEL_INSTANCE) && (resource_table[l.resource].bears & LEVEL_BIT(LEVEL_INSTANCE)) != 0)
        return bad(f, e, "fetch the instance with what bears its id or before it, not after: a line of resource", name);
    in->plan->carried[l.resource] = true;
    if (!is_told_beneath(in, &l) && place(in, f, &l, e) < 0)
        return -1;
    if (tree_line(in->tree, f->text, f->len, f->line, e) < 0)
        return -1;
    if (resource_table[l.resource].opens == LEVEL_NONE)
        return 0;
    return open_level(in, &l, e) < 0 ? -1 : note_instance(in, &l, e);
}

/* A gap that says of something with others beneath it that it is known by its id alone covers those (ab-raw(5)). */
static int note_covered(struct inlet *in, const struct frame *f, const struct rawline *l, struct err *e)
{
    enum level level = l->resource == RESOURCE_NONE ? LEVEL_NONE : resource_table[l->resource].opens;
    uint32_t index;

    if (f->kind != FRAME_GAP || level == LEVEL_NONE || l->outer[level].len == 0)
        return 0;
    if (ids_add(&in->known->of[level], l->outer[level], &index) < 0)
        return no_memory(e);
    ids_mark(&in->known->of[level], index, MARK_COVERED);
    return 0;
}

static int pass_frame(struct inlet *in, const struct frame *f, struct err *e)
{
    struct rawline l;

    if (rawline_parse(&in->json, f->text, f->len, f->line, &l, e) < 0)
        return err_context(e, NAME);
    if (place_frame(in, &l, e) < 0 || note_covered(in, f, &l, e) < 0)
        return -1;
    return tree_line(in->tree, f->text, f->len, f->line, e);
}

/* A line when only users are asked for. */
static int pass_directly(struct inlet *in, const struct frame *f, struct err *e)
{
    struct rawline l;
    int r = rawline_parse(&in->json, f->text, f->len, f->line, &l, e);

    return r < 0 ? err_context(e, NAME) : sink_line(in->sink, f->text, f->len, &l, e);
}

static int check_source(const struct inlet *in, struct err *e)
{
    if (in->source == NULL || strcmp(in->source, in->reader.source) == 0)
        return 0;
    return err_set(
        e, EX_DATAERR, "%s: comes from '%s', this run fetches from '%s'", NAME, in->reader.source, in->source);
}

/* The input has ended: what is fetched beneath all that is open, and at the root, comes now. */
static int finish(struct inlet *in, struct err *e)
{
    in->finished = true;
    if (!plan_lists_all(in->plan))
        survey_close(in->survey);
    while (in->depth > 1)
        if (close_level(in, e) < 0)
            return -1;
    return fetch_up_to(in, RESOURCE_COUNT, e);
}

/* Nothing came at all: perhaps nothing was to come. */
static int is_empty(struct inlet *in, struct err *e)
{
    const struct err why = *e;

    if (!in->ordered)
        return -1;
    *e = (struct err){0};
    return err_set(
        e, why.status, "%s; name the parents of what is to be fetched as well, if they are to be fetched too", why.msg);
}

static int read_one(struct inlet *in, struct err *e)
{
    struct frame f;
    int r = frame_next(&in->reader, &f, e);

    if (r < 0)
        return in->reader.lines.line == 0 && e->status == EX_DATAERR ? is_empty(in, e) : -1;
    if (r == 0)
        return finish(in, e);
    if (f.kind == FRAME_BEGIN)
        return check_source(in, e);
    if (!in->ordered)
        return pass_directly(in, &f, e);
    return f.kind == FRAME_DATA ? pass_data(in, &f, e) : pass_frame(in, &f, e);
}

bool inlet_wants(const struct inlet *in)
{
    if (in->finished)
        return false;
    return in->ordered ? plan_surveys(in->plan) || !tree_full(in->tree) : !sink_full(in->sink);
}

int inlet_read(struct inlet *in, struct err *e)
{
    bool begun = in->reader.begun;
    unsigned n = 0;

    do
        if (read_one(in, e) < 0)
            return -1;
    while (begun && ++n < BATCH && inlet_wants(in) && inlet_ready(in));
    return 0;
}
