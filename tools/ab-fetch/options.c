#include "options.h"

#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "log.h"

#define JOBS_DEFAULT 4
#define PAGE_DEFAULT 100
#define PAGE_MAX 100 /* reference airbyte-api.md section 3.0.4 */
#define DEADLINE_MAX ((int64_t)365 * 86400)
#define FD_MAX 65535

const char options_usage[] =
    "usage: ab-fetch [-j N] [--page-size N] [--deadline SECONDS] [--domain-url URL] [--insecure-http]\n"
    "                [--token-fds R,W | --token-command COMMAND | --token-file FILE]\n"
    "                [--log-level LEVEL] [--log-format FORMAT] [RESOURCE ...]\n"
    "       ab-fetch --list\n";

const char options_help[] =
    "\n"
    "Print the resources of an Airbyte server as a raw stream: all of them, or those named (organization,\n"
    "organization_user, workspace, workspace_user, user).  Named without its parent, a resource is fetched for the\n"
    "parents in the raw stream on standard input, which passes through.\n"
    "\n"
    "  -j, --jobs N                 calls at a time on the config API, half as many on the public one (default: 4)\n"
    "      --page-size N            rows of a page, where there are pages (default: 100)\n"
    "      --deadline SECONDS       give up after this time\n"
    "      --list                   print the calls that are made and the roles that they need, and exit\n"
    "      --domain-url URL         where Airbyte is (default: BATON_DOMAIN_URL)\n"
    "      --insecure-http          allow http to other machines\n"
    "      --token-fds R,W          get tokens from an 'ab-token --serve' at these descriptors\n"
    "      --token-command COMMAND  get tokens from COMMAND, which prints what 'ab-token --json' prints\n"
    "      --token-file FILE        use the token in FILE, which cannot be renewed\n"
    "                               (default: run ab-token)\n"
    "      --log-level LEVEL        debug, info, warn or error (default: BATON_LOG_LEVEL, or info)\n"
    "      --log-format FORMAT      json or console (default: BATON_LOG_FORMAT, or console)\n"
    "  -h, --help                   print this help\n"
    "  -v, --version                print the version\n"
    "\n"
    "See ab-fetch(1), ab-raw(5), ab-token(1).\n";

enum option_code {
    OPT_PAGE_SIZE = 256,
    OPT_DEADLINE,
    OPT_LIST,
    OPT_DOMAIN_URL,
    OPT_INSECURE_HTTP,
    OPT_TOKEN_FDS,
    OPT_TOKEN_COMMAND,
    OPT_TOKEN_FILE,
    OPT_LOG_LEVEL,
    OPT_LOG_FORMAT,
};

static const struct option long_options[] = {
    {"jobs", required_argument, NULL, 'j'},
    {"page-size", required_argument, NULL, OPT_PAGE_SIZE},
    {"deadline", required_argument, NULL, OPT_DEADLINE},
    {"list", no_argument, NULL, OPT_LIST},
    {"domain-url", required_argument, NULL, OPT_DOMAIN_URL},
    {"insecure-http", no_argument, NULL, OPT_INSECURE_HTTP},
    {"token-fds", required_argument, NULL, OPT_TOKEN_FDS},
    {"token-command", required_argument, NULL, OPT_TOKEN_COMMAND},
    {"token-file", required_argument, NULL, OPT_TOKEN_FILE},
    {"log-level", required_argument, NULL, OPT_LOG_LEVEL},
    {"log-format", required_argument, NULL, OPT_LOG_FORMAT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* The digits at ${s} as a number up to ${max}; NULL if there are none or it is greater, else where they end. */
static const char *parse_digits(const char *s, int64_t max, int64_t *n)
{
    const char *start = s;

    for (*n = 0; *s >= '0' && *s <= '9'; s++) {
        *n = *n * 10 + (*s - '0');
        if (*n > max)
            return NULL;
    }
    return s > start ? s : NULL;
}

static int parse_number(const char *option, const char *arg, int64_t max, int64_t *n, struct err *e)
{
    const char *end = parse_digits(arg, max, n);

    if (end == NULL || *end != '\0' || *n < 1)
        return err_set(e, EX_USAGE, "%s needs a whole number from 1 to %lld", option, (long long)max);
    return 0;
}

/* "R,W": two open descriptors. */
static int parse_fds(struct source *t, const char *arg, struct err *e)
{
    int64_t r, w;
    const char *end = parse_digits(arg, FD_MAX, &r);

    if (end != NULL && *end == ',')
        end = parse_digits(end + 1, FD_MAX, &w);
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

static int take_token(struct options *o, enum source_kind kind, struct err *e)
{
    if (o->token.kind != SOURCE_SIBLING)
        return err_set(e, EX_USAGE, "only one of --token-fds, --token-command and --token-file may be given, and once");
    o->token.kind = kind;
    o->token.command = optarg;
    if (*optarg == '\0')
        return err_set(e, EX_USAGE, "an empty argument of a --token option");
    if (kind == SOURCE_FILE && strcmp(optarg, "-") == 0)
        return err_set(e, EX_USAGE, "--token-file cannot be standard input");
    return kind == SOURCE_FDS ? parse_fds(&o->token, optarg, e) : 0;
}

/* getopt's own complaint goes into ${e} instead of straight to standard error. */
static int bad_option(int c, char **argv, struct err *e)
{
    const char *arg = argv[optind - 1];

    if (c == ':')
        return err_set(e, EX_USAGE, "option '%.*s' needs an argument", (int)strcspn(arg, "="), arg);
    if (optopt > 0 && optopt < 256)
        return err_set(e, EX_USAGE, "unknown option '-%c'", optopt);
    return err_set(e, EX_USAGE, "unknown or ambiguous option '%.*s'", (int)strcspn(arg, "="), arg);
}

static int take_option(struct options *o, int c, char **argv, struct err *e)
{
    int64_t n = 0;
    int r = 0;

    switch (c) {
    case 'j':
        r = parse_number("--jobs", optarg, ENGINE_JOBS_MAX, &n, e);
        o->jobs = (unsigned)n;
        return r;
    case OPT_PAGE_SIZE:
        r = parse_number("--page-size", optarg, PAGE_MAX, &n, e);
        o->plan.page_size = (unsigned)n;
        return r;
    case OPT_DEADLINE:
        return parse_number("--deadline", optarg, DEADLINE_MAX, &o->deadline_s, e);
    case OPT_LIST:
        o->what = DO_LIST;
        return 0;
    case OPT_DOMAIN_URL:
        o->domain_url = optarg;
        return 0;
    case OPT_INSECURE_HTTP:
        o->insecure_http = true;
        return 0;
    case OPT_TOKEN_FDS:
        return take_token(o, SOURCE_FDS, e);
    case OPT_TOKEN_COMMAND:
        return take_token(o, SOURCE_COMMAND, e);
    case OPT_TOKEN_FILE:
        return take_token(o, SOURCE_FILE, e);
    case OPT_LOG_LEVEL:
        return log_set_level(optarg, e);
    case OPT_LOG_FORMAT:
        return log_set_format(optarg, e);
    case 'h':
        o->what = DO_HELP;
        return 0;
    case 'v':
        o->what = DO_VERSION;
        return 0;
    default:
        return bad_option(c, argv, e);
    }
}

/* One operand: a resource, or "-" for standard input, which says no more than the resources do. */
static int take_operand(struct options *o, const char *arg, struct err *e)
{
    enum resource r = resource_find((struct json_str){arg, strlen(arg)});

    if (strcmp(arg, "-") == 0) {
        o->input_named = true;
        return 0;
    }
    if (r == RESOURCE_NONE || !plan_offers(r))
        return err_set(e, EX_USAGE, "unknown resource '%s'; --list prints those that there are", arg);
    o->plan.asked[r] = true;
    return 0;
}

int options_parse(struct options *o, int argc, char **argv, struct err *e)
{
    int c;

    *o = (struct options){.jobs = JOBS_DEFAULT, .plan.page_size = PAGE_DEFAULT};
    opterr = 0;
    while ((c = getopt_long(argc, argv, ":j:hv", long_options, NULL)) != -1) {
        if (take_option(o, c, argv, e) < 0)
            return -1;
        if (o->what == DO_HELP || o->what == DO_VERSION)
            return 0;
    }
    for (; optind < argc; optind++)
        if (take_operand(o, argv[optind], e) < 0)
            return -1;
    plan_complete(&o->plan);
    return 0;
}
