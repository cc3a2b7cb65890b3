#include "tree.h"

#include <stdlib.h>
#include <string.h>

/* Bytes held beyond which only the call at the head begins. */
#define HELD_MAX ((size_t)16 << 20)

/* Nodes from the head on that are looked at: enough to keep all calls busy. */
#define WINDOW 512

/* Lines from standard input are gathered in nodes of about this size. */
#define TEXT_BYTES ((size_t)64 << 10)

/* The text of one node. */
#define TEXT_MAX ((size_t)1 << 30)

void tree_init(struct tree *t, const struct plan *plan, struct known *known, struct survey *survey,
    struct engine *engine, struct sink *sink)
{
    *t = (struct tree){.plan = plan, .known = known, .survey = survey, .engine = engine, .sink = sink};
}

/* Count the text that ${n} holds now. Rows are not counted: they are fewer, and must be held in any case. */
static void count_size(struct tree *t, struct node *n)
{
    t->held -= n->size;
    n->size = n->text.cap;
    t->held += n->size;
}

static void remove_node(struct tree *t, struct node *n)
{
    t->held -= n->size;
    t->count--;
    t->changes++;
    *(n->prev != NULL ? &n->prev->next : &t->head) = n->next;
    *(n->next != NULL ? &n->next->prev : &t->tail) = n->prev;
    buf_release(&n->text);
    rows_release(&n->rows);
    scope_release(&n->scope);
    fetch_free(n->fetch);
    free(n);
}

void tree_release(struct tree *t)
{
    while (t->head != NULL)
        remove_node(t, t->head);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the stream");
}

/* A new node before ${next}, NULL: at the tail. Return NULL with ${e}. */
static struct node *insert(
    struct tree *t, struct node *next, enum node_kind kind, const struct scope *scope, struct err *e)
{
    struct node *n = calloc(1, sizeof(*n));

    if (n == NULL || scope_copy(&n->scope, scope) < 0) {
        free(n);
        no_memory(e);
        return NULL;
    }
    n->kind = kind;
    buf_init(&n->text, TEXT_MAX);
    rows_init(&n->rows);
    n->next = next;
    n->prev = next != NULL ? next->prev : t->tail;
    *(n->prev != NULL ? &n->prev->next : &t->head) = n;
    *(next != NULL ? &next->prev : &t->tail) = n;
    t->count++;
    t->changes++;
    return n;
}

static int insert_text(struct tree *t, struct node *next, struct buf *text, struct err *e)
{
    struct node *n = insert(t, next, NODE_TEXT, NULL, e);

    if (n == NULL)
        return -1;
    n->text = *text;
    buf_init(text, text->max); /* it is the node's now */
    count_size(t, n);
    return 0;
}

static int insert_fetch(
    struct tree *t, struct node *next, enum resource resource, const struct scope *scope, struct err *e)
{
    struct node *n = insert(t, next, NODE_FETCH, scope, e);

    if (n == NULL)
        return -1;
    n->resource = resource;
    n->fetch = fetch_new(endpoint_find(resource, FOR_LIST), scope, t->known, t->plan->page_size);
    return n->fetch != NULL ? 0 : no_memory(e);
}

static int insert_section(
    struct tree *t, struct node *next, const struct scope *scope, uint32_t organization, struct err *e)
{
    struct node *n = insert(t, next, NODE_SECTION, scope, e);

    if (n == NULL)
        return -1;
    n->resource = RESOURCE_WORKSPACE;
    n->organization = organization;
    return 0;
}

/* Whether the resource ${r} is fetched beneath ${parent}; with ${new_here}, a parent that only this run has found. */
static bool is_child(const struct tree *t, enum resource r, enum resource parent, bool new_here)
{
    if (resource_table[r].parent != parent || endpoint_find(r, FOR_LIST) == NULL)
        return false;
    return t->plan->asked[r] || (new_here && t->plan->carried[r]);
}

/* Where children go, and whose they are. */
struct place {
    struct node *next;
    enum resource parent;
    const struct scope *scope;
    uint32_t organization;
    bool new_here;
};

static int insert_children(struct tree *t, const struct place *p, enum resource from, enum resource to, struct err *e)
{
    for (enum resource r = from; r < to; r++) {
        if (!is_child(t, r, p->parent, p->new_here))
            continue;
        if ((r == RESOURCE_WORKSPACE ? insert_section(t, p->next, p->scope, p->organization, e)
                                     : insert_fetch(t, p->next, r, p->scope, e)) < 0)
            return -1;
    }
    return 0;
}

int tree_children(struct tree *t, enum resource parent, const struct scope *scope, uint32_t organization,
    enum resource from, enum resource to, struct err *e)
{
    struct place p = {.parent = parent, .scope = scope, .organization = organization};

    return insert_children(t, &p, from, to, e);
}

int tree_root(struct tree *t, enum resource from, enum resource to, struct err *e)
{
    for (enum resource r = from; r < to; r++) {
        if (is_child(t, r, RESOURCE_NONE, false) && insert_fetch(t, NULL, r, NULL, e) < 0)
            return -1;
        if (r == RESOURCE_WORKSPACE && t->plan->asked[r] && insert(t, NULL, NODE_REST, NULL, e) == NULL)
            return -1;
    }
    return 0;
}

/* The node at the tail if line number ${line} of standard input can be added to it, else a new one. */
static struct node *text_node(struct tree *t, uint64_t line, struct err *e)
{
    struct node *n = t->tail;

    if (n != NULL && n->kind == NODE_TEXT && n->line + n->nlines == line && n->text.len < TEXT_BYTES)
        return n;
    n = insert(t, NULL, NODE_TEXT, NULL, e);
    if (n != NULL)
        n->line = line;
    return n;
}

int tree_line(struct tree *t, const char *text, size_t len, uint64_t line, struct err *e)
{
    struct node *n = text_node(t, line, e);

    if (n == NULL)
        return -1;
    if (buf_append(&n->text, text, len) < 0 || buf_putc(&n->text, '\n') < 0)
        return no_memory(e);
    n->nlines++;
    count_size(t, n);
    return 0;
}

/*
 * Growth.
 */

static bool has_children(const struct tree *t, enum resource parent)
{
    for (enum resource r = 0; r < RESOURCE_COUNT; r++)
        if (is_child(t, r, parent, false))
            return true;
    return false;
}

/*
 * Append the lines of the next rows that are not in the stream yet to ${text}: all there are, or with ${one} only one.
 * Return the number of the last one's id.
 */
static uint32_t take_rows(struct ids *ids, struct rows *rows, bool one, struct buf *text)
{
    uint32_t last = NO_INDEX;

    while (rows->next < rows->n && (last == NO_INDEX || !one)) {
        const struct row *row = &rows->row[rows->next++];
        uint32_t start = rows->start;

        rows->start = row->end;
        if (ids_mark(ids, row->id, MARK_EMITTED))
            continue;
        buf_append(text, rows->text.data + start, row->end - start);
        last = row->id;
    }
    return last;
}

/* The children of the resource of ${n} with id number ${id}, before ${n}. */
static int expand_children(struct tree *t, struct node *n, uint32_t id, struct err *e)
{
    struct scope scope;
    struct place p = {.next = n, .parent = n->resource, .scope = &scope, .organization = id};
    char text[ID_MAX + 1];
    int r;

    ids_text(known_ids(t->known, n->resource), id, text);
    if (scope_copy(&scope, &n->scope) < 0)
        return no_memory(e);
    r = scope_set(&scope, resource_table[n->resource].opens, text) < 0 ? no_memory(e)
                                                                       : insert_children(t, &p, 0, RESOURCE_COUNT, e);
    scope_release(&scope);
    return r;
}

/*
 * Put lines of ${rows}, which stand where ${n} is, before it: one with its children, or all if there are none.  Nothing
 * happens only if there are no more.
 */
static int expand_rows(struct tree *t, struct node *n, struct rows *rows, struct err *e)
{
    bool one = has_children(t, n->resource);
    struct buf text;
    uint32_t last;
    int r = 0;

    buf_init(&text, TEXT_MAX);
    last = take_rows(known_ids(t->known, n->resource), rows, one, &text);
    if (text.failed)
        r = no_memory(e);
    else if (last != NO_INDEX && insert_text(t, n, &text, e) < 0)
        r = -1;
    else if (last != NO_INDEX && one)
        r = expand_children(t, n, last, e);
    buf_release(&text);
    return r;
}

/* The next part of an organization's workspaces. ${*done}: there are no more; ${*settled}: more cannot be known yet. */
static int expand_section(struct tree *t, struct node *n, bool *done, bool *settled, struct err *e)
{
    struct survey_organization *o = &t->survey->org[n->organization];
    uint64_t changes = t->changes;

    *settled = o->answered;
    if (o->answered && expand_rows(t, n, &o->rows, e) < 0)
        return -1;
    if (!o->answered || t->changes != changes)
        return 0;
    rows_release(&o->rows);
    *settled = t->survey->step == SURVEY_COMPLETE;
    if (*settled && expand_rows(t, n, &o->extra, e) < 0)
        return -1;
    *done = *settled && t->changes == changes;
    return 0;
}

/* An organization that the survey has found: its line, what is beneath it, its workspaces. */
static int insert_found(struct tree *t, struct node *next, uint32_t id, struct err *e)
{
    struct survey_organization *o = &t->survey->org[id];
    struct scope scope = {0};
    struct place p = {
        .next = next, .parent = RESOURCE_ORGANIZATION, .scope = &scope, .organization = id, .new_here = true};
    char text[ID_MAX + 1];
    int r = -1;

    if (scope_set(&scope, LEVEL_ORGANIZATION, ids_text(&t->known->organizations, id, text)) < 0)
        return no_memory(e);
    ids_mark(&t->known->organizations, id, MARK_EMITTED);
    if (insert_text(t, next, &o->line, e) == 0)
        r = insert_children(t, &p, 0, RESOURCE_COUNT, e);
    scope_release(&scope);
    return r;
}

/* All that the survey has found besides; the node becomes the workspaces without organization. */
static int expand_rest(struct tree *t, struct node *n, bool *settled, struct err *e)
{
    const struct survey_order *found = survey_found(t->survey);

    if (t->survey->step != SURVEY_COMPLETE) {
        *settled = false;
        return 0;
    }
    for (uint32_t i = 0; i < found->n; i++)
        if (insert_found(t, n, found->at[i], e) < 0)
            return -1;
    n->kind = NODE_ROWS;
    n->resource = RESOURCE_WORKSPACE;
    n->rows = t->survey->rootless;
    rows_init(&t->survey->rootless); /* they are the node's now */
    count_size(t, n);
    return 0;
}

/* The list of organizations has been read: the survey is about them. */
static int name_organizations(struct tree *t, const struct rows *rows, struct err *e)
{
    for (uint32_t i = 0; i < rows->n; i++)
        if (survey_add(t->survey, rows->row[i].id, e) < 0)
            return -1;
    survey_close(t->survey);
    return 0;
}

/* The answer of a call has come: the node becomes what was in it. */
static int take_answer(struct tree *t, struct node *n, struct err *e)
{
    struct rows *rows = &n->fetch->rows;

    if (n->resource == RESOURCE_ORGANIZATION && t->plan->asked[RESOURCE_WORKSPACE] &&
        name_organizations(t, rows, e) < 0)
        return -1;
    n->kind = known_ids(t->known, n->resource) != NULL ? NODE_ROWS : NODE_TEXT;
    if (n->kind == NODE_ROWS) {
        n->rows = *rows;
        rows_init(rows); /* they are the node's now */
    } else {
        n->text = rows->text;
        buf_init(&rows->text, n->text.max); /* it is the node's now */
    }
    count_size(t, n);
    t->changes++;
    fetch_free(n->fetch);
    n->fetch = NULL;
    return 0;
}

/* A node that is a call: begin it if that may be. */
static int grow_fetch(struct tree *t, struct node *n, bool *settled, struct err *e)
{
    struct fetch *f = n->fetch;

    if (f->state == FETCH_DONE)
        return take_answer(t, n, e);
    if (known_ids(t->known, n->resource) != NULL)
        *settled = false;
    if (f->state != FETCH_WAITING || !engine_room(t->engine, f->ep->api) || (n != t->head && t->held > HELD_MAX))
        return 0;
    return engine_start(t->engine, f, e);
}

/*
 * Let one node become what it can become now.  ${*done}: it is used up; ${*settled} is cleared if what stands behind it
 * must not yet be turned into lines (tree.h, 1).
 */
static int grow_node(struct tree *t, struct node *n, bool *done, bool *settled, struct err *e)
{
    switch (n->kind) {
    case NODE_TEXT:
        return 0;
    case NODE_FETCH:
        return grow_fetch(t, n, settled, e);
    case NODE_ROWS:
        if (*settled && expand_rows(t, n, &n->rows, e) < 0)
            return -1;
        *done = n->rows.next == n->rows.n;
        return 0;
    case NODE_SECTION:
        return *settled ? expand_section(t, n, done, settled, e) : 0;
    case NODE_REST:
        return *settled ? expand_rest(t, n, settled, e) : 0;
    }
    return 0;
}

int tree_grow(struct tree *t, struct err *e)
{
    struct node *n = t->head;
    bool settled = true;

    for (size_t i = 0; n != NULL && i < WINDOW; i++) {
        struct node *before = n->prev;
        enum node_kind kind = n->kind;
        bool done = false;

        if (grow_node(t, n, &done, &settled, e) < 0)
            return -1;
        if (n->prev != before) /* something was put before it: go on from there */
            n = before != NULL ? before->next : t->head;
        else if (n->kind == kind || n->kind != NODE_ROWS) { /* else look at it once more */
            n = n->next;
            if (done)
                remove_node(t, n != NULL ? n->prev : t->tail);
        }
    }
    return 0;
}

int tree_emit(struct tree *t, bool *moved, struct err *e)
{
    *moved = false;
    while (t->head != NULL && t->head->kind == NODE_TEXT) {
        struct node *n = t->head;

        if (n->text.len > 0 && sink_lines(t->sink, n->text.data, n->text.len, n->line, e) < 0)
            return -1;
        remove_node(t, n);
        *moved = true;
    }
    return 0;
}

bool tree_full(const struct tree *t)
{
    return t->held > HELD_MAX || t->count >= WINDOW;
}
