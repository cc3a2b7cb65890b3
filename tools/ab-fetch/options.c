#include "options.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "nearest.h"
#include "number.h"
#include "progress.h"

#define JOBS_DEFAULT 4
#define PAGE_DEFAULT 100
#define PAGE_MAX 100 /* reference airbyte-api.md section 3.0.4 */
#define DEADLINE_MAX ((int64_t)365 * 86400)
#define FD_MAX 65535
#define JOURNAL_AGE_S (12 * 3600)

static const char usage_text[] = "usage: ab-fetch [-j N] [--page-size N] [--deadline SECONDS] [--domain-url URL]\n"
                                 "                [--cacert FILE] [--insecure-http] [--[no-]user-details]\n"
                                 "                [--workspace-invitations] [--since TIME] [--with-addresses]\n"
                                 "                [--journal FILE [--replay | --journal-anew]\n"
                                 "                [--journal-max-age SECONDS]]\n"
                                 "                [--token-fds R,W |\n"
                                 "                --token-command COMMAND | --token-file FILE]\n"
                                 "                [--progress-fd N] [--log-level LEVEL] [--log-format FORMAT]\n"
                                 "                [RESOURCE ...]\n"
                                 "       ab-fetch --check [OPTION ...] [RESOURCE ...]\n"
                                 "       ab-fetch --list\n";

static const char help_text[] = "Print the resources of an Airbyte server as a raw stream: all of them, or those\n"
                                "named (--list prints the names). Named without its parent, a resource is fetched\n"
                                "for the parents in the raw stream on standard input, which passes through.\n"
                                "\n"
                                "  -j, --jobs N          calls at a time on the config API, half as many on the\n"
                                "                        public one (default: 4)\n"
                                "      --page-size N     rows of a page, where there are pages (default: 100)\n"
                                "      --deadline SECONDS\n"
                                "                        give up after this time\n"
                                "      --check           ask as little as it takes to see what a run would not\n"
                                "                        be complete for, and which role to ask for; status 65\n"
                                "                        if there are gaps\n"
                                "      --list            print the resources, the calls that are made for them\n"
                                "                        and the roles that these need, and exit\n"
                                "      --domain-url URL  where Airbyte is (default: BATON_DOMAIN_URL)\n"
                                "      --cacert FILE     certificates to trust (default: SSL_CERT_FILE, or the\n"
                                "                        system's)\n"
                                "      --insecure-http   allow http to other machines\n"
                                "      --workspace-invitations\n"
                                "                        with invitation, those to each workspace as well\n"
                                "      --since TIME      audit_event: from this time on, at most 90 days ago\n"
                                "                        (default: 30 days ago)\n"
                                "      --with-addresses  audit_event: with IP address and browser\n"
                                "      --journal FILE    keep the answers in FILE; a later run with it asks only\n"
                                "                        for what is missing\n"
                                "      --replay          ask for nothing: all answers are in the journal\n"
                                "      --journal-anew    empty a journal that cannot be taken up, in place of\n"
                                "                        refusing it\n"
                                "      --journal-max-age SECONDS\n"
                                "                        how old a journal may be (default: 12 hours)\n"
                                "      --user-details, --no-user-details\n"
                                "                        look users up, which takes an instance admin\n"
                                "                        (default: if anything but user is fetched)\n"
                                "      --token-fds R,W   get tokens from an 'ab-token --serve' at these\n"
                                "                        descriptors\n"
                                "      --token-command COMMAND\n"
                                "                        get tokens from COMMAND, which prints what\n"
                                "                        'ab-token --json' prints\n"
                                "      --token-file FILE use the token in FILE, which cannot be renewed\n"
                                "                        (default: run ab-token)\n" PROGRESS_HELP OPTION_HELP "\n"
                                "See ab-fetch(1), ab-raw(5), ab-token(1).\n";

enum option_code {
    OPT_PAGE_SIZE = OPTION_OWN,
    OPT_DEADLINE,
    OPT_LIST,
    OPT_CHECK,
    OPT_DOMAIN_URL,
    OPT_CACERT,
    OPT_INSECURE_HTTP,
    OPT_USER_DETAILS,
    OPT_NO_USER_DETAILS,
    OPT_WORKSPACE_INVITATIONS,
    OPT_SINCE,
    OPT_WITH_ADDRESSES,
    OPT_JOURNAL,
    OPT_REPLAY,
    OPT_JOURNAL_ANEW,
    OPT_JOURNAL_MAX_AGE,
    OPT_TOKEN_FDS,
    OPT_TOKEN_COMMAND,
    OPT_TOKEN_FILE,
    OPT_PROGRESS_FD,
};

static const struct option long_options[] = {
    {"jobs", required_argument, NULL, 'j'},
    {"page-size", required_argument, NULL, OPT_PAGE_SIZE},
    {"deadline", required_argument, NULL, OPT_DEADLINE},
    {"list", no_argument, NULL, OPT_LIST},
    {"check", no_argument, NULL, OPT_CHECK},
    {"domain-url", required_argument, NULL, OPT_DOMAIN_URL},
    {"cacert", required_argument, NULL, OPT_CACERT},
    {"insecure-http", no_argument, NULL, OPT_INSECURE_HTTP},
    {"user-details", no_argument, NULL, OPT_USER_DETAILS},
    {"no-user-details", no_argument, NULL, OPT_NO_USER_DETAILS},
    {"workspace-invitations", no_argument, NULL, OPT_WORKSPACE_INVITATIONS},
    {"since", required_argument, NULL, OPT_SINCE},
    {"with-addresses", no_argument, NULL, OPT_WITH_ADDRESSES},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    {"replay", no_argument, NULL, OPT_REPLAY},
    {"journal-anew", no_argument, NULL, OPT_JOURNAL_ANEW},
    {"journal-max-age", required_argument, NULL, OPT_JOURNAL_MAX_AGE},
    {"token-fds", required_argument, NULL, OPT_TOKEN_FDS},
    {"token-command", required_argument, NULL, OPT_TOKEN_COMMAND},
    {"token-file", required_argument, NULL, OPT_TOKEN_FILE},
    {PROGRESS_OPTION, required_argument, NULL, OPT_PROGRESS_FD},
    OPTION_ROWS,
};

/* "R,W": two open descriptors. */
static int parse_fds(struct source *t, const char *arg, struct err *e)
{
    int64_t r = -1, w = -1;
    const char *end = number_digits(arg, FD_MAX, &r);

    if (end != NULL && *end == ',')
        end = number_digits(end + 1, FD_MAX, &w);
    else
        end = NULL;
    if (end == NULL || *end != '\0' || r <= STDERR_FILENO || w <= STDERR_FILENO)
        return err_set(e, EX_USAGE, "--token-fds needs two descriptors above 2, like 3,4");
    t->fd_read = (int)r;
    t->fd_write = (int)w;
    if (fcntl(t->fd_read, F_SETFD, FD_CLOEXEC) < 0 || fcntl(t->fd_write, F_SETFD, FD_CLOEXEC) < 0)
        return err_sys(e, EX_USAGE, "--token-fds: descriptors %d and %d", t->fd_read, t->fd_write);
    return 0;
}

static int take_token(struct options *o, enum source_kind kind, const char *arg, struct err *e)
{
    if (o->token.kind != SOURCE_SIBLING)
        return err_set(e, EX_USAGE, "only one of --token-fds, --token-command and --token-file may be given, and once");
    o->token.kind = kind;
    o->token.command = arg;
    if (*arg == '\0')
        return err_set(e, EX_USAGE, "an empty argument of a --token option");
    if (kind == SOURCE_FILE && strcmp(arg, "-") == 0)
        return err_set(e, EX_USAGE, "--token-file cannot be standard input");
    return kind == SOURCE_FDS ? parse_fds(&o->token, arg, e) : 0;
}

static int take_page_size(struct options *o, const char *arg, struct err *e)
{
    int64_t n = PAGE_DEFAULT;
    int r = option_number("--page-size", arg, 1, PAGE_MAX, &n, e);

    o->plan.page_size = (unsigned)n;
    return r;
}

/* A time as the API takes it. */
static int take_since(struct options *o, const char *arg, struct err *e)
{
    struct tm tm = {0};
    const char *end = strptime(arg, "%Y-%m-%dT%H:%M:%SZ", &tm);

    if (end == NULL || *end != '\0')
        return err_set(e, EX_USAGE, "--since needs a time in UTC like 2026-11-22T20:00:00Z");
    o->plan.since = arg;
    return 0;
}

/* An option of tokens or of the journal. */
static int take_source(struct options *o, int option, const char *arg, struct err *e)
{
    switch (option) {
    case OPT_JOURNAL:
        o->journal.path = arg;
        return *arg != '\0' ? 0 : err_set(e, EX_USAGE, "--journal needs the name of a file");
    case OPT_JOURNAL_MAX_AGE:
        return option_number("--journal-max-age", arg, 1, DEADLINE_MAX, &o->max_age_s, e);
    case OPT_TOKEN_FDS:
        return take_token(o, SOURCE_FDS, arg, e);
    case OPT_TOKEN_COMMAND:
        return take_token(o, SOURCE_COMMAND, arg, e);
    default:
        return take_token(o, SOURCE_FILE, arg, e);
    }
}

/* An option that has an argument. */
static int take_argument(struct options *o, int option, const char *arg, struct err *e)
{
    switch (option) {
    case 'j':
        return option_number("--jobs", arg, 1, ENGINE_JOBS_MAX, &o->jobs, e);
    case OPT_PAGE_SIZE:
        return take_page_size(o, arg, e);
    case OPT_DEADLINE:
        return option_number("--deadline", arg, 1, DEADLINE_MAX, &o->deadline_s, e);
    case OPT_DOMAIN_URL:
        o->domain_url = arg;
        return 0;
    case OPT_CACERT:
        o->cacert = arg;
        return *arg != '\0' ? 0 : err_set(e, EX_USAGE, "--cacert needs the name of a file");
    case OPT_SINCE:
        return take_since(o, arg, e);
    case OPT_PROGRESS_FD:
        return progress_open("ab-fetch", arg, e);
    default:
        return take_source(o, option, arg, e);
    }
}

static int take_option(void *settings, int option, const char *arg, struct err *e)
{
    struct options *o = settings;

    switch (option) {
    case OPT_LIST:
        o->list = true;
        return 0;
    case OPT_CHECK:
        o->plan.check = true;
        return 0;
    case OPT_INSECURE_HTTP:
        o->insecure_http = true;
        return 0;
    case OPT_USER_DETAILS:
        o->plan.details = DETAILS_YES;
        return 0;
    case OPT_NO_USER_DETAILS:
        o->plan.details = DETAILS_NO;
        return 0;
    case OPT_WORKSPACE_INVITATIONS:
        o->workspace_invitations = true;
        return 0;
    case OPT_WITH_ADDRESSES:
        o->plan.addresses = true;
        return 0;
    case OPT_REPLAY:
        o->journal.replay = true;
        return 0;
    case OPT_JOURNAL_ANEW:
        o->journal.anew = true;
        return 0;
    default:
        return take_argument(o, option, arg, e);
    }
}

const struct option_set options_set = {
    .name = "ab-fetch",
    .usage = usage_text,
    .examples = "  ab-fetch > raw.ndjson\n"
                "  ab-fetch organization > o.ndjson\n"
                "  ab-fetch organization_user workspace < o.ndjson > w.ndjson\n",
    .help = help_text,
    .letters = "j:",
    .rows = long_options,
    .take = take_option,
};

void options_init(struct options *o)
{
    *o = (struct options){.jobs = JOBS_DEFAULT, .plan.page_size = PAGE_DEFAULT, .token.renew_by = TOKENLINE_RENEW};
}

/* ${arg} is no resource that can be asked for. */
static int refuse_resource(const char *arg, struct err *e)
{
    struct nearest n = {.word = arg, .len = strlen(arg)};

    for (enum resource r = 0; r < RESOURCE_STREAM_COUNT; r++)
        if (plan_offers(r))
            nearest_offer(&n, resource_table[r].name);
    if (n.found != NULL)
        return err_set(e, EX_USAGE, "unknown resource '%s'; did you mean '%s'?", arg, n.found);
    return err_set(e, EX_USAGE, "unknown resource '%s'; --list prints those that there are", arg);
}

/* One operand: a resource, or "-" for standard input. */
static int take_operand(struct options *o, const char *arg, struct err *e)
{
    enum resource r = resource_find((struct json_str){arg, strlen(arg)});

    if (strcmp(arg, "-") == 0) {
        o->plan.piped = true;
        return 0;
    }
    if (r == RESOURCE_NONE || !plan_offers(r))
        return refuse_resource(arg, e);
    o->plan.asked[r] = true;
    return 0;
}

int options_check(struct options *o, int argc, char **argv, struct err *e)
{
    for (int i = 0; i < argc; i++)
        if (take_operand(o, argv[i], e) < 0)
            return -1;
    plan_complete(&o->plan, o->workspace_invitations);
    if (o->journal.path == NULL && (o->journal.replay || o->journal.anew || o->max_age_s > 0))
        return err_set(e, EX_USAGE, "--replay, --journal-anew and --journal-max-age need --journal");
    if (o->journal.replay && o->journal.anew)
        return err_set(e, EX_USAGE, "--replay and --journal-anew exclude each other");
    o->journal.max_age_ms = (o->max_age_s > 0 ? o->max_age_s : JOURNAL_AGE_S) * 1000;
    if (o->plan.check && o->journal.path != NULL)
        return err_set(e, EX_USAGE, "--check asks the server: it goes with no --journal");
    if (o->plan.check && (plan_reads(&o->plan) || !plan_connects(&o->plan)))
        return err_set(e, EX_USAGE, "--check reads no stream: name the parents of the resources as well");
    if (!o->list && plan_reads(&o->plan) && isatty(STDIN_FILENO))
        return err_set(e, EX_USAGE, "%s, and standard input is a terminal",
            o->plan.piped ? "'-' reads a stream" : "a resource is named without its parent");
    return 0;
}
