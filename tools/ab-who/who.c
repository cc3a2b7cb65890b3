#include "who.h"

#include "c1zmanifest.h"
#include "match.h"
#include "phrase.h"
#include "text.h"

int who_load(struct who *w, const struct why_want *want, struct err *e)
{
    why_release(&w->why);
    return why_load(&w->why, w->file, w->sync, &w->names, want, e);
}

/* List what ${m} found: more than one thing, of which somebody has to choose. */
static int put_matches(struct who *w, const struct match *m, struct err *e)
{
    size_t n = m->n < MATCH_KEPT ? m->n : MATCH_KEPT;

    for (size_t i = 0; i < n; i++) {
        const struct person *person = people_find(&w->people, m->found[i]);

        buf_clear(&w->text);
        if (w->options->json && person != NULL)
            phrase_json_person(&w->text, person);
        else if (w->options->json)
            phrase_json_thing(&w->text, m->found[i]);
        else if (person != NULL)
            phrase_person(&w->text, person);
        else
            phrase_thing(&w->text, m->found[i]);
        if (!w->options->json) {
            buf_puts(&w->text, "  ");
            text_put_safe(&w->text, m->found[i]->ref.id.s, m->found[i]->ref.id.len);
        }
        if ((w->options->json ? reply_json(&w->reply, &w->text, e)
                              : out_line(&w->reply.out, w->text.data, w->text.len, e)) < 0)
            return -1;
    }
    return 0;
}

static int several(struct who *w, const struct match *m, struct err *e)
{
    if (put_matches(w, m, e) < 0 || reply_close(&w->reply, e) < 0)
        return -1;
    return err_set(e, EX_DATAERR, "%zu match '%s': ask by id%s", m->n, w->options->subject,
        m->n > MATCH_KEPT ? " (only some are listed)" : "");
}

static int answer(struct who *w, struct err *e)
{
    const struct person *person;
    struct match m;

    if (w->options->subject == NULL)
        return summary_answer(w, e);
    match_find(&m, &w->names, &w->people, w->options->subject);
    if (m.n == 0)
        return err_set(
            e, EX_DATAERR, "'%s': nobody and nothing here is called '%s'", w->options->file, w->options->subject);
    if (m.n > 1)
        return several(w, &m, e);
    person = people_find(&w->people, m.found[0]);
    return person != NULL ? person_answer(w, person, e) : thing_answer(w, m.found[0], e);
}

static int load(struct who *w, struct err *e)
{
    struct c1zread_choice choice;

    w->file = c1zread_open(w->options->file, e);
    if (w->file == NULL || c1zread_choose(w->file, w->options->sync, &choice, e) < 0)
        return -1;
    w->sync = choice.sync;
    c1zmanifest_warn(w->file, w->sync, w->options->subject == NULL);
    if (c1znames_load(&w->names, w->file, w->sync, e) < 0)
        return -1;
    return people_load(&w->people, w->file, w->sync, &w->names, e);
}

int who_run(const struct who_options *o, struct err *e)
{
    struct who w = {.options = o};
    int r;

    reply_init(&w.reply);
    buf_init(&w.text, SIZE_MAX / 2);
    r = load(&w, e);
    if (r == 0)
        r = answer(&w, e);
    if (r == 0)
        r = reply_close(&w.reply, e);
    reply_release(&w.reply);
    buf_release(&w.text);
    why_release(&w.why);
    people_release(&w.people);
    c1znames_release(&w.names);
    c1zread_close(w.file);
    return r;
}
