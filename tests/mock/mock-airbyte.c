/*
 * mock-airbyte: an Airbyte server for tests, the demo and the benchmarks.
 *
 * Behaves as reference/airbyte-api.md describes, for the tenant of a file. The port, which the kernel chooses, is the
 * first line on standard output. Ends on SIGTERM or SIGINT, and when the process that started it ends.
 */
#include "server.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#define PROGRAM "mock-airbyte"

static const char usage_line[] =
    "usage: " PROGRAM
    " --tenant FILE [--caller ID] [--release R] [--profile P] [--token-life S] [--expires-in S] [--opaque-tokens]\n"
    "           [--clock-offset S] [--wrong-credentials 400|401|500] [--auth-off]\n"
    "           [--missing 403|404] [--no-public-token] [--public-token-posts 401|403]\n"
    "           [--plural-admins] [--cloud-paths] [--overlap]\n"
    "           [--log FILE] [--tls-cert FILE --tls-key FILE] [--fault 'WHERE N ACTION']...\n";

static const char help_text[] =
    "\n"
    "  --tenant FILE            the organizations, workspaces, users and permissions to serve\n"
    "  --caller ID              the application's owner, in place of the one that FILE names\n"
    "  --release R              1.0, 1.8, 2.0, 2.1 or head, in place of the one that FILE names\n"
    "  --profile P              cloud-pro, cloud-standard, community or enterprise: edition, entitlements and paths\n"
    "  --token-life S           how long a token is good for (900)\n"
    "  --expires-in S           what the answer with the token claims (the truth)\n"
    "  --opaque-tokens          tokens that are no JWTs\n"
    "  --clock-offset S         the server's clock is S seconds ahead of this machine's (0)\n"
    "  --wrong-credentials N    the status for them (400)\n"
    "  --auth-off               a server without authentication\n"
    "  --missing N              the status of endpoints that are not there (403)\n"
    "  --no-public-token        the public token endpoint is not there\n"
    "  --public-token-posts N   the status of config calls with a token of the public form\n"
    "  --plural-admins          the list of instance admins is at its plural path only\n"
    "  --cloud-paths            serve the public API under /v1 as well\n"
    "  --overlap                pages of the public list of workspaces overlap and have no order\n"
    "  --log FILE               a JSON line for each request\n"
    "  --tls-cert FILE          serve by TLS with this certificate\n"
    "  --tls-key FILE           and this key\n"
    "  --fault 'WHERE N ACT'    the N-th request (3, 2-5, 2- or *) that WHERE fits meets ACT. WHERE is the end of a "
    "path\n"
    "                           or *, then ?TEXT if TEXT must be in query or body. ACT is one of status=S\n"
    "                           [,retry-after=TEXT][,location=URL], echo=S, unlicensed, html, body=FILE[,status=S],\n"
    "                           cache, reset, loop, cap=N, overlap=N, shrink=N, omit=TEXT, without=MEMBER, ids,\n"
    "                           next=URL, utf8, duplicate, deep=N, pad=N, gzip, bomb=N, delay=MS, hold=FIFO,\n"
    "                           header=LINE, cut, stall, drip=MS, headers=N, trailers=N\n"
    "  -h, --help               this text\n"
    "  -v, --version            the version\n";

/* What a plan has: with ${sold}, each organization is entitled to all there is, else to what the tenant file says. */
struct profile {
    const char *name, *edition;
    bool cloud_paths, sets_entitlements, sold;
};

static const struct profile profiles[] = {
    {"cloud-pro", "cloud", true, true, true},
    {"cloud-standard", "cloud", true, true, false},
    {"community", "community", false, true, false},
    {"enterprise", "enterprise", false, false, false},
};

struct options {
    const char *tenant, *log, *caller, *tls_cert, *tls_key;
    const struct profile *profile; /* NULL: as the tenant file has it */
    enum release release;
    bool release_given;
    int64_t token_life_s, clock_offset_s;
    bool opaque_tokens;
    struct api api;
    struct faults faults;
};

static int usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *fmt, ...)
{
    va_list ap;

    fputs(PROGRAM ": ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n%s", usage_line);
    return EX_USAGE;
}

static bool parse_number(const char *text, int64_t min, int64_t max, int64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoll(text, &end, 10);
    return *text && !*end && !errno && *value >= min && *value <= max;
}

/* A status that is one of three (the last may be repeated). */
static bool parse_choice(const char *text, unsigned a, unsigned b, unsigned c, unsigned *value)
{
    int64_t n;

    if (!parse_number(text, 0, 999, &n))
        return false;
    *value = (unsigned)n;
    return *value == a || *value == b || *value == c;
}

/* Flush and close standard output: nothing comes after the port, and who waits for the end of file shall see it. */
static int finish_stdout(void)
{
    if (fclose(stdout) == 0)
        return EX_OK;
    fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n", strerror(errno));
    return EX_IOERR;
}

enum long_option {
    OPT_TENANT = 256,
    OPT_TOKEN_LIFE,
    OPT_EXPIRES_IN,
    OPT_OPAQUE_TOKENS,
    OPT_CLOCK_OFFSET,
    OPT_WRONG_CREDENTIALS,
    OPT_AUTH_OFF,
    OPT_MISSING,
    OPT_NO_PUBLIC_TOKEN,
    OPT_CALLER,
    OPT_RELEASE,
    OPT_PROFILE,
    OPT_PUBLIC_TOKEN_POSTS,
    OPT_PLURAL_ADMINS,
    OPT_TLS_CERT,
    OPT_TLS_KEY,
    OPT_CLOUD_PATHS,
    OPT_OVERLAP,
    OPT_LOG,
    OPT_FAULT,
};

static const struct option long_options[] = {
    {"tenant", required_argument, NULL, OPT_TENANT},
    {"token-life", required_argument, NULL, OPT_TOKEN_LIFE},
    {"expires-in", required_argument, NULL, OPT_EXPIRES_IN},
    {"opaque-tokens", no_argument, NULL, OPT_OPAQUE_TOKENS},
    {"clock-offset", required_argument, NULL, OPT_CLOCK_OFFSET},
    {"wrong-credentials", required_argument, NULL, OPT_WRONG_CREDENTIALS},
    {"auth-off", no_argument, NULL, OPT_AUTH_OFF},
    {"missing", required_argument, NULL, OPT_MISSING},
    {"no-public-token", no_argument, NULL, OPT_NO_PUBLIC_TOKEN},
    {"caller", required_argument, NULL, OPT_CALLER},
    {"release", required_argument, NULL, OPT_RELEASE},
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"public-token-posts", required_argument, NULL, OPT_PUBLIC_TOKEN_POSTS},
    {"tls-cert", required_argument, NULL, OPT_TLS_CERT},
    {"tls-key", required_argument, NULL, OPT_TLS_KEY},
    {"plural-admins", no_argument, NULL, OPT_PLURAL_ADMINS},
    {"cloud-paths", no_argument, NULL, OPT_CLOUD_PATHS},
    {"overlap", no_argument, NULL, OPT_OVERLAP},
    {"log", required_argument, NULL, OPT_LOG},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* An option that is a switch. */
static bool set_switch(struct options *o, int option)
{
    switch (option) {
    case OPT_OPAQUE_TOKENS:
        return o->opaque_tokens = true;
    case OPT_AUTH_OFF:
        return o->api.auth_off = true;
    case OPT_NO_PUBLIC_TOKEN:
        return o->api.no_public_token = true;
    case OPT_PLURAL_ADMINS:
        return o->api.plural_admins = true;
    case OPT_CLOUD_PATHS:
        return o->api.cloud_paths = true;
    case OPT_OVERLAP:
        return o->api.overlap = true;
    default:
        return false;
    }
}

static const struct profile *find_profile(const char *name)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

/* An option with a value. Return NULL, or what is wrong with the value. */
static const char *set_value(struct options *o, int option, const char *value)
{
    static const int64_t year_s = 366 * 86400;

    switch (option) {
    case OPT_TENANT:
        o->tenant = value;
        return NULL;
    case OPT_LOG:
        o->log = value;
        return NULL;
    case OPT_TLS_CERT:
        o->tls_cert = value;
        return NULL;
    case OPT_TLS_KEY:
        o->tls_key = value;
        return NULL;
    case OPT_CALLER:
        o->caller = value;
        return NULL;
    case OPT_RELEASE:
        o->release_given = release_parse(value, &o->release);
        return o->release_given ? NULL : "expected 1.0, 1.8, 2.0, 2.1 or head";
    case OPT_PROFILE:
        o->profile = find_profile(value);
        return o->profile ? NULL : "expected cloud-pro, cloud-standard, community or enterprise";
    case OPT_PUBLIC_TOKEN_POSTS:
        return parse_choice(value, 401, 403, 403, &o->api.public_token_posts) ? NULL : "expected 401 or 403";
    case OPT_TOKEN_LIFE:
        return parse_number(value, 0, year_s, &o->token_life_s) ? NULL : "a life is a number of seconds";
    case OPT_EXPIRES_IN:
        return parse_number(value, 0, year_s, &o->api.expires_in_s) ? NULL : "expected a number of seconds";
    case OPT_CLOCK_OFFSET:
        return parse_number(value, -year_s, year_s, &o->clock_offset_s) ? NULL : "expected a number of seconds";
    case OPT_WRONG_CREDENTIALS:
        return parse_choice(value, 400, 401, 500, &o->api.wrong_credentials) ? NULL : "expected 400, 401 or 500";
    case OPT_MISSING:
        return parse_choice(value, 403, 404, 404, &o->api.missing) ? NULL : "expected 403 or 404";
    default:
        return fault_add(&o->faults, value);
    }
}

/* Return -1 to go on, or the exit status. */
static int parse_options(struct options *o, int argc, char **argv)
{
    const char *wrong;
    int option;

    while ((option = getopt_long(argc, argv, ":hv", long_options, NULL)) != -1) {
        if (option == 'h') {
            printf("%s%s", usage_line, help_text);
            return finish_stdout();
        }
        if (option == 'v') {
            puts(PROGRAM " " AB_VERSION);
            return finish_stdout();
        }
        if (option == '?' || option == ':')
            return usage(option == '?' ? "unknown option '%s'" : "option '%s' needs a value", argv[optind - 1]);
        if (set_switch(o, option))
            continue;
        wrong = set_value(o, option, optarg);
        if (wrong)
            return usage("'%s': %s", optarg, wrong);
    }
    if (optind < argc)
        return usage("unexpected argument '%s'", argv[optind]);
    if (!o->tenant)
        return usage("--tenant is needed");
    if (!o->tls_cert != !o->tls_key)
        return usage("--tls-cert and --tls-key go together");
    if (o->tls_cert && fault_needs_socket(&o->faults))
        return usage("reset, stall, drip, headers and trailers are not for TLS");
    return -1;
}

/* Ask for SIGTERM when the parent, which was ${parent} at the start, ends. Return whether it is still there. */
static bool follow_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

/* Add the contents of ${file} to ${t}. Return whether they could be read; a message has said so if not. */
static bool read_file(const char *file, struct piece *t)
{
    char chunk[4096];
    FILE *in = fopen(file, "re");
    size_t n;

    if (!in) {
        fprintf(stderr, PROGRAM ": cannot open '%s': %s\n", file, strerror(errno));
        return false;
    }
    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        piece_add(t, chunk, n);
    fclose(in);
    return true;
}

static int serve_until(const sigset_t *ends, struct server *server)
{
    int signal_number;

    printf("%" PRIu16 "\n", server->port);
    if (finish_stdout() != EX_OK) {
        server_stop(server);
        return EX_IOERR;
    }
    sigwait(ends, &signal_number);
    server_stop(server);
    return EX_OK;
}

static int run(const struct options *o, struct faults *faults, int log_fd, const sigset_t *ends)
{
    struct piece certificate = {0}, key = {0};
    struct server server;
    int status = EX_NOINPUT;

    if (!o->tls_cert || (read_file(o->tls_cert, &certificate) && read_file(o->tls_key, &key))) {
        struct server_tls tls = {certificate.data, key.data};

        if (server_start(&server, &o->api, faults, log_fd, o->tls_cert ? &tls : NULL)) {
            fprintf(stderr, PROGRAM ": cannot listen on 127.0.0.1: %s\n",
                errno ? strerror(errno) : "the certificate or the key is none");
            status = EX_OSERR;
        } else {
            status = serve_until(ends, &server);
        }
    }
    piece_release(&certificate);
    piece_release(&key);
    return status;
}

/* What the command line says over what the tenant file says. */
static void apply_profile(struct options *o, struct tenant *t)
{
    const struct profile *p = o->profile;

    if (o->release_given)
        t->release = o->release;
    if (!p)
        return;
    tenant_set_edition(t, p->edition);
    o->api.cloud_paths |= p->cloud_paths;
    for (size_t i = 0; i < t->n_organizations && p->sets_entitlements; i++)
        t->organizations[i].has_groups = t->organizations[i].has_audit = p->sold;
}

static int serve(struct options *o, const sigset_t *ends)
{
    struct tenant_problem problem;
    struct tokens tokens;
    struct tenant tenant;
    int log_fd = -1, status;

    if (tenant_read(&tenant, o->tenant, o->caller, &problem)) {
        fprintf(stderr, PROGRAM ": %s\n", problem.text);
        tenant_release(&tenant);
        return problem.status;
    }
    if (o->log && (log_fd = open(o->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) < 0) {
        fprintf(stderr, PROGRAM ": cannot open '%s': %s\n", o->log, strerror(errno));
        tenant_release(&tenant);
        return EX_CANTCREAT;
    }
    apply_profile(o, &tenant);
    if (o->api.auth_off)
        tenant_open(&tenant);
    tokens_init(&tokens, o->token_life_s, o->clock_offset_s, o->opaque_tokens);
    o->api.tenant = &tenant;
    o->api.tokens = &tokens;
    status = run(o, &o->faults, log_fd, ends);
    tokens_release(&tokens);
    tenant_release(&tenant);
    if (log_fd >= 0 && close(log_fd) && status == EX_OK)
        status = EX_IOERR;
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {.token_life_s = 900, .api = {.expires_in_s = -1, .wrong_credentials = 400, .missing = 403}};
    pid_t parent = getppid();
    sigset_t ends;
    int status;

    fault_init(&o.faults);
    status = parse_options(&o, argc, argv);
    if (status < 0) {
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        /* Before any thread starts, so that all of them have it; a shell's background job starts with SIGINT ignored. */
        pthread_sigmask(SIG_BLOCK, &ends, NULL);
        signal(SIGINT, SIG_DFL);
        signal(SIGPIPE, SIG_IGN);
        status = follow_parent(parent) ? serve(&o, &ends) : EX_OK;
    }
    fault_release(&o.faults);
    return status;
}
