#include "cat.h"

#include <string.h>
#include <unistd.h>

#include "log.h"
#include "records.h"
#include "syncs.h"

static const struct cat_subject subjects[] = {
    {.name = "resource-types", .records = true, .kind = KIND_RESOURCE_TYPE},
    {.name = "resources", .records = true, .kind = KIND_RESOURCE},
    {.name = "entitlements", .records = true, .kind = KIND_ENTITLEMENT},
    {.name = "grants", .records = true, .kind = KIND_GRANT},
    {.name = "syncs", .columns = &syncs_columns, .rows = syncs_rows},
};
#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

const struct cat_subject *cat_find(const char *name)
{
    for (size_t i = 0; i < SUBJECTS; i++)
        if (strcmp(subjects[i].name, name) == 0)
            return &subjects[i];
    return NULL;
}

/* Whether ${subject} was asked for. */
static bool is_asked(const struct cat_subject *subject, char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(subject->name, names[i]) == 0)
            return true;
    return n == 0 && subject->records;
}

int cat_ask(struct cat_options *o, char *const *names, int n, struct err *e)
{
    bool records = true;

    for (int i = 0; i < n; i++) {
        const struct cat_subject *subject = cat_find(names[i]);

        if (subject == NULL)
            return err_set(e, EX_USAGE, "no such kind of records: '%s'", names[i]);
        records = records && subject->records;
    }
    if (!records && n > 1)
        return err_set(e, EX_USAGE, "only kinds of records can be asked for together");
    for (size_t i = 0; i < SUBJECTS; i++)
        if (is_asked(&subjects[i], names, n))
            o->subjects[o->n++] = &subjects[i];
    return 0;
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
    if (c->options->sync == NULL && choice.sync->ended_at != NULL && !c1zread_whole(choice.sync))
        log_warn("the file has no finished full sync", LOG_STR("shown", choice.sync->type));
    c->sync = choice.sync;
    return 0;
}

static int print_sheet(struct cat *c, const struct cat_subject *subject, struct err *e)
{
    struct sheet s;
    int r = sheet_begin(&s, c->options->format, subject->columns, &c->out, e);

    if (r == 0)
        r = subject->rows(c, &s, e);
    if (r == 0)
        r = sheet_end(&s, e);
    sheet_release(&s);
    return r;
}

static int print_subjects(struct cat *c, struct err *e)
{
    const struct cat_subject *subject = c->options->subjects[0];

    if ((subject->records || c->options->sync != NULL) && choose_sync(c, e) < 0)
        return -1;
    return subject->records ? records_print(c, e) : print_sheet(c, subject, e);
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
    out_release(&c.out);
    c1zread_close(c.file);
    return r;
}
