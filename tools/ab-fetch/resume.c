#include "resume.h"

#include "bytes.h"
#include "engine.h"

/* Have ${c} answered by the server. */
static int ask(const struct run_options *o, struct call *c, struct err *e)
{
    struct journal none = {.fd = -1};
    struct engine_waits w = {.in = -1, .out = -1};
    struct engine g;
    int r = engine_init(&g, o->base, o->token, &none, o->jobs, o->deadline_ms, e);

    if (r == 0)
        r = engine_start(&g, c, e);
    while (r == 0 && c->state == CALL_ACTIVE)
        r = engine_wait(&g, &w, e);
    engine_release(&g);
    return r;
}

/* Have ${c} answered by the journal. Return whether that has an answer, or -1. */
static int recall(const struct run_options *o, struct call *c, struct err *e)
{
    struct answering a = {.journal = o->journal};

    switch (answer_recall(&a, c, e)) {
    case OUTCOME_DONE:
        return 1;
    case OUTCOME_END:
        return -1;
    default:
        return 0;
    }
}

/* See that the journal answers ${kept} as the server answers ${asked}: with the same rows, or neither with any. */
static int compare(const struct run_options *o, struct call *kept, struct call *asked, struct err *e)
{
    const struct buf *a = &kept->rows.text, *b = &asked->rows.text;
    int answered = recall(o, kept, e);

    if (answered < 0 || ask(o, asked, e) < 0)
        return -1;
    if (answered == (asked->state == CALL_DONE) && bytes_equal(a->data, a->len, b->data, b->len))
        return 0;
    return journal_unfit(o->journal, "the caller's roles are not those under which it was told what is in it", e);
}

int resume_check(const struct run_options *o, struct err *e)
{
    struct known unused;
    struct call *kept, *asked;
    int r;

    if (!journal_resumes(o->journal) || !plan_asks_caller(&o->plan))
        return 0;
    known_init(&unused);
    kept = call_new(endpoint_own_roles(), NULL, &unused, 1);
    asked = call_new(endpoint_own_roles(), NULL, &unused, 1);
    r = kept != NULL && asked != NULL ? compare(o, kept, asked, e) : err_set(e, EX_OSERR, "no memory for a call");
    call_free(kept);
    call_free(asked);
    known_release(&unused);
    return r;
}
