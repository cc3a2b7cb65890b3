/*
 * ab-token: trade a client id and secret for an access token of the Airbyte API.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cache.h"
#include "fds.h"
#include "http.h"
#include "log.h"
#include "mint.h"
#include "out.h"
#include "secret.h"
#include "serve.h"
#include "token.h"

/* The longest time that an option takes, in seconds: a year. */
#define SECONDS_MAX ((int64_t)365 * 86400)

static const char usage_line[] =
    "usage: ab-token [--json | --serve] [--min-ttl SECONDS] [--cache FILE | --no-cache] [--client-id ID]\n"
    "                [--client-secret-file FILE] [--domain-url URL] [--deadline SECONDS] [--insecure-http]\n"
    "                [--log-level LEVEL] [--log-format FORMAT]\n";

static const char help_text[] =
    "\n"
    "Trade a client id and secret for an access token of the Airbyte API, and print it.\n"
    "\n"
    "      --json                     print one line of JSON with the token and when it expires\n"
    "      --serve                    answer each line 'get' or 'renew' of standard input by such a line\n"
    "      --min-ttl SECONDS          what a token in hand must still last (default: 30, or half its life)\n"
    "      --cache FILE               keep the token in FILE (default: a file in $XDG_RUNTIME_DIR)\n"
    "      --no-cache                 neither read nor keep a token\n"
    "      --client-id ID             the application (default: BATON_AIRBYTE_CLIENT_ID)\n"
    "      --client-secret-file FILE  file that holds its secret, '-' for standard input (default:\n"
    "                                 BATON_AIRBYTE_CLIENT_SECRET, or $CREDENTIALS_DIRECTORY/airbyte-client-secret)\n"
    "      --domain-url URL           where Airbyte is (default: BATON_DOMAIN_URL)\n"
    "      --deadline SECONDS         give up after this time\n"
    "      --insecure-http            allow http to other machines\n"
    "      --log-level LEVEL          debug, info, warn or error (default: BATON_LOG_LEVEL, or info)\n"
    "      --log-format FORMAT        json or console (default: BATON_LOG_FORMAT, or console)\n"
    "  -h, --help                     print this help\n"
    "  -v, --version                  print the version\n";

/* What the command line says. Times are -1 and strings NULL when it says nothing. */
struct options {
    bool json, serve, no_cache, insecure_http;
    bool help, version;
    int64_t min_ttl_s, deadline_s;
    const char *cache, *client_id, *secret_file, *domain_url;
};

enum option_code {
    OPT_JSON = 256,
    OPT_SERVE,
    OPT_MIN_TTL,
    OPT_CACHE,
    OPT_NO_CACHE,
    OPT_CLIENT_ID,
    OPT_SECRET_FILE,
    OPT_SECRET,
    OPT_DOMAIN_URL,
    OPT_DEADLINE,
    OPT_INSECURE_HTTP,
    OPT_LOG_LEVEL,
    OPT_LOG_FORMAT,
};

static const struct option long_options[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"serve", no_argument, NULL, OPT_SERVE},
    {"min-ttl", required_argument, NULL, OPT_MIN_TTL},
    {"cache", required_argument, NULL, OPT_CACHE},
    {"no-cache", no_argument, NULL, OPT_NO_CACHE},
    {"client-id", required_argument, NULL, OPT_CLIENT_ID},
    {"client-secret-file", required_argument, NULL, OPT_SECRET_FILE},
    {"client-secret", optional_argument, NULL, OPT_SECRET},
    {"domain-url", required_argument, NULL, OPT_DOMAIN_URL},
    {"deadline", required_argument, NULL, OPT_DEADLINE},
    {"insecure-http", no_argument, NULL, OPT_INSECURE_HTTP},
    {"log-level", required_argument, NULL, OPT_LOG_LEVEL},
    {"log-format", required_argument, NULL, OPT_LOG_FORMAT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* Read a whole number of seconds from ${least} on. */
static int parse_seconds(const char *option, const char *arg, int64_t least, int64_t *seconds, struct err *e)
{
    int64_t n = 0;
    size_t len = strlen(arg);

    for (size_t i = 0; i < len && n <= SECONDS_MAX; i++)
        n = arg[i] >= '0' && arg[i] <= '9' ? n * 10 + (arg[i] - '0') : SECONDS_MAX + 1;
    if (len == 0 || n < least || n > SECONDS_MAX)
        return err_set(e, EX_USAGE, "%s needs a whole number of seconds from %lld to %lld", option, (long long)least,
            (long long)SECONDS_MAX);
    *seconds = n;
    return 0;
}

/* Refuse the argument at argv[optind-1], by its name alone: what follows a '=' may be a secret. */
static int refuse_option(char *const argv[], bool argument_missing, struct err *e)
{
    const char *arg = argv[optind - 1];

    if (optopt > 0 && optopt < 256)
        return err_set(e, EX_USAGE, "unknown option '-%c'", optopt);
    if (argument_missing)
        return err_set(e, EX_USAGE, "option '%.*s' needs an argument", (int)strcspn(arg, "="), arg);
    if (optopt != 0)
        return err_set(e, EX_USAGE, "option '%.*s' takes no argument", (int)strcspn(arg, "="), arg);
    return err_set(e, EX_USAGE, "unknown or ambiguous option '%.*s'", (int)strcspn(arg, "="), arg);
}

/* Take one option that has to do with where, as whom, and how long. */
static int take_setting(struct options *o, int c, struct err *e)
{
    switch (c) {
    case OPT_MIN_TTL:
        return parse_seconds("--min-ttl", optarg, 0, &o->min_ttl_s, e);
    case OPT_DEADLINE:
        return parse_seconds("--deadline", optarg, 1, &o->deadline_s, e);
    case OPT_CACHE:
        o->cache = optarg;
        return *optarg != '\0' ? 0 : err_set(e, EX_USAGE, "--cache needs the name of a file");
    case OPT_CLIENT_ID:
        o->client_id = optarg;
        return 0;
    case OPT_SECRET_FILE:
        o->secret_file = optarg;
        return 0;
    case OPT_SECRET:
        return err_set(
            e, EX_USAGE, "a secret in an argument can be read by everybody on this machine: use --client-secret-file");
    case OPT_DOMAIN_URL:
        o->domain_url = optarg;
        return 0;
    case OPT_LOG_LEVEL:
        return log_set_level(optarg, e);
    default:
        return log_set_format(optarg, e);
    }
}

/* Take one option. */
static int take_option(struct options *o, int c, char *const argv[], struct err *e)
{
    switch (c) {
    case 'h':
        o->help = true;
        return 0;
    case 'v':
        o->version = true;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case OPT_SERVE:
        o->serve = true;
        return 0;
    case OPT_NO_CACHE:
        o->no_cache = true;
        return 0;
    case OPT_INSECURE_HTTP:
        o->insecure_http = true;
        return 0;
    case '?':
    case ':':
        return refuse_option(argv, c == ':', e);
    default:
        return take_setting(o, c, e);
    }
}

static int parse_options(struct options *o, int argc, char *const argv[], struct err *e)
{
    int c;

    *o = (struct options){.min_ttl_s = -1};
    opterr = 0;
    while ((c = getopt_long(argc, argv, ":hv", long_options, NULL)) != -1) {
        if (take_option(o, c, argv, e) < 0)
            return -1;
        if (o->help || o->version)
            return 0;
    }
    if (optind < argc)
        return err_set(e, EX_USAGE, "there is an argument too many (its text is not shown, it may be a secret)");
    if (o->cache != NULL && o->no_cache)
        return err_set(e, EX_USAGE, "--cache and --no-cache exclude each other");
    if (o->serve && o->secret_file != NULL && strcmp(o->secret_file, "-") == 0)
        return err_set(e, EX_USAGE, "--serve reads requests from standard input, so the secret cannot come from there");
    return 0;
}

/* The client id: of the option, else of the environment. */
static int find_client_id(const char *option, const char **id, struct err *e)
{
    const char *variable = getenv("BATON_AIRBYTE_CLIENT_ID");
    bool given = option != NULL && *option != '\0';

    *id = given ? option : variable;
    if (*id == NULL || **id == '\0')
        return err_set(e, EX_CONFIG, "the client id is not set: use --client-id or BATON_AIRBYTE_CLIENT_ID");
    return secret_check_text(*id, strlen(*id), given ? "the client id of --client-id" : "BATON_AIRBYTE_CLIENT_ID", e);
}

/* Print the token, alone or as JSON, and close standard output. */
static int print_token(const struct token *t, bool json, struct err *e)
{
    struct buf line;
    struct out out;
    int r = -1;

    buf_init(&line, 4 * TOKEN_MAX);
    buf_reserve(&line, 2 * TOKEN_MAX);
    if (json)
        token_put_json(&line, t);
    else
        buf_append(&line, t->text, t->len);
    out_init(&out, STDOUT_FILENO, "standard output");
    if (line.failed)
        err_set(e, EX_OSERR, "no memory for the token");
    else if (out_line(&out, line.data, line.len, e) == 0)
        r = out_close(&out, e);
    out_release(&out);
    buf_wipe(&line);
    return r;
}

/* Whether the caller says that the last token it got from us was refused, so that a cached one is no help. */
static bool wants_fresh(void)
{
    const char *fresh = getenv("AB_TOKEN_FRESH");

    return fresh != NULL && strcmp(fresh, "1") == 0;
}

/* Get a token out of the cache or from the server. With a cache, one process asks the server and the others wait. */
static int get_token(const struct minter *m, struct cache *c, int64_t min_ttl_ms, struct token *t, struct err *e)
{
    int64_t until_ms = mint_until_ms(m);

    if (!c->open)
        return mint_token(m, until_ms, t, e);
    if (cache_lock(c, until_ms, e) < 0)
        return -1;
    if (!wants_fresh() && cache_read(c, m->secret, min_ttl_ms, t))
        return 0;
    if (mint_token(m, until_ms, t, e) < 0)
        return -1;
    cache_write(c, m->secret, t);
    return 0;
}

static int run_once(const struct options *o, const struct minter *m, int64_t min_ttl_ms, struct err *e)
{
    struct token t = {0};
    struct cache c = {.dir_fd = -1, .lock_fd = -1};
    int r = o->no_cache ? 0 : cache_open(&c, o->cache, m->url, m->client_id, e);

    if (r == 0)
        r = get_token(m, &c, min_ttl_ms, &t, e);
    /* The lock goes before the token is printed: standard output may be slow. */
    cache_close(&c);
    if (r == 0)
        r = print_token(&t, o->json, e);
    token_wipe(&t);
    return r;
}

/* All that is done once the settings are known to be sound. */
static int run_with(const struct options *o, const struct minter *m, struct err *e)
{
    int64_t min_ttl_ms = o->min_ttl_s >= 0 ? o->min_ttl_s * 1000 : -1;
    int r;

    if (http_global_init(e) < 0)
        return -1;
    if (o->serve)
        r = serve_requests(m, min_ttl_ms, STDIN_FILENO, STDOUT_FILENO, e);
    else
        r = run_once(o, m, min_ttl_ms, e);
    http_global_cleanup();
    return r;
}

static int run(const struct options *o, struct err *e)
{
    struct secret secret = {0};
    struct baseurl url = {0};
    struct minter m = {.url = &url, .secret = &secret, .deadline_ms = o->deadline_s * 1000};
    int r = secret_read(&secret, o->secret_file, e);

    if (r == 0)
        r = find_client_id(o->client_id, &m.client_id, e);
    if (r == 0)
        r = baseurl_from_env(&url, o->domain_url, o->insecure_http, e);
    if (r == 0)
        r = run_with(o, &m, e);
    secret_wipe(&secret);
    baseurl_release(&url);
    return r;
}

int main(int argc, char *argv[])
{
    struct options o;
    struct err e = {0};
    int r;

    fds_hold_standard();
    /* A core file would hold the secret. */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    log_init("ab-token");
    if (parse_options(&o, argc, argv, &e) < 0) {
        log_failure(&e);
        fputs(usage_line, stderr);
        return e.status;
    }
    if (o.help)
        r = out_print(&e, usage_line, help_text, NULL);
    else if (o.version)
        r = out_print(&e, "ab-token " AB_VERSION, "\n", NULL);
    else
        r = run(&o, &e);
    return r == 0 ? 0 : log_failure(&e);
}
