#include "run.h"

#include <inttypes.h>

#include "clock.h"
#include "frame.h"
#include "inlet.h"
#include "log.h"
#include "outlook.h"
#include "ownstage.h"
#include "progress.h"
#include "roster.h"

/* The report of a check. */
#define REPORT_MAX ((size_t)1 << 30)

/* A wait for the server that is worth a word to who watches. */
#define LONG_IDLE_MS 1000

/* The parts of a run, whether its begin line is out, and how much the input's stages had changed then (stages.h). */
struct state {
    const struct run_options *o;
    struct plan plan;
    struct known known;
    struct survey survey;
    struct engine engine;
    struct caller caller;
    struct gaps gaps;
    struct sink sink;
    struct tree tree;
    struct inlet inlet;
    struct roster roster;
    bool reads, begun;
    uint64_t stages_told;
};

static int init(struct state *s, const struct run_options *o, struct err *e)
{
    const struct sink_work work = {.computes = plan_computes(&o->plan), .silent = o->plan.check};
    const struct tree_parts parts = {&s->plan, &s->known, &s->survey, &s->engine, &s->caller, &s->sink, &s->gaps};

    *s = (struct state){.o = o, .plan = o->plan, .reads = plan_reads(&o->plan)};
    known_init(&s->known);
    survey_init(&s->survey, &s->known, o->plan.page_size);
    s->survey.sample = o->plan.check;
    caller_init(&s->caller, plan_asks_caller(&o->plan));
    gaps_init(&s->gaps, o->plan.check);
    sink_init(&s->sink, o->out, &work);
    s->sink.out.deadline_ms = o->deadline_ms;
    tree_init(&s->tree, &parts);
    roster_init(&s->roster, &s->sink, &s->engine, &s->gaps);
    inlet_open(&s->inlet, o->in, o->base != NULL ? o->base->source : NULL, &s->plan, &s->known, &s->survey, &s->tree,
        &s->sink);
    return engine_init(&s->engine, o->base, o->token, o->journal, o->jobs, o->deadline_ms, e);
}

static void release(struct state *s)
{
    engine_release(&s->engine); /* first: it points to calls that the others own */
    inlet_close(&s->inlet);
    roster_release(&s->roster);
    caller_release(&s->caller);
    tree_release(&s->tree);
    survey_release(&s->survey);
    sink_release(&s->sink);
    gaps_release(&s->gaps);
    known_release(&s->known);
}

/* The stages of the output into ${stages}: those of the input, and this run. */
static int add_stages(struct state *s, struct stages *stages, struct err *e)
{
    s->stages_told = s->inlet.reader.stages.changes;
    if (s->reads && stages_copy(stages, &s->inlet.reader.stages, e) < 0)
        return -1;
    return ownstage_add(stages, &s->o->plan, e);
}

/* Write the begin line as soon as it can be known. */
static int begin(struct state *s, struct err *e)
{
    const char *source, *started_at;
    struct stages stages;
    int r;

    if (s->begun || (s->reads && inlet_started_at(&s->inlet) == NULL))
        return 0;
    s->begun = true;
    if (s->plan.check)
        return 0;
    source = s->reads ? s->inlet.reader.source : s->o->base->source;
    started_at = s->reads                            ? inlet_started_at(&s->inlet)
                 : s->o->journal->started_at != NULL ? s->o->journal->started_at
                                                     : s->o->started_at;
    stages_init(&stages);
    r = add_stages(s, &stages, e);
    s->sink.work.tells = s->sink.work.judges = stages_asked(&stages, OWNSTAGE_TOOL, resource_table[RESOURCE_TOLD].name);
    s->sink.users.passing = s->sink.work.judges && !plan_tells(&s->plan);
    if (r == 0)
        r = frame_begin(&s->sink.out, FRAME_RAW, source, started_at, &stages, e);
    stages_release(&stages);
    return r;
}

/* Write the end line, with the stages if further streams of the input have brought more. */
static int end(struct state *s, struct err *e)
{
    uint64_t gaps = s->inlet.reader.gaps + s->sink.gaps;
    bool more = s->inlet.reader.stages.changes != s->stages_told;
    struct stages stages;
    int r = 0;

    stages_init(&stages);
    if (more)
        r = add_stages(s, &stages, e);
    if (r == 0)
        r = frame_end(&s->sink.out, s->sink.records, gaps, more ? &stages : NULL, e);
    stages_release(&stages);
    return r;
}

/* Take the survey a step further. What the caller's roles are in is part of it. */
static int survey(struct state *s, struct err *e)
{
    if (!plan_surveys(&s->plan))
        return 0;
    if (caller_known(&s->caller))
        survey_tell(&s->survey, &s->caller.held);
    return survey_advance(&s->survey, &s->engine, e);
}

/* Do all that can be done without waiting. */
static int settle(struct state *s, struct err *e)
{
    int64_t start_ms = clock_mono_ms();
    uint64_t before;

    do {
        before = s->tree.changes + s->survey.changes + s->engine.changes;
        if ((s->begun && caller_advance(&s->caller, &s->engine, e) < 0) || survey(s, e) < 0 ||
            tree_grow(&s->tree, e) < 0 || tree_emit(&s->tree, e) < 0 || out_push(&s->sink.out, e) < 0)
            return -1;
    } while (before != s->tree.changes + s->survey.changes + s->engine.changes ||
             (tree_ready(&s->tree) && !sink_full(&s->sink)));
    engine_attend(&s->engine, start_ms);
    return 0;
}

static bool is_done(const struct state *s)
{
    return s->tree.head == NULL && (!s->reads || s->inlet.finished);
}

/* Wait for answers, for input, and for a reader of the output; and take them. */
static int take_events(struct state *s, struct err *e)
{
    bool wants = s->reads && inlet_wants(&s->inlet), ready = wants && inlet_ready(&s->inlet);
    struct engine_waits w = {
        .in = wants ? s->o->in : -1,
        .out = out_pending(&s->sink.out) > 0 ? s->sink.out.fd : -1,
        .out_name = s->sink.out.name,
        .at_once = ready,
    };

    if (s->engine.nactive == 0 && !wants && w.out < 0 && !engine_pauses(&s->engine))
        return err_set(e, EX_SOFTWARE, "nothing is left to wait for, but the stream is not complete");
    if (engine_wait(&s->engine, &w, e) < 0 || journal_sync(s->o->journal, e) < 0)
        return -1;
    return ready || w.readable ? inlet_read(&s->inlet, e) : 0;
}

/* A stream in which nothing could be seen is hardly ever meant. */
static int check_seen(const struct state *s, struct err *e)
{
    if (plan_lists_all(&s->plan) && s->known.of[LEVEL_ORGANIZATION].n == s->survey.lost[LEVEL_ORGANIZATION] &&
        s->known.of[LEVEL_WORKSPACE].n == s->survey.lost[LEVEL_WORKSPACE])
        return err_set(e, EX_NOPERM,
            "no organization and no workspace of %s is visible: the owner of the application needs a role, as a rule "
            "organization_admin in each organization",
            s->o->base->source);
    if (plan_lists_users(&s->plan) && gaps_all_users(&s->gaps))
        return err_set(e, EX_NOPERM,
            "every list of users was refused: the owner of the application needs a role, as a rule organization_admin "
            "in each organization");
    for (enum resource r = 0; r < RESOURCE_STREAM_COUNT; r++)
        if (s->plan.asked[r] && resource_table[r].by_name && gaps_all(&s->gaps, r))
            return err_set(e, EX_NOPERM,
                "every list of %s was refused: the owner of the application needs the role %.*s, "
                "and the organization a licence for it",
                resource_table[r].name, refusal_role_len(endpoint_find(r, FOR_LIST)->role),
                endpoint_find(r, FOR_LIST)->role);
    return 0;
}

/* The end of a check: the report, whatever it says. */
static int report(struct state *s, struct err *e)
{
    struct buf text;
    int r;

    buf_init(&text, REPORT_MAX);
    outlook_report(&text, s->o->base->source, &s->plan, &s->caller, &s->gaps);
    r = text.failed ? err_set(e, EX_OSERR, "no memory for the report")
                    : out_write(&s->sink.out, text.data, text.len, e);
    buf_release(&text);
    if (r < 0 || out_close(&s->sink.out, e) < 0 || check_seen(s, e) < 0)
        return -1;
    return outlook_judge(&s->gaps, e);
}

/* check_seen, for a stream. What was answered well is in the journal, and would be said again. */
static int check_stream(const struct state *s, struct err *e)
{
    if (check_seen(s, e) == 0)
        return 0;
    journal_spoil(s->o->journal, e->status);
    return -1;
}

static int finish(struct state *s, struct err *e)
{
    progress_tell("lines=%" PRIu64 " requests=%" PRIu64 " wait=0", s->sink.records, s->engine.requests);
    if (s->plan.check)
        return report(s, e);

    if (check_stream(s, e) < 0 || end(s, e) < 0 || out_close(&s->sink.out, e) < 0 ||
        journal_finish(s->o->journal, e) < 0)
        return -1;
    gaps_warn(&s->gaps);
    log_debug("done", LOG_INT("records", (int64_t)s->sink.records), LOG_INT("requests", (int64_t)s->engine.requests),
        LOG_INT("retries", (int64_t)s->engine.answering.retries),
        LOG_INT("renewals", (int64_t)s->engine.answering.renewals));
    return 0;
}

/* All other lines are out: those of the users. Return as roster_advance. */
static int write_users(struct state *s, struct err *e)
{
    if (!plan_computes(&s->plan))
        return 1;
    if (!caller_known(&s->caller))
        return 0;
    if (s->plan.check)
        return 1;
    s->roster.details = plan_details(&s->plan) && caller_is_admin(&s->caller);
    return roster_advance(&s->roster, e);
}

/* How far it is; a wait, which ends with the next report, at once. */
static void tell_progress(const struct state *s)
{
    int64_t idle_ms = engine_idle_ms(&s->engine);

    if (progress_due() || idle_ms >= LONG_IDLE_MS)
        progress_tell("lines=%" PRIu64 " requests=%" PRIu64 " wait=%" PRId64, s->sink.records, s->engine.requests,
            idle_ms >= LONG_IDLE_MS ? (idle_ms + 500) / 1000 : 0);
}

/* In a journal the caller's roles come first: no answer is in it without those under which it was given (resume.h). */
static int ask_first(struct state *s, struct err *e)
{
    struct engine_waits w = {.in = -1, .out = -1};
    int r = 0;

    while (r >= 0 && !caller_known(&s->caller)) {
        r = caller_advance(&s->caller, &s->engine, e);
        if (r == 0)
            r = engine_wait(&s->engine, &w, e);
    }
    return r < 0 ? -1 : 0;
}

static int fetch_all(struct state *s, struct err *e)
{
    int done;

    if (journal_keeps(s->o->journal) && ask_first(s, e) < 0)
        return -1;
    if (!s->reads && tree_root(&s->tree, 0, RESOURCE_COUNT, e) < 0)
        return -1;
    for (;;) {
        if (begin(s, e) < 0 || settle(s, e) < 0)
            return -1;
        done = is_done(s) ? write_users(s, e) : 0;
        if (done != 0)
            return done < 0 ? -1 : finish(s, e);
        tell_progress(s);
        if (take_events(s, e) < 0)
            return -1;
    }
}

int run_fetch(const struct run_options *o, struct err *e)
{
    struct state s;
    int r = init(&s, o, e) < 0 ? -1 : fetch_all(&s, e);

    answer_warn(&s.engine.answering);
    /* Answers that contradict each other do so again, and so does a bug that they met. */
    if (r < 0 && (e->status == EX_PROTOCOL || e->status == EX_SOFTWARE))
        journal_spoil(o->journal, e->status);
    release(&s);
    return r;
}
