#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "tree.h"

/* The text of one node. */
#define TEXT_MAX ((size_t)1 << 30)

/* Count what ${n} holds now. */
void node_count(struct tree *t, struct node *n)
{
    t->held -= n->size;
    n->size = n->text.cap + n->rows.text.cap + n->rows.cap * sizeof(*n->rows.row);
    t->held += n->size;
}

void node_remove(struct tree *t, struct node *n)
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

int node_no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the stream");
}

/* Lines that came on standard input and must wait for the survey need not wait in memory. */
static int spool_tail(struct tree *t, struct err *e)
{
    struct node *n = t->tail;

    if (n == NULL || n->kind != NODE_TEXT || n->line == 0 || n->spooled || t->held < NODE_SPOOL_FROM ||
        !plan_surveys(t->plan))
        return 0;
    if (spool_put(&t->spool, n->text.data, n->text.len, &n->spool_at, e) < 0)
        return -1;
    n->spooled = true;
    n->spool_len = n->text.len;
    buf_release(&n->text);
    node_count(t, n);
    return 0;
}

/* A new node before ${next}, NULL: at the tail. Return NULL with ${e}. */
struct node *node_insert(struct tree *t, struct node *next, enum node_kind kind, enum resource resource,
    const struct scope *scope, struct err *e)
{
    struct node *n;

    if (next == NULL && spool_tail(t, e) < 0)
        return NULL;
    n = calloc(1, sizeof(*n));
    if (n == NULL || scope_copy(&n->scope, scope) < 0) {
        free(n);
        node_no_memory(e);
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

int node_insert_text(struct tree *t, struct node *next, struct buf *text, struct err *e)
{
    struct node *n = node_insert(t, next, NODE_TEXT, RESOURCE_NONE, NULL, e);

    if (n == NULL)
        return -1;
    n->text = *text;
    buf_init(text, text->max); /* it is the node's now */
    node_count(t, n);
    return 0;
}

/* Give ${n} a call of ${ep}, in place of the one it may have. */
int node_set_call(struct tree *t, struct node *n, const struct endpoint *ep, struct err *e)
{
    call_free(n->call);
    n->call = call_new(ep, &n->scope, t->known, t->plan->page_size);
    if (n->call == NULL)
        return node_no_memory(e);
    n->call->since = t->plan->since;
    n->call->more = t->plan->addresses && ep->more != NULL;
    return 0;
}

int node_insert_call(
    struct tree *t, struct node *next, enum resource resource, const struct scope *scope, struct err *e)
{
    struct node *n = node_insert(t, next, NODE_CALL, resource, scope, e);

    return n == NULL ? -1 : node_set_call(t, n, endpoint_find(resource, FOR_LIST), e);
}

/* What the role of a gap is, for its line. */
const char *node_needs(const struct endpoint *ep)
{
    return ep != NULL ? ep->role : NULL;
}

/* Whether an organization is known by its id alone: that is a gap which covers all that stands beneath it. */
static bool is_covered(const struct tree *t, const struct scope *scope)
{
    const char *id = scope->id[LEVEL_ORGANIZATION];
    const struct ids *ids = &t->known->of[LEVEL_ORGANIZATION];
    uint32_t index;

    return id != NULL && ids_find(ids, (struct json_str){id, strlen(id)}, &index) &&
           ids_marked(ids, index, MARK_COVERED);
}

/* Let ${n} become the line of a gap or note of ${resource} in its scope; nothing if that is covered or was said before. */
int node_become_gap(struct tree *t, struct node *n, enum refusal_kind kind, int status, const char *reason,
    const char *needs, struct err *e)
{
    int r = 0;

    n->kind = NODE_TEXT;
    call_free(n->call);
    n->call = NULL;
    buf_release(&n->text);
    if (kind == REFUSAL_NOTE || !is_covered(t, &n->scope))
        r = gaps_line(t->gaps, &n->text, kind, n->resource, &n->scope, status, reason, needs);
    if (r < 0)
        return node_no_memory(e);
    n->nlines = (uint64_t)r;
    n->gaps = kind == REFUSAL_GAP ? (uint64_t)r : 0;
    node_count(t, n);
    t->changes++;
    return 0;
}

/* A gap or note of ${resource} in ${scope}, before ${next}. */
int node_insert_gap(struct tree *t, struct node *next, enum refusal_kind kind, enum resource resource,
    const struct scope *scope, int status, const char *reason, const char *needs, struct err *e)
{
    struct node *n = node_insert(t, next, NODE_TEXT, resource, scope, e);

    return n == NULL ? -1 : node_become_gap(t, n, kind, status, reason, needs, e);
}

/* Whether the call of ${n} may begin: not before the caller's roles are known, if it hangs on them. */
bool node_may_begin(const struct tree *t, const struct node *n)
{
    const struct call *c = n->call;

    if (c->state != CALL_WAITING || (c->ep->admins && !caller_known(t->caller)))
        return false;
    return engine_room(t->engine, c->ep->api) && (n == t->head || t->held <= NODE_HELD_MAX);
}
