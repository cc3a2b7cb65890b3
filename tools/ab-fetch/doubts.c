#include "doubts.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* The question was answered; it was refused; with 404; or there were rows. */
enum { MARK_ANSWERED = 1, MARK_REFUSED = 2, MARK_UNKNOWN = 4, MARK_ROWS = 8 };

/* The most questions of a kind that there may be. */
#define QUESTIONS_MAX 1000000

void doubts_init(struct doubts *d, unsigned page_size)
{
    *d = (struct doubts){.page_size = page_size};
    known_init(&d->unused);
    ids_init(&d->lists.about);
    ids_init(&d->lookups.about);
    ids_init(&d->listed);
}

static void release_asked(struct doubts_asked *a)
{
    for (size_t i = 0; i < a->about.n && a->call != NULL; i++)
        call_free(a->call[i]);
    free(a->call);
    ids_release(&a->about);
}

void doubts_release(struct doubts *d)
{
    release_asked(&d->lists);
    release_asked(&d->lookups);
    known_release(&d->unused);
    ids_release(&d->listed);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for what is asked once more");
}

/* A question: ${ep} about ${id} at ${level}. Ids are told from others of their kind only. */
struct question {
    const struct endpoint *ep;
    enum level level;
    const char *id;
};

static bool find(const struct doubts_asked *a, const struct question *q, uint32_t *index)
{
    const struct json_str parts[2] = {json_str_of(resource_table[q->ep->resource].name), json_str_of(q->id)};

    return ids_find_parts(&a->about, parts, 2, index);
}

/* Begin to ask, if there is room. */
static int ask(struct doubts *d, struct doubts_asked *a, struct engine *g, const struct question *q, struct err *e)
{
    const struct json_str parts[2] = {json_str_of(resource_table[q->ep->resource].name), json_str_of(q->id)};
    struct scope scope = {0};
    struct call **more, *c;
    uint32_t index;

    if (!engine_room(g, q->ep->api))
        return 0;
    more = grow_array(a->call, &a->cap, a->about.n + 1, QUESTIONS_MAX, sizeof(*more));
    if (more == NULL || ids_add_parts(&a->about, parts, 2, &index) < 0)
        return no_memory(e);
    a->call = more;
    a->call[index] = NULL;
    c = scope_set(&scope, q->level, q->id) < 0 ? NULL : call_new(q->ep, &scope, &d->unused, d->page_size);
    scope_release(&scope);
    if (c == NULL)
        return no_memory(e);
    c->turn = 1; /* what the first answer said is not asked */
    a->call[index] = c;
    return engine_start(g, c, e);
}

/* Keep what a list beneath ${q} has. */
static int keep_rows(struct doubts *d, const struct call *c, const struct question *q, struct err *e)
{
    const struct ids *ids = known_ids(&d->unused, c->ep->resource);
    char id[ID_MAX + 1];
    uint32_t ignored;

    for (uint32_t i = 0; i < c->rows.n; i++) {
        const struct json_str parts[3] = {json_str_of(resource_table[c->ep->resource].name), json_str_of(q->id),
            json_str_of(ids_text(ids, c->rows.row[i].id, id))};

        if (ids_add_parts(&d->listed, parts, 3, &ignored) < 0)
            return no_memory(e);
    }
    return 0;
}

/* Take the answer to question number ${index}, if it has come. */
static int take(struct doubts *d, struct doubts_asked *a, uint32_t index, const struct question *q, struct err *e)
{
    struct call *c = a->call[index];
    bool refused;

    if (c == NULL || c->state == CALL_ACTIVE)
        return 0;
    refused = c->state == CALL_REFUSED;
    ids_mark(&a->about, index,
        (uint8_t)(MARK_ANSWERED | (refused ? MARK_REFUSED : 0) |
                  (refused && c->refusal.http_status == 404 ? MARK_UNKNOWN : 0) | (c->rows.n > 0 ? MARK_ROWS : 0)));
    if (q->ep->purpose == FOR_LIST && keep_rows(d, c, q, e) < 0)
        return -1;
    call_free(c);
    a->call[index] = NULL;
    return 0;
}

/* Ask, or take the answer: ${*marks} is 0 until it is there. */
static int settle(struct doubts *d, struct doubts_asked *a, struct engine *g, const struct question *q, unsigned *marks,
    struct err *e)
{
    uint32_t index;

    *marks = 0;
    if (!find(a, q, &index))
        return ask(d, a, g, q, e);
    if (take(d, a, index, q, e) < 0)
        return -1;
    for (unsigned bit = MARK_ANSWERED; bit <= MARK_ROWS; bit <<= 1)
        *marks |= ids_marked(&a->about, index, (uint8_t)bit) ? bit : 0;
    return 0;
}

/* Whether the list beneath ${above} has ${id}. */
static bool is_listed(const struct doubts *d, enum resource of, const char *above, const char *id)
{
    const struct json_str parts[3] = {json_str_of(resource_table[of].name), json_str_of(above), json_str_of(id)};

    return ids_find_parts(&d->listed, parts, 3, NULL);
}

/* What a look-up with ${marks} says. ${fallback}: where it was refused. */
static enum refusal_parent judge_lookup(unsigned marks, enum refusal_parent fallback)
{
    if (marks == 0)
        return PARENT_UNASKED;
    if ((marks & MARK_ROWS) != 0)
        return PARENT_THERE;
    return (marks & MARK_REFUSED) == 0 || (marks & MARK_UNKNOWN) != 0 ? PARENT_GONE : fallback;
}

int doubts_settle(struct doubts *d, struct engine *g, enum resource of, const struct scope *scope, bool listed,
    enum refusal_parent *parent, struct err *e)
{
    enum level above = resource_table[resource_table[of].parent].opens, level = resource_table[of].opens;
    const struct question list = {endpoint_find(of, FOR_LIST), above, scope->id[above]};
    const struct question lookup = {endpoint_find(of, FOR_LOOKUP), level, scope->id[level]};
    unsigned marks;
    bool empty;

    *parent = PARENT_UNASKED;
    if (settle(d, &d->lists, g, &list, &marks, e) < 0)
        return -1;
    if (marks == 0)
        return 0;
    empty = (marks & MARK_ROWS) == 0;
    if ((marks & MARK_REFUSED) != 0 || is_listed(d, of, list.id, lookup.id)) {
        *parent = PARENT_THERE;
    } else if (listed && !empty) {
        *parent = PARENT_GONE;
    } else {
        if (settle(d, &d->lookups, g, &lookup, &marks, e) < 0)
            return -1;
        *parent = judge_lookup(marks, empty ? PARENT_THERE : PARENT_GONE);
    }
    return 0;
}
