/* thing.c: who can do what on a resource, and why; and what it gives to those in it. */
#include <stdlib.h>
#include <string.h>

#include "caveats.h"
#include "phrase.h"
#include "reasons.h"
#include "text.h"

/* The columns of people. */
#define PERSON_WIDTH 36

/* How far what a resource is in is looked at: a damaged file may have a circle. */
#define OUTER_MAX 64

static bool is_on(const struct c1znames_entitlement *entitlement, const struct c1znames_resource *thing)
{
    struct c1zread_ref on = entitlement->on;

    return c1zread_compare_ref(&on, &thing->ref) == 0;
}

/* Who holds something: a user, or with ${person} NULL something else, a group for instance, or what is missing.  By the
   role, then by name, users before others and what is missing last.  ${all}: the caveats_of all that is held on the
   resource. */
struct holder {
    const struct person *person;
    const struct why_grant *grant;
    unsigned all;
};

/* Those of the names are in their order, and those that are missing behind them. */
static int compare_roles(const struct c1znames_entitlement *a, const struct c1znames_entitlement *b)
{
    if (a->missing != b->missing)
        return a->missing ? 1 : -1;
    return a->missing ? c1zread_compare_entitlement(&a->on, a->id, &b->on, b->id) : a < b ? -1 : 1;
}

static int by_role(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;

    if (x->grant->entitlement != y->grant->entitlement)
        return compare_roles(x->grant->entitlement, y->grant->entitlement);
    if (x->grant->principal->missing != y->grant->principal->missing)
        return x->grant->principal->missing ? 1 : -1;
    if ((x->person == NULL) != (y->person == NULL))
        return x->person == NULL ? 1 : -1;
    return phrase_compare(x->grant->principal, y->grant->principal);
}

static unsigned all_caveats(
    const struct who *w, const struct c1znames_resource *principal, const struct c1znames_resource *thing)
{
    unsigned all = 0;
    size_t n;
    const struct why_grant *grant = why_of(&w->why, principal, &n);

    for (size_t i = 0; i < n; i++)
        if (is_on(grant[i].entitlement, thing))
            all |= caveats_of(grant[i].entitlement);
    return all;
}

/* What ${thing} is in, or what that is in, passes on its roles by itself: nobody asks whether it holds them. */
static bool is_around(const struct who *w, const struct c1znames_resource *outer, const struct c1znames_resource *thing)
{
    for (int depth = 0; thing != NULL && thing->parent.id.len > 0 && depth < OUTER_MAX; depth++) {
        if (c1zread_compare_ref(&thing->parent, &outer->ref) == 0)
            return true;
        thing = c1znames_resource(&w->names, &thing->parent);
    }
    return false;
}

/* Who holds a role on ${thing}, in ${*holders}, which the caller frees.  Return 0, or -1 with ${e}. */
static int collect(
    struct who *w, const struct c1znames_resource *thing, struct holder **holders, size_t *n, struct err *e)
{
    struct why_want want = {.resource = thing, .missing = true};

    *holders = NULL;
    if (who_load(w, &want, e) < 0)
        return -1;
    *holders = calloc(w->why.n + 1, sizeof(**holders));
    if (*holders == NULL)
        return err_sys(e, EX_OSERR, "the grants");
    for (size_t i = 0; i < w->why.n; i++) {
        const struct why_grant *grant = &w->why.grants[i];

        if (is_on(grant->entitlement, thing) && !is_around(w, grant->principal, thing))
            (*holders)[(*n)++] = (struct holder){.person = people_find(&w->people, grant->principal),
                .grant = grant,
                .all = all_caveats(w, grant->principal, thing)};
    }
    qsort(*holders, *n, sizeof(**holders), by_role);
    return 0;
}

/* ---- groups and the like: they say nothing of their own where those who hold a role through them are listed ---- */

/* What holds the role that is looked at because of which: a byte for each entitlement of the names. */
struct through {
    struct who *w;
    unsigned char *marks;
};

static int mark_chain(void *arg, const struct c1znames_entitlement *const *steps, size_t n, struct err *e)
{
    struct through *t = arg;

    (void)e;
    for (size_t i = 0; i < n; i++)
        t->marks[why_place(&t->w->why, steps[i])] = 1;
    return 0;
}

/* Whether somebody holds the role through an entitlement on ${thing}. */
static bool is_passed_on(const struct through *t, const struct c1znames_resource *thing)
{
    for (size_t i = 0; i < t->w->names.n_entitlements; i++)
        if (t->marks[i] != 0 && is_on(&t->w->names.entitlements[i], thing))
            return true;
    return false;
}

/* Keep of the ${n} ${holders} of one role those that are to be listed, the others left out, and return how many. */
static int sift_role(struct through *t, struct holder *holders, size_t n, size_t *kept, struct err *e)
{
    *kept = 0;
    memset(t->marks, 0, t->w->names.n_entitlements);
    for (size_t i = 0; i < n; i++)
        if (holders[i].person != NULL && why_chains(&t->w->why, holders[i].grant, mark_chain, t, e) < 0)
            return -1;
    for (size_t i = 0; i < n; i++)
        if (holders[i].person != NULL || holders[i].grant->principal->missing ||
            !is_passed_on(t, holders[i].grant->principal))
            holders[(*kept)++] = holders[i];
    return 0;
}

static int sift(struct who *w, struct holder *holders, size_t *n, struct err *e)
{
    struct through t = {w, calloc(w->names.n_entitlements + 1, 1)};
    size_t kept = 0, all = 0, end;
    int r = t.marks != NULL ? 0 : err_sys(e, EX_OSERR, "entitlements");

    for (size_t i = 0; r == 0 && i < *n; i = end, all += kept) {
        for (end = i + 1; end < *n && holders[end].grant->entitlement == holders[i].grant->entitlement; end++)
            ;
        r = sift_role(&t, &holders[i], end - i, &kept, e);
        memmove(&holders[all], &holders[i], kept * sizeof(*holders));
    }
    *n = all;
    free(t.marks);
    return r;
}

/* ---- for people ---- */

static int put_text_line(struct who *w, bool heading, struct err *e)
{
    if (buf_cstr(&w->text) == NULL)
        return err_set(e, EX_OSERR, "no memory for a name");
    return heading ? reply_heading(&w->reply, w->text.data, e) : reply_entry(&w->reply, 0, "", 0, w->text.data, e);
}

static int put_head(struct who *w, const struct c1znames_resource *thing, struct err *e)
{
    buf_clear(&w->text);
    phrase_thing(&w->text, thing);
    if (put_text_line(w, true, e) < 0)
        return -1;
    buf_clear(&w->text);
    text_put_safe(&w->text, thing->ref.id.s, thing->ref.id.len);
    if (thing->missing)
        buf_puts(&w->text, ", missing: of it the file has grants only");
    if (thing->parent.id.len > 0) {
        buf_puts(&w->text, ", in ");
        phrase_ref(&w->text, &w->names, &thing->parent);
    }
    return put_text_line(w, false, e);
}

/* The heading above those who hold ${entitlement}. */
static int put_role(struct who *w, const struct c1znames_entitlement *entitlement, struct err *e)
{
    buf_clear(&w->text);
    phrase_role(&w->text, entitlement);
    if (reply_entry(&w->reply, 0, "", 0, "", e) < 0 || put_text_line(w, true, e) < 0)
        return -1;
    return (caveats_of(entitlement) & CAVEAT_INACTIVE) != 0 ? reply_entry(&w->reply, 2, "", 0, CAVEAT_ON_INACTIVE, e)
                                                            : 0;
}

static int put_holder(struct who *w, const struct holder *holder, struct err *e)
{
    buf_clear(&w->text);
    if (holder->person != NULL)
        phrase_person(&w->text, holder->person);
    else
        phrase_thing(&w->text, holder->grant->principal);
    if (holder->person != NULL && holder->person->disabled)
        buf_puts(&w->text, " (disabled)");
    if (buf_cstr(&w->text) == NULL)
        return err_set(e, EX_OSERR, "no memory for a name");
    if (reasons_put(w, w->text.data, PERSON_WIDTH, holder->grant, e) < 0)
        return -1;
    return caveats_undecided(holder->all, holder->grant->entitlement)
               ? reply_entry(&w->reply, 2, "", PERSON_WIDTH, CAVEAT_ON_CHANCE, e)
               : 0;
}

/* Append "member, " and so on: whose holders have ${grant}, which ${thing} holds, too. */
static void put_carriers(struct who *w, const struct c1znames_resource *thing, const struct why_grant *grant)
{
    for (size_t i = 0; i < grant->n_carriers; i++) {
        const struct why_carrier *carrier = &w->why.carriers[grant->carriers + i];

        buf_puts(&w->text, i > 0 ? ", " : "");
        buf_puts(&w->text, carrier->own ? "own " : "");
        phrase_role(&w->text, carrier->entitlement);
        if (!is_on(carrier->entitlement, thing)) {
            buf_puts(&w->text, " of ");
            phrase_ref(&w->text, &w->names, &carrier->entitlement->on);
        }
    }
    buf_puts(&w->text, grant->n_carriers > 0 ? ": " : "");
}

static int put_given(struct who *w, const struct c1znames_resource *thing, const struct why_grant *grant, struct err *e)
{
    buf_clear(&w->text);
    put_carriers(w, thing, grant);
    phrase_role(&w->text, grant->entitlement);
    buf_puts(&w->text, " of ");
    phrase_ref(&w->text, &w->names, &grant->entitlement->on);
    return buf_cstr(&w->text) != NULL ? reply_entry(&w->reply, 2, "", 0, w->text.data, e)
                                      : err_set(e, EX_OSERR, "no memory for a role");
}

/* Under ${heading}, what ${thing} holds: what is passed on, or what is not. */
static int put_holds(
    struct who *w, const struct c1znames_resource *thing, bool passed_on, const char *heading, struct err *e)
{
    size_t n;
    const struct why_grant *grant = why_of(&w->why, thing, &n);
    bool first = true;

    for (size_t i = 0; i < n; i++) {
        if ((grant[i].n_carriers > 0) != passed_on)
            continue;
        if (first && (reply_entry(&w->reply, 0, "", 0, "", e) < 0 || reply_heading(&w->reply, heading, e) < 0))
            return -1;
        first = false;
        if (put_given(w, thing, &grant[i], e) < 0)
            return -1;
    }
    return 0;
}

static int put_text(
    struct who *w, const struct c1znames_resource *thing, const struct holder *holders, size_t n, struct err *e)
{
    if (put_head(w, thing, e) < 0)
        return -1;
    if (n == 0 && reply_entry(&w->reply, 0, "", 0, "nobody holds a role here", e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct c1znames_entitlement *role = holders[i].grant->entitlement;

        if ((i == 0 || holders[i - 1].grant->entitlement != role) && put_role(w, role, e) < 0)
            return -1;
        if (put_holder(w, &holders[i], e) < 0)
            return -1;
    }
    if (put_holds(w, thing, true, "gives", e) < 0)
        return -1;
    return put_holds(w, thing, false,
        w->why.edges.n > 0 ? "holds, and gives to nobody" : "holds; whether it gives that, the file does not say", e);
}

/* ---- for programs ---- */

static void json_carrier(struct who *w, const struct why_carrier *carrier, bool more)
{
    buf_puts(&w->text, more ? "," : "");
    phrase_json_entitlement(&w->text, &w->names, carrier->entitlement);
    if (!carrier->own)
        return;
    w->text.len--; /* the closing brace: one more member follows */
    buf_puts(&w->text, ",\"own\":true}");
}

/* What ${thing} holds, and whose holders have that too. */
static void json_gives(struct who *w, const struct c1znames_resource *thing)
{
    size_t n;
    const struct why_grant *grant = why_of(&w->why, thing, &n);

    buf_puts(&w->text, "],\"gives\":[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(&w->text, ',');
        phrase_json_entitlement(&w->text, &w->names, grant[i].entitlement);
        w->text.len--; /* the closing brace: one more member follows */
        buf_puts(&w->text, ",\"to\":[");
        for (size_t k = 0; k < grant[i].n_carriers; k++)
            json_carrier(w, &w->why.carriers[grant[i].carriers + k], k > 0);
        buf_puts(&w->text, "]}");
    }
}

static int json_holder(struct who *w, const struct holder *holder, struct err *e)
{
    const struct c1znames_entitlement *role = holder->grant->entitlement;
    struct buf *text = &w->text;

    buf_puts(text, "{\"person\":");
    if (holder->person != NULL)
        phrase_json_person(text, holder->person);
    else
        phrase_json_thing(text, holder->grant->principal);
    buf_printf(text, ",\"disabled\":%s", holder->person != NULL && holder->person->disabled ? "true" : "false");
    buf_puts(text, ",\"role\":");
    phrase_json(text, role->slug);
    buf_puts(text, ",\"entitlement\":");
    phrase_json(text, role->id);
    buf_puts(text, role->missing ? ",\"missing\":true" : "");
    caveats_json(text, holder->all, role);
    buf_puts(text, ",\"reasons\":");
    if (reasons_json(w, holder->grant, e) < 0)
        return -1;
    buf_putc(text, '}');
    return 0;
}

static int put_json(
    struct who *w, const struct c1znames_resource *thing, const struct holder *holders, size_t n, struct err *e)
{
    struct buf *text = &w->text;

    buf_clear(text);
    buf_puts(text, "{\"resource\":");
    phrase_json_thing(text, thing);
    buf_puts(text, ",\"access\":[");
    for (size_t i = 0; i < n; i++) {
        buf_puts(text, i > 0 ? "," : "");
        if (json_holder(w, &holders[i], e) < 0)
            return -1;
    }
    json_gives(w, thing);
    buf_puts(text, "]}");
    return reply_json(&w->reply, text, e);
}

int thing_answer(struct who *w, const struct c1znames_resource *thing, struct err *e)
{
    struct holder *holders;
    size_t n = 0;
    int r = collect(w, thing, &holders, &n, e);

    if (r == 0)
        r = sift(w, holders, &n, e);
    if (r == 0)
        r = (w->options->json ? put_json : put_text)(w, thing, holders, n, e);
    free(holders);
    return r;
}
