/* person.c: what a person can do, and why. */
#include <stdlib.h>

#include "caveats.h"
#include "phrase.h"
#include "reasons.h"
#include "text.h"

/* The columns of roles. */
#define ROLE_WIDTH 30

/* One grant, beside the resource that it is on (NULL if the sync does not have that), and the caveats_of all on that. */
struct held {
    const struct c1znames_resource *on;
    const struct why_grant *grant;
    unsigned all;
};

static int by_resource(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    int order = x->on == NULL || y->on == NULL ? (x->on == NULL) - (y->on == NULL) : phrase_compare(x->on, y->on);

    if (order == 0 && x->on == NULL)
        order = c1zread_compare_ref(&x->grant->entitlement->on, &y->grant->entitlement->on);
    return order != 0 ? order : (x->grant > y->grant) - (x->grant < y->grant);
}

static bool same_resource(const struct held *a, const struct held *b)
{
    return c1zread_compare_ref(&a->grant->entitlement->on, &b->grant->entitlement->on) == 0;
}

/* Note of each of the ${n} grants, which are sorted, what else is held on its resource. */
static void note_caveats(struct held *held, size_t n)
{
    for (size_t i = 0, first = 0; i < n; i++) {
        unsigned all = caveats_of(held[i].grant->entitlement) | (i > first ? held[i - 1].all : 0);

        held[i].all = all;
        if (i + 1 < n && same_resource(&held[i], &held[i + 1]))
            continue;
        for (; first <= i; first++)
            held[first].all = all;
    }
}

/* The grants to ${person}, sorted by resource, in ${*held}, which the caller frees. Return 0, or -1 with ${e}. */
static int collect(struct who *w, const struct person *person, struct held **held, size_t *n, struct err *e)
{
    struct why_want want = {.principal = person->resource, .missing = true};
    const struct why_grant *first;

    *held = NULL;
    if (who_load(w, &want, e) < 0)
        return -1;
    first = why_of(&w->why, person->resource, n);
    *held = calloc(*n + 1, sizeof(**held));
    if (*held == NULL)
        return err_sys(e, EX_OSERR, "the grants");
    for (size_t i = 0; i < *n; i++)
        (*held)[i] = (struct held){.on = c1znames_resource(&w->names, &first[i].entitlement->on), .grant = &first[i]};
    qsort(*held, *n, sizeof(**held), by_resource);
    note_caveats(*held, *n);
    return 0;
}

/* An invitation says what it is for. */
static bool is_for_role(const struct person *person)
{
    return person->invited && person->role.len > 0;
}

/* ---- for people ---- */

static int put_head(struct who *w, const struct person *person, struct err *e)
{
    struct buf *text = &w->text;

    buf_clear(text);
    phrase_person(text, person);
    if (buf_cstr(text) == NULL)
        return err_set(e, EX_OSERR, "no memory for a name");
    if (reply_heading(&w->reply, text->data, e) < 0)
        return -1;
    buf_clear(text);
    text_put_safe(text, person->resource->ref.type.s, person->resource->ref.type.len);
    buf_putc(text, ' ');
    text_put_safe(text, person->resource->ref.id.s, person->resource->ref.id.len);
    buf_puts(text, person->invited ? ", an invitation that nobody has taken up" : person->disabled ? ", disabled" : "");
    buf_puts(text, person->service ? ", a service account" : "");
    buf_puts(text, person->resource->missing ? ", missing: of him the file has grants only" : "");
    if (is_for_role(person)) {
        buf_puts(text, ", to be ");
        text_put_safe(text, person->role.s, person->role.len);
        buf_puts(text, " of ");
        phrase_ref(text, &w->names, &person->scope);
    }
    return buf_cstr(text) != NULL ? reply_entry(&w->reply, 0, "", 0, text->data, e)
                                  : err_set(e, EX_OSERR, "no memory for a name");
}

static int put_resource(struct who *w, const struct held *held, struct err *e)
{
    struct buf *text = &w->text;

    buf_clear(text);
    phrase_ref(text, &w->names, &held->grant->entitlement->on);
    if (held->on != NULL && held->on->parent.id.len > 0) {
        buf_puts(text, ", in ");
        phrase_ref(text, &w->names, &held->on->parent);
    }
    if (buf_cstr(text) == NULL)
        return err_set(e, EX_OSERR, "no memory for a name");
    return reply_entry(&w->reply, 0, "", 0, "", e) < 0 ? -1 : reply_heading(&w->reply, text->data, e);
}

static int put_role(struct who *w, const struct held *held, struct err *e)
{
    struct buf *text = &w->text;

    buf_clear(text);
    phrase_role(text, held->grant->entitlement);
    return buf_cstr(text) != NULL ? reasons_put(w, text->data, ROLE_WIDTH, held->grant, e)
                                  : err_set(e, EX_OSERR, "no memory for a role");
}

/* Behind the last of the grants on one resource: what is to be said about them together. */
static int put_caveats(struct who *w, const struct held *last, struct err *e)
{
    const unsigned both = CAVEAT_SOURCE_EDITOR | CAVEAT_DESTINATION_EDITOR;

    if ((last->all & (both | CAVEAT_HIGHER)) == both && reply_entry(&w->reply, 2, "", 0, CAVEAT_ON_CHANCE, e) < 0)
        return -1;
    return (last->all & CAVEAT_INACTIVE) != 0 ? reply_entry(&w->reply, 2, "", 0, CAVEAT_ON_INACTIVE, e) : 0;
}

static int put_text(struct who *w, const struct person *person, const struct held *held, size_t n, struct err *e)
{
    if (put_head(w, person, e) < 0)
        return -1;
    if (n == 0)
        return reply_entry(&w->reply, 0, "", 0, "holds no role", e);
    for (size_t i = 0; i < n; i++) {
        if ((i == 0 || !same_resource(&held[i - 1], &held[i])) && put_resource(w, &held[i], e) < 0)
            return -1;
        if (put_role(w, &held[i], e) < 0)
            return -1;
        if ((i + 1 == n || !same_resource(&held[i], &held[i + 1])) && put_caveats(w, &held[i], e) < 0)
            return -1;
    }
    return 0;
}

/* ---- for programs ---- */

static int put_json(struct who *w, const struct person *person, const struct held *held, size_t n, struct err *e)
{
    struct buf *text = &w->text;

    buf_clear(text);
    buf_puts(text, "{\"person\":");
    phrase_json_person(text, person);
    buf_printf(text, ",\"disabled\":%s,\"service\":%s,\"invited\":%s", person->disabled ? "true" : "false",
        person->service ? "true" : "false", person->invited ? "true" : "false");
    if (is_for_role(person)) {
        buf_puts(text, ",\"invitation\":{\"role\":");
        phrase_json(text, person->role);
        buf_puts(text, ",\"on\":");
        phrase_json_ref(text, &w->names, &person->scope);
        buf_putc(text, '}');
    }
    buf_puts(text, ",\"access\":[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(text, ',');
        phrase_json_entitlement(text, &w->names, held[i].grant->entitlement);
        text->len--; /* the closing brace: one more member follows */
        caveats_json(text, held[i].all, held[i].grant->entitlement);
        buf_puts(text, ",\"reasons\":");
        if (reasons_json(w, held[i].grant, e) < 0)
            return -1;
        buf_putc(text, '}');
    }
    buf_puts(text, "]}");
    return reply_json(&w->reply, text, e);
}

int person_answer(struct who *w, const struct person *person, struct err *e)
{
    struct held *held;
    size_t n = 0;
    int r = collect(w, person, &held, &n, e);

    if (r == 0)
        r = (w->options->json ? put_json : put_text)(w, person, held, n, e);
    free(held);
    return r;
}
