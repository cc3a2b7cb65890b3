/*
 * c1z-cat: a sync of a .c1z as baton records.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cat.h"
#include "confine.h"
#include "option.h"
#include "startup.h"
#include "tempfile.h"

enum { OPT_SYNC = OPTION_OWN, OPT_FORMAT, OPT_RAW, OPT_TYPE, OPT_RESOURCE, OPT_ENTITLEMENT, OPT_PRINCIPAL };

static const struct option rows[] = {
    {"file", required_argument, NULL, 'f'},
    {"sync", required_argument, NULL, OPT_SYNC},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"raw", no_argument, NULL, OPT_RAW},
    {"resource-type", required_argument, NULL, OPT_TYPE},
    {"resource", required_argument, NULL, OPT_RESOURCE},
    {"entitlement", required_argument, NULL, OPT_ENTITLEMENT},
    {"principal", required_argument, NULL, OPT_PRINCIPAL},
    OPTION_ROWS,
};

static int take_format(struct cat_options *o, const char *name, struct err *e)
{
    o->format = sheet_format(name);
    return o->format != NULL ? 0 : err_set(e, EX_USAGE, "--format: table, csv, json or ndjson");
}

/* The name of ${option} in errors. */
static const char *name_of(int option)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].val == option)
            return rows[i].name;
    return "";
}

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct cat_options *o = settings;
    const char **place = option == OPT_SYNC          ? &o->sync
                         : option == OPT_TYPE        ? &o->filter.resource_type
                         : option == OPT_RESOURCE    ? &o->filter.resource
                         : option == OPT_ENTITLEMENT ? &o->filter.entitlement
                         : option == OPT_PRINCIPAL   ? &o->filter.principal
                                                     : &o->file;

    if (option == OPT_FORMAT)
        return take_format(o, argument, e);
    if (option == OPT_RAW) {
        o->raw = true;
        return 0;
    }
    *place = argument;
    /* A variable that is not set would ask for nothing, and "nothing" would be the answer. */
    return *argument != '\0' ? 0
                             : err_set(e, EX_USAGE, "--%s: empty %s", name_of(option), option == 'f' ? "name" : "id");
}

/* ${file} is not there: perhaps it was meant to be a kind. */
static int refuse_file(const char *file, struct err *e)
{
    struct err why = {0};
    const char *kind = cat_nearest(file);

    err_sys(&why, EX_NOINPUT, "cannot open '%s'", file);
    return kind == NULL ? err_take(e, &why) : err_set(e, why.status, "%s; did you mean the kind '%s'?", why.msg, kind);
}

/* Take the operands: the file, unless it was an option or the word is a kind; and the kinds. */
static int take_operands(struct cat_options *o, char *const *words, int n, struct err *e)
{
    if (o->file == NULL && n > 0 && cat_find(words[0]) == NULL) {
        o->file = words[0];
        if (strcmp(o->file, "-") != 0 && access(o->file, F_OK) < 0 && errno == ENOENT)
            return refuse_file(o->file, e);
        words++;
        n--;
    }
    if (o->file == NULL)
        o->file = "sync.c1z";
    return cat_ask(o, words, n, e);
}

static const struct option_set command_line = {
    .name = "c1z-cat",
    .usage = "usage: c1z-cat [-f FILE] [--sync ID] [--format FORMAT] [--raw] [FILTER...]\n"
             "               [--log-level LEVEL] [--log-format FORMAT] [FILE] [KIND...]\n",
    .examples = "  c1z-cat sync.c1z --format table grants\n"
                "  c1z-cat sync.c1z --format csv grants > grants.csv\n",
    .help = "Print a sync of a .c1z file as baton records, or as a table.\n"
            "\n"
            "KIND is resource-types, resources, entitlements or grants (default: all four);\n"
            "principals, who holds grants; access, what --principal holds; syncs, those in\n"
            "the file; or manifest, what c1z-pack noted about the sync.\n"
            "\n"
            "  -f, --file FILE       the .c1z to read (default: sync.c1z; -: standard input)\n"
            "      --sync ID         the sync to print (default: the latest finished\n"
            "                        full one)\n"
            "      --format FORMAT   ndjson (the default: record lines), json, csv or table\n"
            "      --raw             csv: leave formulas and control characters as they are\n"
            "      --resource-type ID\n"
            "                        only what is of, or on resources of, this type\n"
            "      --resource ID     only this resource, or what is on it; or TYPE:ID\n"
            "      --entitlement ID  only this entitlement, or grants of it\n"
            "      --principal ID    only grants to this principal; or TYPE:ID\n" OPTION_HELP,
    .letters = "f:",
    .rows = rows,
    .take = take_option,
};

int main(int argc, char **argv)
{
    struct cat_options o = {.format = sheet_format("ndjson")};
    struct err e = {0};
    int r;

    startup_begin("c1z-cat");
    r = option_parse(&command_line, &o, argc, argv, &e);
    if (r == 0)
        r = take_operands(&o, argv + optind, argc - optind, &e);
    if (r == 0) {
        confine_self("c1z-cat", o.file, tempfile_dir());
        r = cat_run(&o, &e);
    }
    return option_end(&command_line, r, &e);
}
