#include "cat.h"

#include <string.h>
#include <unistd.h>

#include "access.h"
#include "c1zmanifest.h"
#include "directory.h"
#include "log.h"
#include "nearest.h"
#include "noted.h"
#include "records.h"
#include "syncs.h"

#define ON_RESOURCES (SELECTION_RESOURCE_TYPE | SELECTION_RESOURCE)
#define ON_GRANTS (ON_RESOURCES | SELECTION_ENTITLEMENT | SELECTION_PRINCIPAL)

static const struct cat_subject subjects[] = {
    {.name = "resource-types",
        .columns = &directory_type_columns,
        .rows = directory_types,
        .lines = records_print,
        .kind = KIND_RESOURCE_TYPE,
        .filters = SELECTION_RESOURCE_TYPE},
    {.name = "resources",
        .columns = &directory_resource_columns,
        .rows = directory_resources,
        .lines = records_print,
        .kind = KIND_RESOURCE,
        .filters = ON_RESOURCES},
    {.name = "entitlements",
        .columns = &directory_entitlement_columns,
        .rows = directory_entitlements,
        .lines = records_print,
        .kind = KIND_ENTITLEMENT,
        .filters = ON_RESOURCES | SELECTION_ENTITLEMENT},
    {.name = "grants",
        .columns = &access_grant_columns,
        .rows = access_grants,
        .lines = records_print,
        .kind = KIND_GRANT,
        .filters = ON_GRANTS},
    {.name = "principals",
        .columns = &directory_resource_columns,
        .rows = directory_principals,
        .kind = KIND_COUNT,
        .filters = ON_GRANTS},
    {.name = "access",
        .columns = &access_access_columns,
        .rows = access_access,
        .kind = KIND_COUNT,
        .filters = ON_GRANTS,
        .needs = SELECTION_PRINCIPAL},
    {.name = "syncs", .columns = &syncs_columns, .rows = syncs_rows, .kind = KIND_COUNT, .of_file = true},
    {.name = "manifest",
        .columns = &noted_columns,
        .rows = noted_rows,
        .lines = noted_print,
        .document = noted_print,
        .kind = KIND_COUNT},
};
#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

const struct cat_subject *cat_find(const char *name)
{
    for (size_t i = 0; i < SUBJECTS; i++)
        if (strcmp(subjects[i].name, name) == 0)
            return &subjects[i];
    return NULL;
}

const char *cat_nearest(const char *word)
{
    struct nearest n = {.word = word, .len = strlen(word)};

    for (size_t i = 0; i < SUBJECTS; i++)
        nearest_offer(&n, subjects[i].name);
    return n.found;
}

/* There is no kind ${name}. */
static int refuse_kind(const char *name, struct err *e)
{
    const char *near = cat_nearest(name);

    if (near != NULL)
        return err_set(e, EX_USAGE, "no such kind of records: '%s'; did you mean '%s'?", name, near);
    return err_set(e, EX_USAGE, "no such kind of records: '%s'", name);
}

/* Whether ${subject} was asked for. */
static bool is_asked(const struct cat_subject *subject, char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(subject->name, names[i]) == 0)
            return true;
    return n == 0 && subject->kind != KIND_COUNT;
}

/* See that what was asked for can be printed so. */
static int check_ask(const struct cat_options *o, int n, struct err *e)
{
    unsigned filters = selection_bits(&o->filter);
    bool lines = o->format == sheet_format("ndjson");

    if (n == 0 && (filters != 0 || !lines))
        return err_set(e, EX_USAGE, "%s needs a KIND", filters != 0 ? "a filter" : "this format");
    for (size_t i = 0; i < o->n; i++) {
        if (o->n > 1 && !(lines && o->subjects[i]->kind != KIND_COUNT))
            return err_set(e, EX_USAGE, "only kinds of records, in ndjson, can be asked for together");
        if ((filters & ~o->subjects[i]->filters) != 0)
            return err_set(e, EX_USAGE, "'%s' cannot be filtered like this", o->subjects[i]->name);
        if ((o->subjects[i]->needs & ~filters) != 0)
            return err_set(e, EX_USAGE, "'%s' needs --principal", o->subjects[i]->name);
    }
    return 0;
}

int cat_ask(struct cat_options *o, char *const *names, int n, struct err *e)
{
    for (int i = 0; i < n; i++)
        if (cat_find(names[i]) == NULL)
            return refuse_kind(names[i], e);
    for (size_t i = 0; i < SUBJECTS; i++)
        if (is_asked(&subjects[i], names, n))
            o->subjects[o->n++] = &subjects[i];
    return check_ask(o, n, e);
}

/* Find the sync to print. */
static int choose_sync(struct cat *c, struct err *e)
{
    struct c1zread_choice choice;

    if (c1zread_choose(c->file, c->options->sync, &choice, e) < 0)
        return -1;
    if (choice.newer != NULL)
        log_warn("a sync that is not full ended later; readers of SDK 0.25 and later show that one",
            LOG_STR("type", choice.newer->type), LOG_STR("sync", choice.newer->id));
    c->sync = choice.sync;
    return 0;
}

/* Whether the gaps of the sync's manifest are among what is printed of ${subject}: a framed stream, or the manifest. */
static bool shows_gaps(const struct cat_options *o, const struct cat_subject *subject)
{
    bool records = subject->lines != NULL && o->format == sheet_format("ndjson");

    return subject->document != NULL || (records && selection_bits(&o->filter) == 0);
}

/* The rows of the one subject that was asked for. */
static int print_rows(void *from, struct sheet *s, struct err *e)
{
    struct cat *c = from;

    return c->options->subjects[0]->rows(c, s, e);
}

static int print_sheet(struct cat *c, const struct cat_subject *subject, struct err *e)
{
    struct sheet s;
    int r;

    sheet_init(&s, c->options->format, subject->columns, c->options->raw, &c->out);
    r = sheet_print(&s, print_rows, c, e);
    c->rows = s.rows;
    sheet_release(&s);
    return r;
}

static int print_subjects(struct cat *c, struct err *e)
{
    const struct cat_subject *subject = c->options->subjects[0];

    if ((!subject->of_file || c->options->sync != NULL) && choose_sync(c, e) < 0)
        return -1;
    if (!subject->of_file)
        c1zmanifest_warn(
            c->file, c->sync, shows_gaps(c->options, subject) ? 0 : C1ZMANIFEST_GAPS | C1ZMANIFEST_LEFT_OUT);
    if (subject->lines != NULL && c->options->format == sheet_format("ndjson"))
        return subject->lines(c, e);
    if (subject->document != NULL && c->options->format == sheet_format("json"))
        return subject->document(c, e);
    return print_sheet(c, subject, e);
}

/* Take out of ${*unknown} the filters that ask for an id which a record of ${kind} has. Return 0, or -1 with ${e}. */
static int look_for(struct cat *c, enum kind kind, unsigned *unknown, struct err *e)
{
    struct c1zread_query query = {c->sync, kind, C1ZREAD_STORED, C1ZREAD_IDS};
    struct c1zread_rows *rows = c1zread_rows(c->file, &query, e);
    struct c1zread_row row;
    int r = rows == NULL ? -1 : 1;

    while (*unknown != 0 && r > 0 && (r = c1zread_next(rows, &row, e)) > 0)
        *unknown &= ~selection_knows(&c->options->filter, kind, &row);
    c1zread_rows_close(rows);
    return r < 0 ? -1 : 0;
}

/* Nothing was printed: warn of each filter that asks for an id which nothing in the sync has, a slip perhaps. */
static void warn_unknown(struct cat *c)
{
    const struct selection *f = &c->options->filter;
    const struct {
        unsigned bit;
        const char *option, *id;
    } asked[] = {{SELECTION_RESOURCE_TYPE, "resource-type", f->resource_type},
        {SELECTION_RESOURCE, "resource", f->resource}, {SELECTION_ENTITLEMENT, "entitlement", f->entitlement},
        {SELECTION_PRINCIPAL, "principal", f->principal}};
    unsigned unknown = selection_bits(f);
    struct err ignored = {0};

    /* What cannot be read is of a kind that was not asked for, and no failure: then nothing is said. */
    for (enum kind kind = KIND_RESOURCE_TYPE; kind < KIND_COUNT; kind++)
        if (unknown != 0 && look_for(c, kind, &unknown, &ignored) < 0)
            return;
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        if (unknown & asked[i].bit)
            log_warn("nothing in the sync has this id", LOG_STR(asked[i].option, asked[i].id));
}

int cat_run(const struct cat_options *o, struct err *e)
{
    struct cat c = {.options = o, .file = c1zread_open(o->file, e)};
    int r;

    if (c.file == NULL)
        return -1;
    out_init(&c.out, STDOUT_FILENO, "standard output");
    r = print_subjects(&c, e);
    /* What is right before the failure is printed too; without an end line nobody takes it for the whole. */
    if (r == 0)
        r = out_close(&c.out, e);
    else
        out_flush(&c.out, e);
    if (r == 0 && c.rows == 0)
        warn_unknown(&c);
    out_release(&c.out);
    c1zread_close(c.file);
    return r;
}
