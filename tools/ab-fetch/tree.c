#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "refusal.h"

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

/* Count what ${n} holds now. */
static void count_size(struct tree *t, struct node *n)
{
    t->held -= n->size;
    n->size = n->text.cap + n->rows.text.cap + n->rows.cap * sizeof(*n->rows.row);
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
    call_free(n->call);
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
static struct node *insert(struct tree *t, struct node *next, enum node_kind kind, enum resource resource,
    const struct scope *scope, struct err *e)
{
    struct node *n = calloc(1, sizeof(*n));

    if (n == NULL || scope_copy(&n->scope, scope) < 0) {
        free(n);
        no_memory(e);
        return NULL;
    }
    n->kind = kind;
    n->resource = resource;
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
    struct node *n = insert(t, next, NODE_TEXT, RESOURCE_NONE, NULL, e);

    if (n == NULL)
        return -1;
    n->text = *text;
    buf_init(text, text->max); /* it is the node's now */
    count_size(t, n);
    return 0;
}

static int insert_call(
    struct tree *t, struct node *next, enum resource resource, const struct scope *scope, struct err *e)
{
    struct node *n = insert(t, next, NODE_CALL, resource, scope, e);

    if (n == NULL)
        return -1;
    n->call = call_new(endpoint_find(resource, FOR_LIST), scope, t->known, t->plan->page_size);
    return n->call != NULL ? 0 : no_memory(e);
}

/* Where children go, and whose they are. */
struct place {
    struct node *next;
    enum resource parent;
    const struct scope *scope;
    uint32_t organization;
    bool new_here;
};

static int insert_section(struct tree *t, const struct place *p, enum resource resource, struct err *e)
{
    struct node *n = insert(t, p->next, NODE_SECTION, resource, p->scope, e);

    if (n == NULL)
        return -1;
    n->organization = p->organization;
    return 0;
}

static int insert_children(struct tree *t, const struct place *p, enum resource from, enum resource to, struct err *e)
{
    for (enum resource r = from; r < to; r++) {
        if (!plan_child(t->plan, r, p->parent, p->new_here))
            continue;
        if ((resource_table[r].placed == PLACED_SURVEYED ? insert_section(t, p, r, e)
                                                         : insert_call(t, p->next, r, p->scope, e)) < 0)
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
        if (plan_child(t->plan, r, RESOURCE_NONE, false) && insert_call(t, NULL, r, NULL, e) < 0)
            return -1;
        if (resource_table[r].placed == PLACED_SURVEYED && t->plan->asked[r] &&
            insert(t, NULL, NODE_REST, r, NULL, e) == NULL)
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
    n = insert(t, NULL, NODE_TEXT, RESOURCE_NONE, NULL, e);
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

/* Append a line: ${data} between its prefix and its end. */
static void put_line(struct buf *text, enum resource resource, const struct scope *scope, struct json_str data)
{
    scope_prefix(text, resource, scope);
    buf_append(text, data.s, data.len);
    buf_puts(text, "}\n");
}

/*
 * Append the lines of the next rows that are not in the stream yet to ${text}, as of ${n}: all there are, or with ${one}
 * only one.  Return the number of the last one's id.
 */
static uint32_t take_rows(struct tree *t, const struct node *n, struct rows *rows, bool one, struct buf *text)
{
    struct ids *ids = known_ids(t->known, n->resource);
    uint32_t last = NO_INDEX;

    while (rows->next < rows->n && (last == NO_INDEX || !one)) {
        uint32_t i = rows->next++;

        if (ids_mark(ids, rows->row[i].id, MARK_EMITTED))
            continue;
        put_line(text, n->resource, &n->scope, rows_data(rows, i));
        last = rows->row[i].id;
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
    bool one = plan_has_children(t->plan, n->resource);
    struct buf text;
    uint32_t last;
    int r = 0;

    buf_init(&text, TEXT_MAX);
    last = take_rows(t, n, rows, one, &text);
    if (text.failed)
        r = no_memory(e);
    else if (last != NO_INDEX && insert_text(t, n, &text, e) < 0)
        r = -1;
    else if (last != NO_INDEX && one)
        r = expand_children(t, n, last, e);
    buf_release(&text);
    return r;
}

/* The next of what the survey knows beneath an organization. ${*done}: that was all; ${*settled}: more cannot be known yet. */
static int expand_section(struct tree *t, struct node *n, bool *done, bool *settled, struct err *e)
{
    uint64_t changes = t->changes;

    for (unsigned part = 0; part < 2; part++) {
        struct rows *rows = survey_rows(t->survey, n->organization, part);

        *settled = rows != NULL;
        if (rows == NULL)
            return 0;
        if (expand_rows(t, n, rows, e) < 0)
            return -1;
        if (t->changes != changes)
            return 0;
        rows_release(rows);
    }
    *done = true;
    return 0;
}

/* An organization that the survey has found: its line, what is beneath it, what the survey knows beneath it. */
static int insert_found(struct tree *t, struct node *next, uint32_t id, struct err *e)
{
    enum resource parent = resource_table[next->resource].parent;
    struct ids *ids = known_ids(t->known, parent);
    struct scope scope = {0};
    struct place p = {.next = next, .parent = parent, .scope = &scope, .organization = id, .new_here = true};
    char text[ID_MAX + 1];
    struct buf line;
    int r = -1;

    buf_init(&line, TEXT_MAX);
    put_line(&line, parent, &scope, survey_organization_data(t->survey, id));
    ids_mark(ids, id, MARK_EMITTED);
    if (line.failed || scope_set(&scope, resource_table[parent].opens, ids_text(ids, id, text)) < 0)
        no_memory(e);
    else if (insert_text(t, next, &line, e) == 0)
        r = insert_children(t, &p, 0, RESOURCE_COUNT, e);
    buf_release(&line);
    scope_release(&scope);
    return r;
}

/* All that the survey has found besides; the node becomes what has no organization. */
static int expand_rest(struct tree *t, struct node *n, bool *settled, struct err *e)
{
    const struct survey_order *found = survey_found(t->survey);

    if (!survey_complete(t->survey)) {
        *settled = false;
        return 0;
    }
    for (uint32_t i = 0; i < found->n; i++)
        if (insert_found(t, n, found->at[i], e) < 0)
            return -1;
    n->kind = NODE_ROWS;
    rows_move(&n->rows, survey_rootless(t->survey));
    count_size(t, n);
    return 0;
}

/* The list that the survey follows has been read. */
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
    if (survey_follows(n->resource) && plan_surveys(t->plan) && name_organizations(t, &n->call->rows, e) < 0)
        return -1;
    n->kind = known_ids(t->known, n->resource) != NULL ? NODE_ROWS : NODE_LEAVES;
    rows_move(&n->rows, &n->call->rows);
    count_size(t, n);
    t->changes++;
    call_free(n->call);
    n->call = NULL;
    return 0;
}

/* A node that is a call: begin it if that may be. */
static int grow_call(struct tree *t, struct node *n, bool *settled, struct err *e)
{
    struct call *c = n->call;

    if (c->state == CALL_DONE)
        return take_answer(t, n, e);
    if (c->state == CALL_REFUSED)
        return refusal_error(c, e);
    if (known_ids(t->known, n->resource) != NULL)
        *settled = false;
    if (c->state != CALL_WAITING || !engine_room(t->engine, c->ep->api) || (n != t->head && t->held > HELD_MAX))
        return 0;
    return engine_start(t->engine, c, e);
}

/*
 * Let one node become what it can become now.  ${*done}: it is used up; ${*settled} is cleared if what stands behind it
 * must not yet be turned into lines (tree.h, 1).
 */
static int grow_node(struct tree *t, struct node *n, bool *done, bool *settled, struct err *e)
{
    switch (n->kind) {
    case NODE_TEXT:
    case NODE_LEAVES:
        return 0;
    case NODE_CALL:
        return grow_call(t, n, settled, e);
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

/* Pass on the lines of a finished node. */
static int emit(struct tree *t, const struct node *n, struct err *e)
{
    if (n->kind == NODE_LEAVES)
        return sink_rows(t->sink, n->resource, &n->scope, &n->rows, e);
    return n->text.len == 0 ? 0 : sink_lines(t->sink, n->text.data, n->text.len, n->line, e);
}

int tree_emit(struct tree *t, bool *moved, struct err *e)
{
    *moved = false;
    while (t->head != NULL && (t->head->kind == NODE_TEXT || t->head->kind == NODE_LEAVES)) {
        if (emit(t, t->head, e) < 0)
            return -1;
        remove_node(t, t->head);
        *moved = true;
    }
    return 0;
}

bool tree_full(const struct tree *t)
{
    return t->held > HELD_MAX || t->count >= WINDOW;
}
