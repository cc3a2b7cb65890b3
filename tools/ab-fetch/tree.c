#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "denied.h"
#include "made.h"
#include "member.h"
#include "rawline.h"

/* Nodes from the head on that are looked at: enough to keep all calls busy. */
#define WINDOW 512

/* Lines from standard input are gathered in nodes of about this size. */
#define TEXT_BYTES ((size_t)64 << 10)

/* The text of one node. */
#define TEXT_MAX ((size_t)1 << 30)

void tree_init(struct tree *t, const struct tree_parts *p)
{
    *t = (struct tree){
        .plan = p->plan,
        .known = p->known,
        .survey = p->survey,
        .engine = p->engine,
        .caller = p->caller,
        .sink = p->sink,
        .gaps = p->gaps,
    };
    doubts_init(&t->doubts, p->plan->page_size);
    spool_init(&t->spool);
}

void tree_release(struct tree *t)
{
    while (t->head != NULL)
        node_remove(t, t->head);
    doubts_release(&t->doubts);
    spool_release(&t->spool);
    scope_release(&t->root);
    free(t->release);
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
    struct node *n = node_insert(t, p->next, NODE_SECTION, resource, p->scope, e);

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
                                                         : node_insert_call(t, p->next, r, p->scope, e)) < 0)
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

/* The call for what stands at the root. The instance is the server itself; Cloud has none. */
static int insert_root(struct tree *t, enum resource r, struct err *e)
{
    const struct baseurl *base = t->engine->base;
    struct scope scope = {0};
    int result;

    if (resource_table[r].opens != LEVEL_INSTANCE)
        return node_insert_call(t, NULL, r, NULL, e);
    if (base->cloud)
        return node_insert_gap(t, NULL, REFUSAL_NOTE, r, &scope, 0, "missing", NULL, e);
    if (scope_set(&scope, LEVEL_INSTANCE, base->host) < 0)
        return node_no_memory(e);
    result = node_insert_call(t, NULL, r, &scope, e);
    scope_release(&scope);
    return result;
}

int tree_root(struct tree *t, enum resource from, enum resource to, struct err *e)
{
    for (enum resource r = from; r < to; r++) {
        if (plan_child(t->plan, r, RESOURCE_NONE, false) && insert_root(t, r, e) < 0)
            return -1;
        if (resource_table[r].placed == PLACED_SURVEYED && t->plan->asked[r] &&
            node_insert(t, NULL, NODE_REST, r, NULL, e) == NULL)
            return -1;
    }
    return 0;
}

/* The node at the tail if line number ${line} of standard input can be added to it, else a new one. */
static struct node *text_node(struct tree *t, uint64_t line, struct err *e)
{
    struct node *n = t->tail;

    if (n != NULL && n->kind == NODE_TEXT && !n->spooled && n->line + n->nlines == line && n->text.len < TEXT_BYTES)
        return n;
    n = node_insert(t, NULL, NODE_TEXT, RESOURCE_NONE, NULL, e);
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
        return node_no_memory(e);
    n->nlines++;
    node_count(t, n);
    return 0;
}

/*
 * Growth.
 */

/* The release of the server, from the data of the instance. */
static int read_release(struct tree *t, struct json_str data, struct err *e)
{
    struct json_str name, version = {0};
    struct json j;
    int r = 0;

    json_init(&j, NULL);
    json_begin(&j, data.s, data.len, 0);
    json_object(&j);
    while (json_member(&j, &name))
        if (json_eq(name, "version"))
            rawline_take_string(&j, &version);
        else
            json_skip(&j, NULL);
    if (json_end(&j, NULL) == 0 && version.len > 0) {
        free(t->release);
        t->release = strndup(version.s, version.len);
        r = t->release != NULL ? 0 : node_no_memory(e);
    }
    json_release(&j);
    return r;
}

int tree_instance(struct tree *t, const char *id, struct json_str data, struct err *e)
{
    return scope_set(&t->root, LEVEL_INSTANCE, id) < 0 ? node_no_memory(e) : read_release(t, data, e);
}

/* Append a line: ${data} between its prefix and its end. */
static void put_line(struct buf *text, enum resource resource, const struct scope *scope, struct json_str data)
{
    scope_prefix(text, resource, scope);
    buf_append(text, data.s, data.len);
    buf_puts(text, "}\n");
}

/* What the lines of ${n} bear: at the root, the instance if its line is in the stream. */
static const struct scope *scope_of(const struct tree *t, const struct node *n)
{
    const struct resource_info *info = &resource_table[n->resource];

    return info->parent == RESOURCE_NONE && info->opens != LEVEL_INSTANCE ? &t->root : &n->scope;
}

/* Whether what ${n} lists stands beneath one parent, and nothing but the lists of these puts it into the stream. */
static bool has_one_parent(const struct node *n)
{
    const struct resource_info *info = &resource_table[n->resource];

    return info->placed == PLACED_LISTED && info->parent != RESOURCE_NONE;
}

/* Number ${id} of what ${n} lists is in the stream, so another list has it too, and beneath two it cannot stand. */
static int listed_twice(struct tree *t, const struct node *n, uint32_t id, struct err *e)
{
    const struct resource_info *info = &resource_table[n->resource];
    struct call *c = call_new(endpoint_find(n->resource, FOR_LIST), &n->scope, t->known, t->plan->page_size);
    char text[ID_MAX + 1];

    if (c == NULL)
        return node_no_memory(e);
    err_set(e, EX_PROTOCOL, "%s %s is in the lists of two %ss", info->name,
        ids_text(known_ids(t->known, n->resource), id, text), resource_level_word(resource_table[info->parent].opens));
    call_context(c, e);
    call_free(c);
    return -1;
}

/*
 * Append the lines of the next rows that are not in the stream yet to ${text}, as of ${n}: all there are, or with ${one}
 * only one; for a check, one of each list beneath something.  ${*last} is the number of the last one's id, or NO_INDEX.
 */
static int take_rows(
    struct tree *t, const struct node *n, struct rows *rows, bool one, struct buf *text, uint32_t *last, struct err *e)
{
    const struct scope *scope = scope_of(t, n);
    struct ids *ids = known_ids(t->known, n->resource);

    *last = NO_INDEX;
    while (rows->next < rows->n && (*last == NO_INDEX || !one)) {
        uint32_t i = rows->next++, id = rows->row[i].id;

        if (ids_mark(ids, id, MARK_EMITTED)) {
            if (has_one_parent(n))
                return listed_twice(t, n, id, e);
            continue;
        }
        put_line(text, n->resource, scope, rows_data(rows, i));
        *last = id;
    }
    if (t->plan->check && resource_table[n->resource].parent != RESOURCE_NONE)
        rows->next = rows->n;
    return 0;
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
        return node_no_memory(e);
    r = scope_set(&scope, resource_table[n->resource].opens, text) < 0 ? node_no_memory(e)
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
    int r;

    buf_init(&text, TEXT_MAX);
    r = take_rows(t, n, rows, one, &text, &last, e);
    if (r == 0 && text.failed)
        r = node_no_memory(e);
    if (r == 0 && last != NO_INDEX)
        r = node_insert_text(t, n, &text, e);
    if (r == 0 && last != NO_INDEX && one)
        r = expand_children(t, n, last, e);
    buf_release(&text);
    return r;
}

/* The gap of what could not be seen beneath an organization, if there is one, before ${n}. */
static int insert_view(struct tree *t, struct node *n, struct err *e)
{
    const char *id = n->scope.id[LEVEL_ORGANIZATION];
    struct survey_view view = survey_view(t->survey, n->organization);
    const struct refusal_case it = {.resource = n->resource, .release = t->release};
    const char *needs = node_needs(endpoint_find(n->resource, FOR_LIST));

    if (view.kind == VIEW_REFUSED)
        return node_insert_gap(t, n, REFUSAL_GAP, n->resource, &n->scope, view.status, view.reason, needs, e);
    if (refusal_is_partial(&it, view.kind == VIEW_LISTED, caller_reads(t->caller, id)))
        return node_insert_gap(t, n, REFUSAL_GAP, n->resource, &n->scope, 0, "partial", needs, e);
    return 0;
}

/* The next of what the survey knows beneath an organization. ${*done}: that was all; ${*settled}: more cannot be known yet. */
static int expand_section(struct tree *t, struct node *n, bool *done, bool *settled, struct err *e)
{
    uint64_t changes = t->changes;

    if (!n->viewed && survey_rows(t->survey, n->organization, 0) != NULL && caller_known(t->caller)) {
        n->viewed = true;
        if (insert_view(t, n, e) < 0)
            return -1;
    }
    *settled = n->viewed;
    if (!n->viewed || t->changes != changes)
        return 0;
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

/* The line of an organization that the survey has found, or, if it was not, the gap and a line with its id. */
static int put_found(struct tree *t, struct node *next, uint32_t id, const struct scope *scope, struct err *e)
{
    enum resource r = resource_table[next->resource].parent;
    const char *text = scope->id[resource_table[r].opens];
    struct survey_view view = survey_view(t->survey, id);
    struct buf data, line;
    int result = 0;

    buf_init(&data, TEXT_MAX);
    buf_init(&line, TEXT_MAX);
    if (view.kind == VIEW_ID_ALONE) {
        result = node_insert_gap(
            t, next, REFUSAL_GAP, r, scope, view.status, "unlisted", node_needs(endpoint_find(r, FOR_LOOKUP)), e);
        ids_mark(known_ids(t->known, r), id, MARK_COVERED);
        made_organization(&data, text);
    } else {
        struct json_str found = survey_organization_data(t->survey, id);

        buf_append(&data, found.s, found.len);
    }
    put_line(&line, r, &t->root, (struct json_str){data.data, data.len});
    if (result == 0)
        result = data.failed || line.failed ? node_no_memory(e) : node_insert_text(t, next, &line, e);
    buf_release(&data);
    buf_release(&line);
    return result;
}

/* An organization that the survey has found: its line, what is beneath it, what the survey knows beneath it. */
static int insert_found(struct tree *t, struct node *next, uint32_t id, struct err *e)
{
    enum resource parent = resource_table[next->resource].parent;
    struct ids *ids = known_ids(t->known, parent);
    struct scope scope = {0};
    struct place p = {.next = next, .parent = parent, .scope = &scope, .organization = id, .new_here = true};
    char text[ID_MAX + 1];
    int r = -1;

    ids_mark(ids, id, MARK_EMITTED);
    if (scope_set(&scope, resource_table[parent].opens, ids_text(ids, id, text)) < 0)
        node_no_memory(e);
    else if (put_found(t, next, id, &scope, e) == 0)
        r = insert_children(t, &p, 0, RESOURCE_COUNT, e);
    scope_release(&scope);
    return r;
}

/* Where a workspace's organization is not known, what roles and groups of that give there is not: a gap for each. */
static int insert_unplaced(struct tree *t, struct node *next, struct err *e)
{
    const char *needs = node_needs(endpoint_find(next->resource, FOR_LOOKUP));
    const struct ids *ids = known_ids(t->known, next->resource);
    uint32_t at = 0, id;
    int status, r = 0;

    while (r == 0 && survey_unplaced(t->survey, &at, &id, &status)) {
        struct scope scope = {0};
        char text[ID_MAX + 1];

        if (scope_set(&scope, resource_table[next->resource].opens, ids_text(ids, id, text)) < 0)
            return node_no_memory(e);
        r = node_insert_gap(
            t, next, REFUSAL_GAP, next->resource, &scope, status, "unlisted", status != 0 ? needs : NULL, e);
        scope_release(&scope);
    }
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
        if (survey_view(t->survey, found->at[i]).kind != VIEW_NOTHING && insert_found(t, n, found->at[i], e) < 0)
            return -1;
    if (survey_root_view(t->survey).kind == VIEW_REFUSED) {
        struct survey_view view = survey_root_view(t->survey);

        if (node_insert_gap(t, n, REFUSAL_GAP, n->resource, &n->scope, view.status, view.reason, NULL, e) < 0)
            return -1;
    }
    if (insert_unplaced(t, n, e) < 0)
        return -1;
    n->kind = NODE_ROWS;
    rows_move(&n->rows, survey_rootless(t->survey));
    node_count(t, n);
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

/* The line of the instance is about to be in the stream. */
static int note_instance(struct tree *t, const struct node *n, struct err *e)
{
    if (resource_table[n->resource].opens != LEVEL_INSTANCE || n->rows.n == 0)
        return 0;
    return tree_instance(t, n->scope.id[LEVEL_INSTANCE], rows_data(&n->rows, 0), e);
}

/* The answer of a call has come: the node becomes what was in it. */
static int take_answer(struct tree *t, struct node *n, struct err *e)
{
    if (survey_follows(n->resource) && plan_surveys(t->plan) && name_organizations(t, &n->call->rows, e) < 0)
        return -1;
    if (n->call->paging.unsure && node_insert_gap(t, n, REFUSAL_GAP, n->resource, &n->scope, 0, "partial", NULL, e) < 0)
        return -1;
    if (n->call->ep->resource != n->resource)
        n->kind = NODE_MEMBERS;
    else
        n->kind = known_ids(t->known, n->resource) != NULL ? NODE_ROWS : NODE_LEAVES;
    rows_move(&n->rows, &n->call->rows);
    gaps_count(t->gaps, n->resource, false);
    node_count(t, n);
    t->changes++;
    call_free(n->call);
    n->call = NULL;
    return note_instance(t, n, e);
}

/* A call for instance admins alone is not made: the caller is none, or nobody knows what he is. */
static int skip_admins(struct tree *t, struct node *n, struct err *e)
{
    const char *needs = node_needs(n->call->ep);

    if (caller_told(t->caller))
        return node_become_gap(t, n, REFUSAL_NOTE, 0, "forbidden", needs, e);
    return node_become_gap(t, n, REFUSAL_GAP, 0, "role", needs, e);
}

/* A node that is a call: begin it if that may be. */
static int grow_call(struct tree *t, struct node *n, bool *settled, struct err *e)
{
    struct call *c = n->call;

    if (c->state == CALL_DONE)
        return take_answer(t, n, e);
    if (known_ids(t->known, n->resource) != NULL)
        *settled = false;
    if (c->state == CALL_REFUSED)
        return caller_known(t->caller) ? denied_take(t, n, denied_parent(t, n), e) : 0;
    if (c->ep->admins && caller_known(t->caller) && !caller_is_admin(t->caller) && c->state == CALL_WAITING)
        return skip_admins(t, n, e);
    return node_may_begin(t, n) ? engine_start(t->engine, c, e) : 0;
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
    case NODE_DOUBT:
        return denied_doubt(t, n, e);
    case NODE_MEMBERS:
        return member_expand(t, n, e);
    case NODE_MEMBER:
        return member_grow(t, n, e);
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
                node_remove(t, n != NULL ? n->prev : t->tail);
        }
    }
    return 0;
}

/* Pass on lines that waited in a file. */
static int emit_spooled(struct tree *t, const struct node *n, struct err *e)
{
    struct buf text;
    int r;

    buf_init(&text, TEXT_MAX);
    r = spool_get(&t->spool, n->spool_at, n->spool_len, &text, e);
    if (r == 0)
        r = sink_lines(t->sink, text.data, text.len, n->line, e);
    buf_release(&text);
    return r;
}

/* Pass on the lines of a finished node. ${*done}: that was all of them. */
static int emit(struct tree *t, struct node *n, bool *done, struct err *e)
{
    int r = 0;

    if (n->kind == NODE_LEAVES)
        r = sink_rows(t->sink, n->resource, &n->scope, &n->rows, e);
    else if (n->spooled)
        r = emit_spooled(t, n, e);
    else if (n->text.len > 0)
        r = sink_lines(t->sink, n->text.data, n->text.len, n->line, e);
    *done = n->kind != NODE_LEAVES || n->rows.next == n->rows.n;
    return r;
}

bool tree_ready(const struct tree *t)
{
    return t->head != NULL && (t->head->kind == NODE_TEXT || t->head->kind == NODE_LEAVES);
}

int tree_emit(struct tree *t, struct err *e)
{
    bool done;

    while (tree_ready(t) && !sink_full(t->sink)) {
        if (emit(t, t->head, &done, e) < 0)
            return -1;
        if (!done)
            continue;
        t->sink->gaps += t->head->gaps;
        node_remove(t, t->head);
    }
    return 0;
}

bool tree_full(const struct tree *t)
{
    return t->held > NODE_HELD_MAX || t->count >= WINDOW;
}
