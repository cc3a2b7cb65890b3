/* summary.c: how many can do what, and what could not be seen or was not shown. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "c1zmanifest.h"
#include "gap.h"
#include "phrase.h"
#include "text.h"
#include "who.h"

/*
 * ${people} are accounts of persons, without ${services} and ${invitations}.  Of the people, ${any_admin} are admins of
 * something; ${full} of all that they hold a role on, an organization at least (is_full_admin); ${guests} hold roles,
 * but none in an organization or the instance; ${idle} hold none.
 */
struct totals {
    size_t people, services, invitations, disabled, any_admin, full, instance, organization, workspace, guests, idle;
    struct c1zmanifest manifest;
};

/*
 * Whether no role of the ${n} grants, which come to ${is}, means something: their holder is an admin of the instance,
 * or of an organization at least and of all else that he has a role on, be it because of that.  A group is only a way
 * to roles.  The grants on one resource stand together.
 */
static bool is_full_admin(const struct why_grant *grant, size_t n, unsigned is)
{
    const struct c1zread_ref *at = NULL;
    bool admin = true;

    if ((is & PEOPLE_ADMIN_INSTANCE) != 0)
        return true;
    for (size_t i = 0; i < n; i++) {
        const struct c1znames_entitlement *entitlement = grant[i].entitlement;

        if (json_eq(entitlement->on.type, "group"))
            continue;
        if (at == NULL || c1zread_compare_ref(at, &entitlement->on) != 0) {
            if (!admin)
                return false;
            at = &entitlement->on;
            admin = false;
        }
        admin = admin || people_is_admin(entitlement);
    }
    return admin && (is & PEOPLE_ADMIN_ORGANIZATION) != 0;
}

static void count(struct totals *t, const struct who *w, const struct person *person)
{
    size_t n;
    const struct why_grant *grant = why_of(&w->why, person->resource, &n);
    unsigned is = 0;

    for (size_t i = 0; i < n; i++)
        is |= people_weigh(&w->people, grant[i].entitlement);
    t->services += person->service;
    t->invitations += person->invited;
    if (person->service || person->invited)
        return;
    t->people++;
    t->disabled += person->disabled;
    t->instance += (is & PEOPLE_ADMIN_INSTANCE) != 0;
    t->organization += (is & PEOPLE_ADMIN_ORGANIZATION) != 0;
    t->workspace += (is & PEOPLE_ADMIN_WORKSPACE) != 0;
    t->any_admin += (is & (PEOPLE_ADMIN_INSTANCE | PEOPLE_ADMIN_ORGANIZATION | PEOPLE_ADMIN_WORKSPACE)) != 0;
    t->full += is_full_admin(grant, n, is);
    t->guests += (is & PEOPLE_HAS_ROLE) != 0 && (is & PEOPLE_IN_ORGANIZATION) == 0;
    t->idle += (is & PEOPLE_HAS_ROLE) == 0;
}

/*
 * On plans without roles the server makes everybody an admin of his organization; who is admin of a workspace alone,
 * beside a lower role, has roles that mean something.  Of holders that the file does not have nobody knows.
 */
static bool all_admins(const struct totals *t, const struct why *why)
{
    return t->people > 1 && t->full == t->people && why->unknown == 0;
}

static size_t of_type(const struct who *w, const char *type)
{
    return c1znames_of_type(&w->names, json_str_of(type));
}

/* Whether the file is of an Airbyte: in others there are no guests, and admins are of whatever they have. */
static bool is_airbyte(const struct who *w)
{
    return c1znames_type(&w->names, json_str_of("organization")) != NULL &&
           c1znames_type(&w->names, json_str_of("workspace")) != NULL;
}

/* How many grants are counted of roles that the file has, on what it does not have. */
static size_t on_missing(const struct who *w)
{
    const struct c1znames_entitlement *last = NULL;
    bool missing = false;
    size_t n = 0;

    for (size_t i = 0; i < w->why.n; i++) {
        const struct c1znames_entitlement *entitlement = w->why.grants[i].entitlement;

        if (entitlement != last)
            missing = c1znames_resource(&w->names, &entitlement->on) == NULL;
        last = entitlement;
        n += missing;
    }
    return n;
}

/* ---- for people ---- */

static int put_count(struct who *w, const char *what, size_t n, struct err *e)
{
    char number[32];

    snprintf(number, sizeof(number), "%zu", n);
    return reply_entry(&w->reply, 0, what, 24, number, e);
}

/* A list of lines of the manifest under ${heading}, which is NULL once it has been written. */
struct section {
    struct who *w;
    const char *heading;
};

static int put_gap(void *arg, const struct gap *gap, struct err *e)
{
    struct section *s = arg;
    struct who *w = s->w;

    if (s->heading != NULL &&
        (reply_entry(&w->reply, 0, "", 0, "", e) < 0 || reply_heading(&w->reply, s->heading, e) < 0))
        return -1;
    s->heading = NULL;
    buf_clear(&w->text);
    gap_describe(&w->text, gap);
    return buf_cstr(&w->text) != NULL ? reply_entry(&w->reply, 2, "", 0, w->text.data, e)
                                      : err_set(e, EX_OSERR, "no memory for a gap");
}

static int put_refused(void *arg, const struct gap *note, struct err *e)
{
    return c1zmanifest_refused(note) ? put_gap(arg, note, e) : 0;
}

static int put_gaps(struct who *w, const struct c1zmanifest *m, struct err *e)
{
    struct section gaps = {w, "could not be seen"}, refused = {w, "not shown to the application"};
    struct section left_out = {w, "left out on purpose"};

    if (c1zmanifest_gaps(m, put_gap, &gaps, e) < 0 || c1zmanifest_notes(m, put_refused, &refused, e) < 0)
        return -1;
    return c1zmanifest_left_out(m, put_gap, &left_out, e);
}

/* Say of ${n} grants, behind an empty line, ${what}. */
static int put_grants(struct who *w, uint64_t n, const char *what, struct err *e)
{
    char words[128];

    if (n == 0)
        return 0;
    snprintf(words, sizeof(words), "%" PRIu64 " %s %s", n, n == 1 ? "grant is" : "grants are", what);
    return reply_entry(&w->reply, 0, "", 0, "", e) < 0 ? -1 : reply_entry(&w->reply, 0, "", 0, words, e);
}

/* The grants that name what is missing: those that no count above has, and the others. */
static int put_unknown(struct who *w, struct err *e)
{
    if (put_grants(w, w->why.unknown, "to, or of, what the file does not have: not counted above.", e) < 0)
        return -1;
    return put_grants(w, on_missing(w), "on resources that the file does not have: counted above.", e);
}

static int put_type(struct who *w, const struct c1znames_type *type, struct err *e)
{
    size_t n = c1znames_of_type(&w->names, type->id);

    buf_clear(&w->text);
    text_put_safe(&w->text, type->name.s, type->name.len);
    return buf_cstr(&w->text) != NULL ? put_count(w, w->text.data, n, e) : err_set(e, EX_OSERR, "no memory for a type");
}

/* What there is besides people: of other connectors by type. */
static int put_things(struct who *w, struct err *e)
{
    if (is_airbyte(w))
        return put_count(w, "organizations", of_type(w, "organization"), e) < 0 ||
                       put_count(w, "workspaces", of_type(w, "workspace"), e) < 0 ||
                       put_count(w, "groups", of_type(w, "group"), e) < 0
                   ? -1
                   : 0;
    for (size_t i = 0; i < w->names.n_types; i++)
        if (!w->names.types[i].user && put_type(w, &w->names.types[i], e) < 0)
            return -1;
    return 0;
}

/* Admins, and guests where there can be any. */
static int put_admins(struct who *w, const struct totals *t, struct err *e)
{
    if (put_count(w, "  admins", t->any_admin, e) < 0)
        return -1;
    if (!is_airbyte(w))
        return 0;
    return put_count(w, "    of the instance", t->instance, e) < 0 ||
                   put_count(w, "    of organizations", t->organization, e) < 0 ||
                   put_count(w, "    of workspaces", t->workspace, e) < 0 || put_count(w, "  guests", t->guests, e) < 0
               ? -1
               : 0;
}

static int put_text(struct who *w, const struct totals *t, struct err *e)
{
    char words[128];

    if (put_things(w, e) < 0 || put_count(w, "people", t->people, e) < 0 || put_admins(w, t, e) < 0 ||
        put_count(w, "  without any role", t->idle, e) < 0 || put_count(w, "  disabled", t->disabled, e) < 0 ||
        put_count(w, "invitations", t->invitations, e) < 0 || put_count(w, "service accounts", t->services, e) < 0)
        return -1;
    snprintf(
        words, sizeof(words), "%zu of %zu people are admins: roles mean nothing on this plan.", t->full, t->people);
    if (all_admins(t, &w->why) && reply_entry(&w->reply, 0, "", 0, words, e) < 0)
        return -1;
    if (put_unknown(w, e) < 0)
        return -1;
    return put_gaps(w, &t->manifest, e);
}

/* ---- for programs ---- */

/* Append ${line} to the array in the making. */
static int json_gap(void *arg, const struct gap *line, struct err *e)
{
    struct buf *out = arg;

    (void)e;
    if (out->len > 0 && out->data[out->len - 1] != '[')
        buf_putc(out, ',');
    gap_put(out, line);
    return 0;
}

static int json_refused(void *arg, const struct gap *note, struct err *e)
{
    return c1zmanifest_refused(note) ? json_gap(arg, note, e) : 0;
}

static int json_gaps(struct buf *out, const struct c1zmanifest *m, struct err *e)
{
    buf_puts(out, ",\"gaps\":[");
    if (c1zmanifest_gaps(m, json_gap, out, e) < 0)
        return -1;
    buf_puts(out, "],\"notShown\":[");
    if (c1zmanifest_notes(m, json_refused, out, e) < 0)
        return -1;
    buf_puts(out, "],\"leftOut\":[");
    if (c1zmanifest_left_out(m, json_gap, out, e) < 0)
        return -1;
    buf_putc(out, ']');
    return 0;
}

static int put_json(struct who *w, const struct totals *t, struct err *e)
{
    struct buf *text = &w->text;

    buf_clear(text);
    buf_printf(text,
        "{\"organizations\":%zu,\"workspaces\":%zu,\"groups\":%zu,\"people\":%zu,\"admins\":%zu,\"instanceAdmins\":%zu,"
        "\"organizationAdmins\":%zu,\"workspaceAdmins\":%zu,\"guests\":%zu,\"withoutRole\":%zu,\"disabled\":%zu,"
        "\"invitations\":%zu,\"serviceAccounts\":%zu,\"allAdmins\":%s,"
        "\"missing\":%" PRIu64 ",\"onMissing\":%zu",
        of_type(w, "organization"), of_type(w, "workspace"), of_type(w, "group"), t->people, t->any_admin, t->instance,
        t->organization, t->workspace, t->guests, t->idle, t->disabled, t->invitations, t->services,
        all_admins(t, &w->why) ? "true" : "false", w->why.unknown, on_missing(w));
    if (json_gaps(text, &t->manifest, e) < 0)
        return -1;
    buf_putc(text, '}');
    return reply_json(&w->reply, text, e);
}

int summary_answer(struct who *w, struct err *e)
{
    struct why_want want = {.bare = true};
    struct totals t = {0};
    int r = c1zmanifest_read(&t.manifest, w->file, w->sync, e);

    if (r == 0)
        r = who_load(w, &want, e);
    for (size_t i = 0; r == 0 && i < w->people.n; i++)
        count(&t, w, &w->people.person[i]);
    if (r == 0)
        r = (w->options->json ? put_json : put_text)(w, &t, e);
    c1zmanifest_release(&t.manifest);
    return r;
}
