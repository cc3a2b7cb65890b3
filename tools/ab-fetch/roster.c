#include "roster.h"

#include <string.h>

void roster_init(struct roster *r, struct sink *sink, struct engine *engine, struct gaps *gaps)
{
    *r = (struct roster){.sink = sink, .engine = engine, .gaps = gaps};
    known_init(&r->unused);
}

void roster_release(struct roster *r)
{
    for (size_t i = 0; i < ROSTER_WINDOW; i++)
        call_free(r->call[i]);
    known_release(&r->unused);
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for a user's details");
}

/* Begin to look up the next user. */
static int look_up(struct roster *r, const struct endpoint *ep, struct err *e)
{
    struct scope scope = {0};
    char id[ID_MAX + 1];
    struct call *c = NULL;

    if (scope_set(&scope, ep->about, users_id(&r->sink->users, r->started, id)) == 0)
        c = call_new(ep, &scope, &r->unused, 1);
    scope_release(&scope);
    if (c == NULL)
        return no_memory(e);
    r->call[r->started++ % ROSTER_WINDOW] = c;
    return engine_start(r->engine, c, e);
}

/* A look-up was refused: one that knows the user no more says nothing, any other is said once, and ends the asking. */
static int take_refusal(struct roster *r, const struct call *c, struct err *e)
{
    struct refusal_meaning meaning = refusal_judge_call(c);
    const struct scope nowhere = {0};
    struct buf line;
    int said;

    if (c->refusal.http_status == 404)
        return 0;
    if (meaning.kind != REFUSAL_NOTE)
        return refusal_error(c, e);
    r->refused = true;
    buf_init(&line, 4096);
    said = gaps_line(
        r->gaps, &line, meaning.kind, c->ep->resource, &nowhere, c->refusal.http_status, meaning.reason, NULL);
    if (said > 0)
        said = sink_lines(r->sink, line.data, line.len, 0, e);
    buf_release(&line);
    return said;
}

/* Take what the look-up of the next user to be written says, if it is there. Return whether his line can be written. */
static int take_detail(struct roster *r, struct err *e)
{
    struct call **c = &r->call[r->written % ROSTER_WINDOW];
    int result = 0;

    if (r->written == r->started)
        return r->refused || !r->details;
    if ((*c)->state == CALL_ACTIVE)
        return 0;
    if (!r->refused && (*c)->state == CALL_REFUSED)
        result = take_refusal(r, *c, e);
    else if (!r->refused && (*c)->rows.n > 0)
        result = users_detail(&r->sink->users, r->written, rows_data(&(*c)->rows, 0), e);
    call_free(*c);
    *c = NULL;
    return result < 0 ? -1 : 1;
}

int roster_advance(struct roster *r, struct err *e)
{
    const struct endpoint *ep = endpoint_find(RESOURCE_COMPUTED, FOR_LOOKUP);
    uint32_t n = users_count(&r->sink->users);
    int ready = 0;

    do {
        while (r->details && !r->refused && r->started < n && r->started - r->written < ROSTER_WINDOW &&
               engine_room(r->engine, ep->api))
            if (look_up(r, ep, e) < 0)
                return -1;
        ready = r->written < n && !sink_full(r->sink) ? take_detail(r, e) : 0;
        if (ready > 0 && sink_user(r->sink, r->written, e) < 0)
            return -1;
        if (ready > 0 && r->started == r->written++)
            r->started = r->written;
    } while (ready > 0);
    return ready < 0 ? -1 : r->written == n;
}
