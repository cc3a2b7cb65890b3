#include "member.h"

#include <string.h>

#include "made.h"
#include "tree.h"

/* The lines of a member with all his roles. */
#define LINES_TEXT_MAX ((size_t)64 << 20)

/* Ask for the role of member ${i} of ${n}, before it. */
static int insert_member(struct tree *t, struct node *n, uint32_t i, struct err *e)
{
    struct json_str data = rows_data(&n->rows, i), id = {0};
    const struct rows_span span = n->rows.row[i].user;
    struct node *member = node_insert(t, n, NODE_MEMBER, n->resource, &n->scope, e);
    char text[ID_MAX + 1];
    struct json j;

    if (member == NULL)
        return -1;
    json_init(&j, NULL);
    json_begin(&j, n->rows.text.data + span.at, span.len, 0);
    json_string(&j, &id);
    memcpy(text, id.s, id.len); /* page_read has seen to it that it fits */
    text[id.len] = '\0';
    json_release(&j);
    if (scope_set(&member->scope, LEVEL_USER, text) < 0 || buf_append(&member->text, data.s, data.len) < 0)
        return node_no_memory(e);
    node_count(t, member);
    return node_set_call(t, member, endpoint_member_roles(), e);
}

/* The members of an organization: a call for each, or one for a check. */
int member_expand(struct tree *t, struct node *n, struct err *e)
{
    uint32_t members = t->plan->check && n->rows.n > 1 ? 1 : n->rows.n;

    for (uint32_t i = 0; i < members; i++)
        if (insert_member(t, n, i, e) < 0)
            return -1;
    n->kind = NODE_TEXT;
    rows_release(&n->rows);
    return 0;
}

/* The roles of a member have come: his lines, one for each, or a gap. */
static int take_member(struct tree *t, struct node *n, struct err *e)
{
    struct buf lines;
    struct json j;
    bool made;

    buf_init(&lines, LINES_TEXT_MAX);
    json_init(&j, NULL);
    made = made_from_member(&lines, &j, &n->scope, (struct json_str){n->text.data, n->text.len}, &n->call->rows);
    json_release(&j);
    if (!made || lines.failed) {
        buf_release(&lines);
        return lines.failed ? node_no_memory(e)
                            : node_become_gap(
                                  t, n, REFUSAL_GAP, n->call->refusal.http_status, "role", node_needs(n->call->ep), e);
    }
    buf_release(&n->text);
    n->text = lines; /* it is the node's now */
    n->kind = NODE_TEXT;
    call_free(n->call);
    n->call = NULL;
    t->changes++;
    node_count(t, n);
    return lines.failed ? node_no_memory(e) : 0;
}

int member_grow(struct tree *t, struct node *n, struct err *e)
{
    if (n->call->state == CALL_DONE || n->call->state == CALL_REFUSED)
        return take_member(t, n, e);
    return node_may_begin(t, n) ? engine_start(t->engine, n->call, e) : 0;
}
