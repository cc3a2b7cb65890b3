/*
 * c1z-pack: check, expand and pack baton records into a .c1z.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "c1z.h"
#include "ksuid.h"
#include "option.h"
#include "pack.h"
#include "progress.h"
#include "stamp.h"
#include "startup.h"

#define KEEP_MAX 1000000

enum {
    OPT_KEEP = OPTION_OWN,
    OPT_NO_EXPAND,
    OPT_UNFRAMED,
    OPT_ALLOW_EMPTY,
    OPT_ACCEPT_GAP,
    OPT_ALLOW_INCOMPLETE,
    OPT_MAX_SHRINK,
    OPT_ALLOW_SHRINK,
    OPT_CHECK,
    OPT_SYNC_ID,
    OPT_STARTED_AT,
    OPT_SYNC_TYPE,
    OPT_SKIP_GRANTS,
    OPT_SKIP_ENTITLEMENTS,
    OPT_RESOURCE_TYPES,
    OPT_OLD_READERS,
    OPT_ENGINE,
    OPT_REPLACE,
    OPT_LOCK_FD,
    OPT_GO_FD,
    OPT_REASON_FD,
    OPT_PROGRESS_FD,
};

static const struct option rows[] = {
    {"file", required_argument, NULL, 'f'},
    {"keep", required_argument, NULL, OPT_KEEP},
    {"no-expand", no_argument, NULL, OPT_NO_EXPAND},
    {"unframed", no_argument, NULL, OPT_UNFRAMED},
    {"allow-empty", no_argument, NULL, OPT_ALLOW_EMPTY},
    {"accept-gap", required_argument, NULL, OPT_ACCEPT_GAP},
    {"allow-incomplete", no_argument, NULL, OPT_ALLOW_INCOMPLETE},
    {"max-shrink", required_argument, NULL, OPT_MAX_SHRINK},
    {"allow-shrink", no_argument, NULL, OPT_ALLOW_SHRINK},
    {"check", no_argument, NULL, OPT_CHECK},
    {"sync-id", required_argument, NULL, OPT_SYNC_ID},
    {"started-at", required_argument, NULL, OPT_STARTED_AT},
    {"sync-type", required_argument, NULL, OPT_SYNC_TYPE},
    {"skip-grants", no_argument, NULL, OPT_SKIP_GRANTS},
    {"skip-entitlements-and-grants", no_argument, NULL, OPT_SKIP_ENTITLEMENTS},
    {"sync-resource-types", required_argument, NULL, OPT_RESOURCE_TYPES},
    {"old-readers", no_argument, NULL, OPT_OLD_READERS},
    {"storage-engine", required_argument, NULL, OPT_ENGINE},
    {"replace", no_argument, NULL, OPT_REPLACE},
    {"lock-fd", required_argument, NULL, OPT_LOCK_FD},
    {"go-fd", required_argument, NULL, OPT_GO_FD},
    {"reason-fd", required_argument, NULL, OPT_REASON_FD},
    {PROGRESS_OPTION, required_argument, NULL, OPT_PROGRESS_FD},
    {"level", required_argument, NULL, 'l'},
    {"threads", required_argument, NULL, 'T'},
    OPTION_ROWS,
};

static const char usage[] = "usage: c1z-pack [-f FILE] [--keep N] [--no-expand] [--unframed] [--allow-empty]\n"
                            "                [--accept-gap KIND]... [--allow-incomplete] [--max-shrink PCT]\n"
                            "                [--allow-shrink] [--check] [--sync-id KSUID] [--started-at TIME]\n"
                            "                [--sync-type TYPE] [--skip-grants]\n"
                            "                [--skip-entitlements-and-grants]\n"
                            "                [--sync-resource-types LIST] [--old-readers]\n"
                            "                [--storage-engine ENGINE] [--replace] [--lock-fd N]\n"
                            "                [--go-fd N] [--reason-fd N] [--progress-fd N] [-l LEVEL]\n"
                            "                [-T THREADS] [--log-level LEVEL] [--log-format FORMAT] [INPUT]\n";

static const char examples[] = "  ab-fetch | ab-map | c1z-pack -f sync.c1z\n"
                               "  c1z-frame ./my-connector | c1z-pack -f my.c1z\n"
                               "  c1z-pack --check records.ndjson\n";

static const char help[] = "Check baton records from INPUT (default: standard input), expand their grants,\n"
                           "and add them to a .c1z file as a finished sync.\n"
                           "\n"
                           "  -f, --file FILE       the .c1z to write (default: sync.c1z)\n"
                           "      --keep N          keep the newest N finished full syncs (default: 2)\n"
                           "      --no-expand       the input is a finished sync: store it as it is\n"
                           "      --unframed        the input is plain record lines, without begin and end\n"
                           "      --allow-empty     an input without a resource is meant\n"
                           "      --accept-gap KIND publish though access of KIND may be missing\n"
                           "      --allow-incomplete\n"
                           "                        publish whatever may be missing; the status is then 3\n"
                           "      --max-shrink PCT  refuse to lose more than PCT percent of the resources or\n"
                           "                        grants of the sync before (default: 50)\n"
                           "      --allow-shrink    lose what there is to lose, this once\n"
                           "      --check           do everything but write FILE\n"
                           "      --sync-id KSUID   the id of the sync (default: a new one)\n"
                           "      --started-at TIME the time of all that is written, as 2026-11-22T20:00:00Z\n"
                           "      --sync-type TYPE  full or resources_only (default: full)\n"
                           "      --skip-grants, --skip-entitlements-and-grants\n"
                           "                        leave these records out, when they are checked\n"
                           "      --sync-resource-types LIST\n"
                           "                        leave out all that is not of these types (with commas)\n"
                           "      --old-readers     a new file that SDK 0.7 can export\n"
                           "      --storage-engine ENGINE\n"
                           "                        sqlite (format v1, the default) or pebble (format v3)\n"
                           "      --replace         put the new file in the place of one of the other\n"
                           "                        engine, or of one whose syncs cannot stay\n"
                           "      --lock-fd N       descriptor N is the lock of FILE, held by the caller\n"
                           "      --go-fd N         wait for a byte on descriptor N before FILE is replaced\n"
                           "      --reason-fd N     say on descriptor N, too, why the run failed\n"
                           "  -l, --level LEVEL     compression, 1 to 19 (default: 3)\n"
                           "  -T, --threads N       threads that compress (default: 2)\n" PROGRESS_HELP OPTION_HELP;

static int take_number(const char *option, const char *argument, int64_t min, int64_t max, int *n, struct err *e)
{
    int64_t value;

    if (option_number(option, argument, min, max, &value, e) < 0)
        return -1;
    *n = (int)value;
    return 0;
}

static int take_gap(struct pack_options *o, const char *kind, struct err *e)
{
    if (o->n_accepted == PACK_ACCEPTED_MAX)
        return err_set(e, EX_USAGE, "--accept-gap: more than %d", PACK_ACCEPTED_MAX);
    o->accepted[o->n_accepted++] = kind;
    return *kind != '\0' ? 0 : err_set(e, EX_USAGE, "--accept-gap: no kind");
}

static int take_sync_type(struct pack_options *o, const char *type, struct err *e)
{
    o->full = strcmp(type, "full") == 0;
    o->resources_only = strcmp(type, "resources_only") == 0;
    return o->full || o->resources_only ? 0 : err_set(e, EX_USAGE, "--sync-type: expected full or resources_only");
}

/* Take an option about the sync and what goes into it. */
static int take_content(struct pack_options *o, int option, const char *argument, struct err *e)
{
    switch (option) {
    case OPT_ALLOW_EMPTY:
        o->allow_empty = true;
        return 0;
    case OPT_ACCEPT_GAP:
        return take_gap(o, argument, e);
    case OPT_ALLOW_INCOMPLETE:
        o->allow_incomplete = true;
        return 0;
    case OPT_MAX_SHRINK:
        return take_number("--max-shrink", argument, 0, 100, &o->max_shrink, e);
    case OPT_ALLOW_SHRINK:
        o->allow_shrink = true;
        return 0;
    case OPT_SYNC_TYPE:
        return take_sync_type(o, argument, e);
    case OPT_SKIP_GRANTS:
        o->skip_grants = true;
        return 0;
    case OPT_SKIP_ENTITLEMENTS:
        o->skip_entitlements = true;
        return 0;
    case OPT_RESOURCE_TYPES:
        o->resource_types = argument;
        return *argument != '\0' ? 0 : err_set(e, EX_USAGE, "--sync-resource-types: no types");
    case OPT_SYNC_ID:
        o->sync_id = argument;
        return ksuid_valid(argument) ? 0 : err_set(e, EX_USAGE, "--sync-id: not a KSUID");
    default:
        o->fixed_time = true;
        return stamp_parse_option(argument, &o->started_at) == 0
                   ? 0
                   : err_set(e, EX_USAGE, "--started-at: expected a time like 2026-11-22T20:00:00Z");
    }
}

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct pack_options *o = settings;

    switch (option) {
    case 'f':
        o->file = argument;
        o->named = true;
        return *argument != '\0' ? 0 : err_set(e, EX_USAGE, "--file: empty name");
    case OPT_KEEP:
        return take_number("--keep", argument, 1, KEEP_MAX, &o->keep, e);
    case OPT_NO_EXPAND:
        o->no_expand = true;
        return 0;
    case OPT_UNFRAMED:
        o->unframed = true;
        return 0;
    case OPT_CHECK:
        o->check = true;
        return 0;
    case OPT_OLD_READERS:
        o->old_readers = true;
        return 0;
    case OPT_ENGINE:
        o->storage_given = true;
        return storage_parse(argument, &o->storage) == 0
                   ? 0
                   : err_set(e, EX_USAGE, "--storage-engine: expected sqlite or pebble");
    case OPT_REPLACE:
        o->replace = true;
        return 0;
    case OPT_LOCK_FD:
        return take_number("--lock-fd", argument, 0, INT_MAX, &o->lock_fd, e);
    case OPT_GO_FD:
        return take_number("--go-fd", argument, 0, INT_MAX, &o->go_fd, e);
    case OPT_REASON_FD:
        return take_number("--reason-fd", argument, 0, INT_MAX, &o->reason_fd, e);
    case OPT_PROGRESS_FD:
        return progress_open("c1z-pack", argument, e);
    case 'l':
        return take_number("--level", argument, 1, C1Z_LEVEL_MAX, &o->level, e);
    case 'T':
        return take_number("--threads", argument, 1, C1Z_THREADS_MAX, &o->threads, e);
    default:
        return take_content(o, option, argument, e);
    }
}

static const struct option_set command_line = {.name = "c1z-pack",
    .usage = usage,
    .examples = examples,
    .help = help,
    .letters = "f:l:T:",
    .rows = rows,
    .take = take_option};

/* What only the whole command line can tell. */
static int check_options(struct pack_options *o, int n, char **operands, struct err *e)
{
    if (n > 1)
        return err_set(e, EX_USAGE, "more than one input");
    if (n == 1)
        o->input = operands[0];
    if (strcmp(o->file, "-") == 0)
        return err_set(e, EX_USAGE, "--file: a .c1z cannot be written to standard output");
    if (!o->storage_given && storage_setting(&o->storage, e) < 0)
        return -1;
    if (o->storage == STORAGE_PEBBLE && o->keep > 1)
        return err_set(e, EX_USAGE, "--keep: a file of format v3 (--storage-engine pebble) holds one sync");
    if (o->storage == STORAGE_PEBBLE && o->old_readers)
        return err_set(e, EX_USAGE, "--old-readers: they do not read format v3 (--storage-engine pebble)");
    if (o->skip_entitlements && !o->full)
        o->resources_only = true;
    if (o->resources_only)
        o->skip_entitlements = true;
    return 0;
}

int main(int argc, char **argv)
{
    struct pack_options o = {.file = "sync.c1z",
        .input = "-",
        .level = C1Z_LEVEL_DEFAULT,
        .threads = C1Z_THREADS_DEFAULT,
        .max_shrink = PACK_SHRINK_DEFAULT,
        .lock_fd = -1,
        .go_fd = -1,
        .reason_fd = -1};
    struct err e = {0};
    int r;

    startup_begin("c1z-pack");
    r = option_parse(&command_line, &o, argc, argv, &e);
    if (r == 0)
        r = check_options(&o, argc - optind, argv + optind, &e);
    if (r == 0)
        r = pack_run(&o, &e);
    /* Who asked for it sees by the status that the run failed; the message itself has still to be printed. */
    if (r < 0 && o.reason_fd >= 0)
        dprintf(o.reason_fd, "%s\n", e.msg);
    /* Published, but access may be missing in it. */
    return r == PACK_INCOMPLETE ? AB_EX_INCOMPLETE : option_end(&command_line, r, &e);
}
