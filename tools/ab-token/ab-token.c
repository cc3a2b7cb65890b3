/*
 * ab-token: trade a client id and secret for an access token of the Airbyte API.
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "confine.h"
#include "http.h"
#include "once.h"
#include "option.h"
#include "requests.h"
#include "secret.h"
#include "setting.h"
#include "startup.h"

/* The longest time that an option takes, in seconds: a year. */
#define SECONDS_MAX ((int64_t)365 * 86400)

static const char usage_text[] = "usage: ab-token [--json | --serve] [--min-ttl SECONDS]\n"
                                 "                [--cache FILE | --no-cache] [--client-id ID]\n"
                                 "                [--client-secret-file FILE] [--domain-url URL]\n"
                                 "                [--cacert FILE] [--deadline SECONDS] [--insecure-http]\n"
                                 "                [--log-level LEVEL] [--log-format FORMAT]\n";

static const char help_text[] = "Trade a client id and secret for an access token of the Airbyte API, and print\n"
                                "it.\n"
                                "\n"
                                "      --json            print one line of JSON with the token and when it\n"
                                "                        expires\n"
                                "      --serve           answer each line 'get', 'renew' or 'renew-config' of\n"
                                "                        standard input by such a line\n"
                                "      --min-ttl SECONDS what a token in hand must still last (default: 30, or\n"
                                "                        half its life)\n"
                                "      --cache FILE      keep the token in FILE (default: a file in\n"
                                "                        $XDG_RUNTIME_DIR)\n"
                                "      --no-cache        neither read nor keep a token\n"
                                "      --client-id ID    the application (default: BATON_AIRBYTE_CLIENT_ID)\n"
                                "      --client-secret-file FILE\n"
                                "                        file that holds its secret, '-' for standard input\n"
                                "                        (default: BATON_AIRBYTE_CLIENT_SECRET, or\n"
                                "                        $CREDENTIALS_DIRECTORY/airbyte-client-secret)\n"
                                "      --domain-url URL  where Airbyte is (default: BATON_DOMAIN_URL)\n"
                                "      --cacert FILE     certificates to trust (default: SSL_CERT_FILE, or the\n"
                                "                        system's)\n"
                                "      --deadline SECONDS\n"
                                "                        give up after this time\n"
                                "      --insecure-http   allow http to other machines\n" OPTION_HELP;

/* What the command line says. Times are -1 and strings NULL when it says nothing. */
struct settings {
    struct once_options once;
    bool serve, insecure_http;
    int64_t min_ttl_s, deadline_s;
    const char *client_id, *secret_file, *domain_url, *cacert;
};

enum {
    OPT_JSON = OPTION_OWN,
    OPT_SERVE,
    OPT_MIN_TTL,
    OPT_CACHE,
    OPT_NO_CACHE,
    OPT_CLIENT_ID,
    OPT_SECRET_FILE,
    OPT_SECRET,
    OPT_DOMAIN_URL,
    OPT_CACERT,
    OPT_DEADLINE,
    OPT_INSECURE_HTTP,
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
    {"cacert", required_argument, NULL, OPT_CACERT},
    {"deadline", required_argument, NULL, OPT_DEADLINE},
    {"insecure-http", no_argument, NULL, OPT_INSECURE_HTTP},
    OPTION_ROWS,
};

/* Take an option that has an argument. */
static int take_argument(struct settings *s, int option, const char *argument, struct err *e)
{
    switch (option) {
    case OPT_MIN_TTL:
        return option_number("--min-ttl", argument, 0, SECONDS_MAX, &s->min_ttl_s, e);
    case OPT_DEADLINE:
        return option_number("--deadline", argument, 1, SECONDS_MAX, &s->deadline_s, e);
    case OPT_CACHE:
        s->once.cache = argument;
        return *argument != '\0' ? 0 : err_set(e, EX_USAGE, "--cache needs the name of a file");
    case OPT_CLIENT_ID:
        s->client_id = argument;
        return 0;
    case OPT_SECRET_FILE:
        s->secret_file = argument;
        return 0;
    case OPT_DOMAIN_URL:
        s->domain_url = argument;
        return 0;
    default:
        s->cacert = argument;
        return *argument != '\0' ? 0 : err_set(e, EX_USAGE, "--cacert needs the name of a file");
    }
}

static int take_option(void *settings, int option, const char *argument, struct err *e)
{
    struct settings *s = settings;

    switch (option) {
    case OPT_JSON:
        s->once.json = true;
        return 0;
    case OPT_SERVE:
        s->serve = true;
        return 0;
    case OPT_NO_CACHE:
        s->once.no_cache = true;
        return 0;
    case OPT_INSECURE_HTTP:
        s->insecure_http = true;
        return 0;
    case OPT_SECRET:
        return err_set(
            e, EX_USAGE, "a secret in an argument can be read by everybody on this machine: use --client-secret-file");
    default:
        return take_argument(s, option, argument, e);
    }
}

static const struct option_set command_line = {
    .name = "ab-token",
    .usage = usage_text,
    .examples = "  ab-token --client-secret-file ~/.config/airbyte-secret\n"
                "  pass show airbyte/secret | ab-token --client-secret-file - --json\n",
    .help = help_text,
    .letters = "",
    .rows = long_options,
    .take = take_option,
};

/* What can only be judged when all of the command line is known. */
static int check_settings(struct settings *s, int operands, struct err *e)
{
    if (operands > 0)
        return err_set(e, EX_USAGE, "there is an argument too many (its text is not shown, it may be a secret)");
    if (s->once.cache != NULL && s->once.no_cache)
        return err_set(e, EX_USAGE, "--cache and --no-cache exclude each other");
    if (s->serve && secret_on_stdin(s->secret_file))
        return err_set(e, EX_USAGE, "--serve reads requests from standard input, so the secret cannot come from there");
    s->once.min_ttl_ms = s->min_ttl_s >= 0 ? s->min_ttl_s * 1000 : -1;
    s->once.ask = tokenline_ask_from_env();
    return 0;
}

/* The client id: of the option, else of the environment. */
static int find_client_id(const char *option, const char **id, struct err *e)
{
    bool given = option != NULL && *option != '\0';

    *id = given ? option : setting_text("BATON_AIRBYTE_CLIENT_ID");
    if (*id == NULL)
        return err_set(e, EX_CONFIG, "the client id is not set: use --client-id or BATON_AIRBYTE_CLIENT_ID");
    return secret_check_text(*id, strlen(*id), given ? "the client id of --client-id" : "BATON_AIRBYTE_CLIENT_ID", e);
}

/* All that is done once the settings are known to be sound. */
static int give_tokens(const struct settings *s, const struct minter *m, struct err *e)
{
    int r;

    if (http_global_init(e) < 0)
        return -1;
    if (s->serve)
        r = requests_serve(m, s->once.min_ttl_ms, STDIN_FILENO, STDOUT_FILENO, e);
    else
        r = once_print(&s->once, m, e);
    http_global_cleanup();
    return r;
}

static int run_token(const struct settings *s, struct err *e)
{
    static const struct secret_place place = {"BATON_AIRBYTE_CLIENT_SECRET", "airbyte-client-secret"};
    struct secret secret = {0};
    struct baseurl url = {0};
    struct minter m = {.url = &url, .secret = &secret, .deadline_ms = s->deadline_s * 1000};
    int r = secret_read(&secret, &place, s->secret_file, e);

    if (r == 0)
        r = find_client_id(s->client_id, &m.client_id, e);
    if (r == 0)
        r = baseurl_from_env(&url, s->domain_url, s->insecure_http, e);
    if (r == 0)
        r = give_tokens(s, &m, e);
    secret_wipe(&secret);
    baseurl_release(&url);
    return r;
}

/* From here on: the network, and of files what the settings name. */
static void give_up_files(const struct settings *s)
{
    const char *cache = s->once.cache != NULL ? s->once.cache : setting_text("XDG_RUNTIME_DIR");
    char *copy = cache != NULL && !s->serve && !s->once.no_cache ? strdup(cache) : NULL;
    struct confine c;

    confine_begin(&c, "ab-token");
    confine_use(&c, "/dev/tty");
    confine_read(&c, s->secret_file);
    confine_read(&c, setting_text("CREDENTIALS_DIRECTORY"));
    if (copy != NULL)
        confine_write(&c, s->once.cache != NULL ? dirname(copy) : copy);
    confine_enter(&c);
    free(copy);
}

int main(int argc, char *argv[])
{
    struct settings s = {.min_ttl_s = -1};
    struct err e = {0};
    int r;

    startup_begin("ab-token");
    /* A core file would hold the secret. */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    r = option_parse(&command_line, &s, argc, argv, &e);
    if (r == 0)
        r = check_settings(&s, argc - optind, &e);
    if (r == 0)
        r = http_trust(s.cacert, &e);
    if (r == 0) {
        give_up_files(&s);
        r = run_token(&s, &e);
    }
    return option_end(&command_line, r, &e);
}
