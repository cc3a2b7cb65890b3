#include "doubts.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* The list was answered, and was refused. */
enum { MARK_ANSWERED = 1, MARK_REFUSED = 2 };

/* The most parents there may be doubts about. */
#define PARENTS_MAX 1000000

void doubts_init(struct doubts *d)
{
    *d = (struct doubts){0};
    known_init(&d->unused);
    ids_init(&d->parents);
    ids_init(&d->listed);
}

void doubts_release(struct doubts *d)
{
    for (size_t i = 0; i < d->parents.n && d->call != NULL; i++)
        call_free(d->call[i]);
    free(d->call);
    known_release(&d->unused);
    ids_release(&d->parents);
    ids_release(&d->listed);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for a list asked for once more");
}

/* Begin to ask for the list of ${of} beneath ${parent}, at the level ${level}. */
static int ask_list(
    struct doubts *d, struct engine *g, enum resource of, enum level level, const char *parent, struct err *e)
{
    const struct endpoint *ep = endpoint_find(of, FOR_LIST);
    struct scope scope = {0};
    struct call **more, *c;
    uint32_t index;

    if (!engine_room(g, ep->api))
        return 0;
    more = grow_array(d->call, &d->cap, d->parents.n + 1, PARENTS_MAX, sizeof(*more));
    if (more == NULL || ids_add(&d->parents, json_str_of(parent), &index) < 0)
        return no_memory(e);
    d->call = more;
    d->call[index] = NULL;
    c = scope_set(&scope, level, parent) < 0 ? NULL : call_new(ep, &scope, &d->unused, 1);
    scope_release(&scope);
    if (c == NULL)
        return no_memory(e);
    c->turn = 1; /* what the first answer said is not asked */
    d->call[index] = c;
    return engine_start(g, c, e);
}

/* Take the answer of parent number ${index}, if it has come. */
static int take_list(struct doubts *d, uint32_t index, enum resource of, struct err *e)
{
    struct call *c = d->call[index];
    char id[ID_MAX + 1], parent[ID_MAX + 1];
    uint32_t ignored;

    if (c == NULL || c->state == CALL_ACTIVE)
        return 0;
    ids_mark(&d->parents, index, MARK_ANSWERED | (c->state == CALL_REFUSED ? MARK_REFUSED : 0));
    ids_text(&d->parents, index, parent);
    for (uint32_t i = 0; i < c->rows.n; i++) {
        struct json_str parts[2] = {
            json_str_of(parent), json_str_of(ids_text(known_ids(&d->unused, of), c->rows.row[i].id, id))};

        if (ids_add_parts(&d->listed, parts, 2, &ignored) < 0)
            return no_memory(e);
    }
    call_free(c);
    d->call[index] = NULL;
    return 0;
}

int doubts_settle(struct doubts *d, struct engine *g, enum resource of, const struct scope *scope,
    enum refusal_parent *parent, struct err *e)
{
    enum level level = resource_table[resource_table[of].parent].opens;
    const char *above = scope->id[level];
    struct json_str parts[2] = {json_str_of(above), json_str_of(scope->id[resource_table[of].opens])};
    uint32_t index;

    *parent = PARENT_UNASKED;
    if (!ids_find(&d->parents, parts[0], &index))
        return ask_list(d, g, of, level, above, e);
    if (take_list(d, index, of, e) < 0)
        return -1;
    if (ids_marked(&d->parents, index, MARK_REFUSED))
        *parent = PARENT_THERE;
    else if (ids_marked(&d->parents, index, MARK_ANSWERED))
        *parent = ids_find_parts(&d->listed, parts, 2, NULL) ? PARENT_THERE : PARENT_GONE;
    return 0;
}
