#include "facts.h"

#include <inttypes.h>
#include <string.h>

#include "c1zmanifest.h"
#include "caveats.h"
#include "cell.h"
#include "people.h"
#include "strays.h"
#include "why.h"

/* What is written, and what of.  ${first}: no element of the array has been written yet; ${refused}: a line of the
   manifest says that nobody was told who the instance's admins are. */
struct facts {
    struct out *out;
    struct side *side;
    struct people people;
    struct why why;
    struct c1zmanifest manifest;
    struct cell cell;
    bool first, refused;
};

/* ---- lines ---- */

static int put_line(struct facts *f, struct err *e)
{
    struct buf *line = &f->cell.line;
    int r =
        line->failed ? err_set(e, EX_OSERR, "no memory for the report") : out_line(f->out, line->data, line->len, e);

    buf_clear(line);
    return r;
}

static void begin_array(struct facts *f, const char *name)
{
    buf_printf(&f->cell.line, ",\"%s\":[", name);
    f->first = true;
}

/* Begin an element of an array: behind a comma, unless it is the first. */
static void begin_element(struct facts *f)
{
    if (!f->first)
        buf_putc(&f->cell.line, ',');
    f->first = false;
}

static int end_array(struct facts *f, struct err *e)
{
    buf_putc(&f->cell.line, ']');
    return put_line(f, e);
}

/* ---- things ---- */

static void put_head(struct facts *f)
{
    const struct c1zread_sync *sync = f->side->sync;
    struct buf *line = &f->cell.line;

    buf_puts(line, "{\"file\":");
    cell_word(&f->cell, c1zread_name(f->side->file));
    buf_puts(line, ",\"sync\":{\"id\":");
    cell_word(&f->cell, sync->id);
    buf_puts(line, ",\"type\":");
    cell_word(&f->cell, sync->type);
    buf_puts(line, ",\"started\":");
    cell_time(&f->cell, sync->started_at);
    buf_puts(line, ",\"ended\":");
    cell_time(&f->cell, sync->ended_at);
    buf_printf(line, ",\"whole\":%s}", c1zread_whole(sync) ? "true" : "false");
}

static int put_types(struct facts *f, struct err *e)
{
    begin_array(f, "types");
    for (size_t i = 0; i < f->side->names.n_types; i++) {
        const struct c1znames_type *type = &f->side->names.types[i];

        begin_element(f);
        buf_putc(&f->cell.line, '[');
        cell_text(&f->cell, type->id);
        buf_putc(&f->cell.line, ',');
        cell_text(&f->cell, type->name);
        buf_puts(&f->cell.line, type->user ? ",1]" : "]");
        if (put_line(f, e) < 0)
            return -1;
    }
    return end_array(f, e);
}

/* The place of the resource ${ref} that something is in: -1 if that is empty, for then it is in none. */
static void put_parent(struct facts *f, const struct c1zread_ref *ref)
{
    if (ref->id.len == 0)
        buf_puts(&f->cell.line, "-1");
    else
        cell_place(&f->cell, &f->side->names, ref);
}

static int put_resources(struct facts *f, struct err *e)
{
    begin_array(f, "resources");
    for (size_t i = 0; i < f->side->names.n_resources; i++) {
        const struct c1znames_resource *resource = &f->side->names.resources[i];
        const struct json_str texts[] = {resource->ref.type, resource->ref.id, resource->name};

        begin_element(f);
        for (size_t t = 0; t < 3; t++) {
            buf_putc(&f->cell.line, t == 0 ? '[' : ',');
            cell_text(&f->cell, texts[t]);
        }
        buf_putc(&f->cell.line, ',');
        put_parent(f, &resource->parent);
        buf_putc(&f->cell.line, ']');
        if (put_line(f, e) < 0)
            return -1;
    }
    return end_array(f, e);
}

static int put_entitlements(struct facts *f, struct err *e)
{
    begin_array(f, "entitlements");
    for (size_t i = 0; i < f->side->names.n_entitlements; i++) {
        const struct c1znames_entitlement *entitlement = &f->side->names.entitlements[i];
        unsigned caveats = caveats_of(entitlement);
        bool admin = people_is_admin(entitlement);

        begin_element(f);
        buf_putc(&f->cell.line, '[');
        cell_place(&f->cell, &f->side->names, &entitlement->on);
        buf_putc(&f->cell.line, ',');
        cell_text(&f->cell, entitlement->id);
        buf_putc(&f->cell.line, ',');
        cell_text(&f->cell, entitlement->slug);
        if (admin || caveats != 0)
            buf_puts(&f->cell.line, admin ? ",1" : ",0");
        if (caveats != 0)
            buf_printf(&f->cell.line, ",%u", caveats);
        buf_putc(&f->cell.line, ']');
        if (put_line(f, e) < 0)
            return -1;
    }
    return end_array(f, e);
}

/* What the page says of roles by their caveats. */
static void put_caveats(struct facts *f)
{
    buf_puts(&f->cell.line, ",\"caveats\":{\"chance\":");
    cell_word(&f->cell, CAVEAT_ON_CHANCE);
    buf_puts(&f->cell.line, ",\"inactive\":");
    cell_word(&f->cell, CAVEAT_ON_INACTIVE);
    buf_putc(&f->cell.line, '}');
}

/* ---- people ---- */

static unsigned standing(const struct facts *f, const struct person *person)
{
    size_t n;
    const struct why_grant *grant = why_of(&f->why, person->resource, &n);
    unsigned is = 0;

    for (size_t i = 0; i < n; i++)
        is |= people_weigh(&f->people, grant[i].entitlement);
    return is;
}

static void put_person(struct facts *f, const struct person *person)
{
    const struct json_str texts[] = {
        person->name.len > 0 ? person->name : person->resource->name, person->email, person->login};
    unsigned state = (person->disabled ? 1u : 0) | (person->service ? 2u : 0) | (person->invited ? 4u : 0);

    buf_printf(&f->cell.line, "[%td", person->resource - f->side->names.resources);
    for (size_t t = 0; t < 3; t++) {
        buf_putc(&f->cell.line, ',');
        cell_text(&f->cell, texts[t]);
    }
    buf_printf(&f->cell.line, ",%u,%u", state, standing(f, person));
    if (person->invited) {
        buf_putc(&f->cell.line, ',');
        cell_text(&f->cell, person->role);
        buf_putc(&f->cell.line, ',');
        put_parent(f, &person->scope);
    }
    buf_putc(&f->cell.line, ']');
}

static int put_people(struct facts *f, struct err *e)
{
    begin_array(f, "people");
    for (size_t i = 0; i < f->people.n; i++) {
        begin_element(f);
        put_person(f, &f->people.person[i]);
        if (put_line(f, e) < 0)
            return -1;
    }
    return end_array(f, e);
}

/* ---- grants ---- */

/* A chain as an array of places of entitlements. */
static int put_chain(void *arg, const struct c1znames_entitlement *const *steps, size_t n, struct err *e)
{
    struct facts *f = arg;
    struct buf *line = &f->cell.line;

    (void)e;
    buf_puts(line, line->data[line->len - 1] == '[' ? "[" : ",[");
    for (size_t i = 0; i < n; i++)
        buf_printf(line, "%s%td", i > 0 ? "," : "", steps[i] - f->side->names.entitlements);
    buf_putc(line, ']');
    return line->failed ? -1 : 0;
}

static int put_grant(struct facts *f, const struct why_grant *grant, struct err *e)
{
    struct buf *line = &f->cell.line;
    int more = 0;

    begin_element(f);
    buf_printf(line, "[%td,%td", grant->principal - f->side->names.resources,
        grant->entitlement - f->side->names.entitlements);
    if (!grant->own || grant->n_sources > 0) {
        buf_puts(line, ",[");
        if (!line->failed)
            more = why_chains(&f->why, grant, put_chain, f, e);
        buf_puts(line, more > 0 ? "],1" : "]");
    }
    buf_putc(line, ']');
    return put_line(f, e);
}

static int put_grants(struct facts *f, struct err *e)
{
    begin_array(f, "grants");
    for (size_t i = 0; i < f->why.n; i++)
        if (put_grant(f, &f->why.grants[i], e) < 0)
            return -1;
    buf_printf(&f->cell.line, "],\"unknown\":%" PRIu64, f->why.unknown);
    return put_line(f, e);
}

/* The grants that have no place above.  As a rule there are none, and nothing is read again. */
static int put_strays(struct facts *f, struct err *e)
{
    if (f->why.unknown > 0)
        return strays_put(f->out, f->side, &f->cell, e);
    begin_array(f, "strays");
    return end_array(f, e);
}

/* ---- what could not be seen ---- */

static void put_words(struct facts *f, const struct gap *gap)
{
    struct buf words;

    buf_init(&words, f->cell.line.max);
    gap_describe(&words, gap);
    cell_text(&f->cell, (struct json_str){words.data, words.len});
    f->cell.line.failed |= words.failed;
    buf_release(&words);
}

/* A gap covers what would stand beneath it. */
static int put_gap(void *arg, const struct gap *gap, struct err *e)
{
    struct facts *f = arg;

    begin_element(f);
    put_words(f, gap);
    f->refused |= json_eq(gap->of, "instance") || json_eq(gap->of, "instance_admin");
    return put_line(f, e);
}

static int put_note(void *arg, const struct gap *note, struct err *e)
{
    struct facts *f = arg;
    bool refused = c1zmanifest_refused(note);

    begin_element(f);
    buf_putc(&f->cell.line, '[');
    put_words(f, note);
    buf_puts(&f->cell.line, refused ? ",1]" : "]");
    f->refused |= refused && json_eq(note->of, "instance_admin");
    return put_line(f, e);
}

static int put_left_out(void *arg, const struct gap *note, struct err *e)
{
    struct facts *f = arg;

    begin_element(f);
    cell_text(&f->cell, note->of);
    return put_line(f, e);
}

static int put_unseen(struct facts *f, struct err *e)
{
    begin_array(f, "gaps");
    if (c1zmanifest_gaps(&f->manifest, put_gap, f, e) < 0 || end_array(f, e) < 0)
        return -1;
    begin_array(f, "notes");
    if (c1zmanifest_notes(&f->manifest, put_note, f, e) < 0 || end_array(f, e) < 0)
        return -1;
    begin_array(f, "leftOut");
    if (c1zmanifest_left_out(&f->manifest, put_left_out, f, e) < 0 || end_array(f, e) < 0)
        return -1;
    buf_printf(&f->cell.line, ",\"adminsRefused\":%s", f->refused ? "true" : "false");
    return put_line(f, e);
}

static int load(struct facts *f, struct err *e)
{
    const struct why_want want = {0};
    struct side *s = f->side;

    if (people_load(&f->people, s->file, s->sync, &s->names, e) < 0)
        return -1;
    if (why_load(&f->why, s->file, s->sync, &s->names, &want, e) < 0)
        return -1;
    return c1zmanifest_read(&f->manifest, s->file, s->sync, e);
}

int facts_put(struct out *out, struct side *side, struct err *e)
{
    struct facts f = {.out = out, .side = side};
    int r;

    cell_init(&f.cell);
    r = load(&f, e);
    if (r == 0) {
        put_head(&f);
        put_caveats(&f);
        r = put_types(&f, e) < 0 || put_resources(&f, e) < 0 || put_people(&f, e) < 0 || put_entitlements(&f, e) < 0 ||
                    put_grants(&f, e) < 0 || put_strays(&f, e) < 0 || put_unseen(&f, e) < 0
                ? -1
                : 0;
    }
    cell_release(&f.cell);
    c1zmanifest_release(&f.manifest);
    why_release(&f.why);
    people_release(&f.people);
    return r;
}
