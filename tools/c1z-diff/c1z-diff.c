/*
 * c1z-diff: what changed between two syncs.
 */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "machine.h"
#include "option.h"
#include "out.h"
#include "prose.h"
#include "sides.h"
#include "startup.h"
#include "tempfile.h"

/* As of diff(1): the two are not the same.  Trouble has the statuses of sysexits. */
#define EX_DIFFERENT 1

enum { OPT_JSON = OPTION_OWN, OPT_ALL, OPT_BY, OPT_OLD_SYNC, OPT_NEW_SYNC };

static const struct option rows[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"all", no_argument, NULL, OPT_ALL},
    {"by", required_argument, NULL, OPT_BY},
    {"old-sync", required_argument, NULL, OPT_OLD_SYNC},
    {"new-sync", required_argument, NULL, OPT_NEW_SYNC},
    OPTION_ROWS,
};

struct settings {
    struct sides_options sides;
    struct prose_options prose;
    bool json;
};

static int take_by(struct settings *s, const char *what, struct err *e)
{
    s->prose.by_resource = strcmp(what, "resource") == 0;
    return s->prose.by_resource || strcmp(what, "person") == 0 ? 0 : err_set(e, EX_USAGE, "--by: person or resource");
}

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct settings *s = settings;

    switch (option) {
    case OPT_JSON:
        s->json = true;
        return 0;
    case OPT_ALL:
        s->prose.all = true;
        return 0;
    case OPT_BY:
        return take_by(s, argument, e);
    case OPT_OLD_SYNC:
        s->sides.old_sync = argument;
        return 0;
    default:
        s->sides.new_sync = argument;
        return 0;
    }
}

static const struct option_set command_line = {
    .name = "c1z-diff",
    .usage = "usage: c1z-diff [--by person|resource] [--all] [--json] [--old-sync ID]\n"
             "                [--new-sync ID] [--log-level LEVEL] [--log-format FORMAT]\n"
             "                OLD [NEW]\n",
    .examples = "  c1z-diff old.c1z new.c1z\n",
    .help = "Say what changed from the .c1z file OLD to NEW, or with OLD alone, from its sync\n"
            "before the newest to the newest: who gained, lost or changed what. One of them\n"
            "may be -, standard input.\n"
            "The status is 0 if nothing did, 1 if something did, and 64 or more for trouble.\n"
            "\n"
            "      --by person       group grants by who holds them (the default), or\n"
            "      --by resource     by what they are on\n"
            "      --all             print inherited grants too that only follow from others\n"
            "      --json            one object per change, for programs\n"
            "      --old-sync ID     the sync of OLD (default: the latest finished full one)\n"
            "      --new-sync ID     the sync of NEW, likewise\n" OPTION_HELP,
    .letters = "",
    .rows = rows,
    .take = take_option,
};

static int take_operands(struct settings *s, char *const *words, int n, struct err *e)
{
    if (n < 1 || n > 2)
        return err_set(e, EX_USAGE, n < 1 ? "no file" : "more than two files");
    s->sides.old_file = words[0];
    s->sides.new_file = n > 1 ? words[1] : NULL;
    if (n > 1 && strcmp(words[0], "-") == 0 && strcmp(words[1], "-") == 0)
        return err_set(e, EX_USAGE, "standard input cannot be both OLD and NEW");
    return 0;
}

static void confine(const struct sides_options *o)
{
    struct confine c;

    confine_begin(&c, "c1z-diff");
    confine_read(&c, o->old_file);
    confine_read(&c, o->new_file);
    confine_write(&c, tempfile_dir());
    confine_enter(&c);
}

static int print_json(struct side *old, struct side *new, struct out *out, struct err *e)
{
    struct machine m;
    int changes;

    machine_init(&m, out);
    changes = diff_walk(old, new, machine_print, &m, e);
    machine_release(&m);
    return changes;
}

static int print_text(const struct settings *s, struct side *old, struct side *new, struct out *out, struct err *e)
{
    struct ledger l;
    int changes = ledger_open(&l, old, new, e);

    if (changes == 0)
        changes = diff_walk(old, new, ledger_note, &l, e);
    if (changes > 0 && (ledger_fold(&l, e) < 0 || prose_print(&l, &s->prose, out, e) < 0))
        changes = -1;
    ledger_close(&l);
    return changes;
}

/* Compare and print. Return how many changes there are, or -1 with ${e}. */
static int run_diff(const struct settings *s, struct err *e)
{
    struct side old, new;
    struct out out;
    int changes = sides_open(&s->sides, &old, &new, e);

    out_init(&out, STDOUT_FILENO, "standard output");
    if (changes == 0)
        changes = s->json ? print_json(&old, &new, &out, e) : print_text(s, &old, &new, &out, e);
    if (changes < 0)
        out_flush(&out, e);
    else if (out_close(&out, e) < 0)
        changes = -1;
    out_release(&out);
    sides_close(&old, &new);
    return changes;
}

int main(int argc, char **argv)
{
    struct settings s = {.sides.advice = "give an --old-sync"};
    struct err e = {0};
    int r, changes = 0;

    startup_begin("c1z-diff");
    r = option_parse(&command_line, &s, argc, argv, &e);
    if (r == 0)
        r = take_operands(&s, argv + optind, argc - optind, &e);
    if (r == 0) {
        confine(&s.sides);
        r = changes = run_diff(&s, &e);
    }
    return r >= 0 && changes > 0 ? EX_DIFFERENT : option_end(&command_line, r, &e);
}
