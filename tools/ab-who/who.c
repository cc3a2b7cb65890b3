#include "who.h"

#include "absent.h"
#include "c1zmanifest.h"
#include "match.h"
#include "phrase.h"
#include "text.h"

/* Wider than this the names beside it have no room: what can be asked for then has a line of its own. */
#define MATCH_WIDTH_MAX 50

int who_load(struct who *w, const struct why_want *want, struct err *e)
{
    why_release(&w->why);
    return why_load(&w->why, w->file, w->sync, &w->names, want, e);
}

static int put_json_match(struct who *w, const struct c1znames_resource *found, struct err *e)
{
    const struct person *person = people_find(&w->people, found);

    buf_clear(&w->text);
    if (person != NULL)
        phrase_json_person(&w->text, person);
    else
        phrase_json_thing(&w->text, found);
    return reply_json(&w->reply, &w->text, e);
}

/* The columns of what can be asked for, of all that ${m} found and kept. */
static size_t match_width(struct who *w, const struct match *m, size_t n)
{
    size_t width = 0;

    for (size_t i = 0; i < n; i++) {
        size_t len;

        buf_clear(&w->text);
        phrase_id(&w->text, &m->found[i]->ref);
        len = w->text.failed ? 0 : text_width(w->text.data, w->text.len);
        if (len > width && len <= MATCH_WIDTH_MAX)
            width = len;
    }
    return width + 2;
}

static int put_match(struct who *w, const struct c1znames_resource *found, size_t width, struct err *e)
{
    const struct person *person = people_find(&w->people, found);
    struct buf *label = &w->reply.word;

    buf_clear(label);
    phrase_id(label, &found->ref);
    buf_clear(&w->text);
    if (person != NULL)
        phrase_person(&w->text, person);
    else if (found->missing)
        buf_puts(&w->text, "(missing)");
    else
        text_put_safe(&w->text, found->name.s, found->name.len);
    if (buf_cstr(label) == NULL || buf_cstr(&w->text) == NULL)
        return err_set(e, EX_OSERR, "no memory for a name");
    return reply_entry(&w->reply, 0, label->data, width, w->text.data, e);
}

/* List what ${m} found: more than one thing, of which somebody has to choose. */
static int put_matches(struct who *w, const struct match *m, struct err *e)
{
    size_t n = m->n < MATCH_KEPT ? m->n : MATCH_KEPT, width = match_width(w, m, n);

    for (size_t i = 0; i < n; i++)
        if ((w->options->json ? put_json_match(w, m->found[i], e) : put_match(w, m->found[i], width, e)) < 0)
            return -1;
    return 0;
}

static int several(struct who *w, const struct match *m, struct err *e)
{
    if (put_matches(w, m, e) < 0 || reply_close(&w->reply, e) < 0)
        return -1;
    return err_set(e, EX_DATAERR, "%zu match '%s': ask by TYPE:ID%s", m->n, w->options->subject,
        m->n > MATCH_KEPT ? " (only some are listed)" : ", as listed");
}

static int find_absent(struct who *w, const struct json_str *word, struct err *e)
{
    return absent_find(&w->absent, w->file, w->sync, &w->names, word, e);
}

/* Find what is asked about.  Who asks by TYPE:ID, of what is there, need not wait for the grants to be read. */
static int find(struct who *w, struct match *m, struct err *e)
{
    const struct json_str word = json_str_of(w->options->subject);

    match_whole(m, &w->names, word);
    if (m->n > 0)
        return 0;
    if (find_absent(w, &word, e) < 0)
        return -1;
    match_find(m, &w->names, &w->people, &w->absent, word);
    if (m->n > 0)
        return 0;
    if (find_absent(w, NULL, e) < 0)
        return -1;
    match_missing(m, &w->absent, word);
    return 0;
}

static int answer_about(struct who *w, const struct c1znames_resource *found, struct err *e)
{
    const struct person *person = people_find(&w->people, found), unknown = {.resource = found};

    if (person == NULL && found->missing && found->type != NULL && found->type->user)
        person = &unknown;
    return person != NULL ? person_answer(w, person, e) : thing_answer(w, found, e);
}

static int answer(struct who *w, struct err *e)
{
    struct match m;

    if (w->options->subject == NULL)
        return summary_answer(w, e);
    if (find(w, &m, e) < 0)
        return -1;
    if (m.n == 0)
        return err_set(
            e, EX_DATAERR, "'%s': nobody and nothing here is called '%s'", c1zread_name(w->file), w->options->subject);
    if (m.n > 1)
        return several(w, &m, e);
    return answer_about(w, m.found[0], e);
}

static int load(struct who *w, struct err *e)
{
    struct c1zread_choice choice;

    w->file = c1zread_open(w->options->file, e);
    if (w->file == NULL || c1zread_choose(w->file, w->options->sync, &choice, e) < 0)
        return -1;
    w->sync = choice.sync;
    /* The summary lists these. */
    c1zmanifest_warn(w->file, w->sync,
        w->options->subject == NULL ? 0 : C1ZMANIFEST_GAPS | C1ZMANIFEST_HIDDEN | C1ZMANIFEST_LEFT_OUT);
    if (c1znames_load(&w->names, w->file, w->sync, e) < 0)
        return -1;
    return people_load(&w->people, w->file, w->sync, &w->names, e);
}

int who_run(const struct who_options *o, struct err *e)
{
    struct who w = {.options = o};
    int r;

    reply_init(&w.reply);
    missing_init(&w.absent);
    buf_init(&w.text, SIZE_MAX / 2);
    r = load(&w, e);
    if (r == 0)
        r = answer(&w, e);
    if (r == 0)
        r = reply_close(&w.reply, e);
    reply_release(&w.reply);
    buf_release(&w.text);
    why_release(&w.why);
    missing_release(&w.absent);
    people_release(&w.people);
    c1znames_release(&w.names);
    c1zread_close(w.file);
    return r;
}
