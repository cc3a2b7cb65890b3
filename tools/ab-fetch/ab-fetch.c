/*
 * ab-fetch: the resources of an Airbyte server as an airbyte-raw/1 stream (ab-fetch(1)).
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "confine.h"
#include "endpoint.h"
#include "http.h"
#include "options.h"
#include "out.h"
#include "resume.h"
#include "run.h"
#include "setting.h"
#include "sha256.h"
#include "startup.h"
#include "tempfile.h"
#include "version.h"

/* "2026-11-22T20:00:00Z" and a NUL. */
#define TIME_TEXT 21

static int start_time(char text[TIME_TEXT], struct err *e)
{
    struct timespec now;
    struct tm tm;

    if (setting_time(&now, e) < 0)
        return -1;
    if (gmtime_r(&now.tv_sec, &tm) == NULL || strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return err_set(e, EX_OSERR, "the time of the run cannot be written");
    return 0;
}

static int print_list(struct err *e)
{
    struct buf text;
    int r;

    buf_init(&text, 64 << 10);
    endpoint_print(&text);
    r = buf_cstr(&text) != NULL ? out_print(e, text.data, NULL) : err_set(e, EX_OSERR, "no memory for the list");
    buf_release(&text);
    return r;
}

/* Where to fetch from: what the settings say, or, with a journal that is replayed, what that says. */
static int find_base(const struct options *o, const struct journal *journal, struct baseurl *base, struct err *e)
{
    if (o->journal.replay)
        return baseurl_parse(base, journal->source, NULL, NULL, true, e);
    return baseurl_from_env(base, o->domain_url, o->insecure_http, e);
}

/* Who asks, and where, into ${hex}: a digest, for the client id is nobody's concern. */
static void find_asker(const struct baseurl *base, char hex[SHA256_HEX])
{
    const char *const parts[] = {
        setting_text("BATON_AIRBYTE_CLIENT_ID"), base->public_base, base->config_base, AB_VERSION};
    struct sha256 s;

    sha256_init(&s);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *part = parts[i] != NULL ? parts[i] : "";

        sha256_add(&s, part, strlen(part) + 1); /* with its NUL, which ends it */
    }
    sha256_hex(&s, hex);
}

/* Have a journal that this run may take up, or an empty one. */
static int begin_journal(const struct run_options *o, struct err *e)
{
    char asker[SHA256_HEX];

    find_asker(o->base, asker);
    if (journal_claim(o->journal, o->base->source, asker, e) < 0 || resume_check(o, e) < 0)
        return -1;
    return journal_begin(o->journal, o->base->source, asker, o->started_at, e);
}

/* With answers, from the server or a journal. */
static int fetch_answers(struct options *o, struct run_options *run_options, struct err *e)
{
    struct baseurl base = {0};
    int r = -1;

    if (http_global_init(e) < 0)
        return -1;
    o->token.deadline_ms = run_options->deadline_ms;
    run_options->base = &base;
    run_options->token = &o->token;
    if (http_trust(o->cacert, e) == 0 && find_base(o, run_options->journal, &base, e) == 0 &&
        begin_journal(run_options, e) == 0)
        r = run_fetch(run_options, e);
    baseurl_release(&base);
    source_release(&o->token);
    http_global_cleanup();
    return r;
}

/* From here on: the network, and of files what the settings name. */
static void give_up_files(const struct options *o)
{
    char *journal = o->journal.path != NULL ? strdup(o->journal.path) : NULL;
    struct confine c;

    confine_begin(&c, "ab-fetch");
    confine_read(&c, o->cacert);
    confine_read(&c, setting_text("SSL_CERT_FILE"));
    confine_read(&c, setting_text("SSL_CERT_DIR"));
    if (o->token.kind == SOURCE_FILE)
        confine_read(&c, o->token.command);
    if (journal != NULL)
        confine_write(&c, dirname(journal));
    confine_write(&c, tempfile_dir());
    confine_enter(&c);
    free(journal);
}

/* The token's source is made ready first: it may have to start a program, which later nothing here may. */
static int prepare(struct options *o, struct err *e)
{
    o->token.domain_url = o->domain_url;
    o->token.cacert = o->cacert;
    o->token.insecure_http = o->insecure_http;
    if (plan_connects(&o->plan) && source_prepare(&o->token, e) < 0)
        return -1;
    give_up_files(o);
    return 0;
}

static int fetch(struct options *o, struct err *e)
{
    char started_at[TIME_TEXT];
    struct journal journal;
    struct run_options run_options = {
        .plan = o->plan,
        .jobs = (unsigned)o->jobs,
        .deadline_ms = o->deadline_s > 0 ? clock_mono_ms() + o->deadline_s * 1000 : 0,
        .journal = &journal,
        .started_at = started_at,
        .in = STDIN_FILENO,
        .out = STDOUT_FILENO,
    };
    int r;

    if (prepare(o, e) < 0)
        return -1;
    r = journal_open(&journal, &o->journal, e);
    if (r == 0)
        r = start_time(started_at, e);
    if (r == 0)
        r = plan_connects(&o->plan) ? fetch_answers(o, &run_options, e) : run_fetch(&run_options, e);
    journal_close(&journal);
    return r;
}

int main(int argc, char **argv)
{
    struct options o;
    struct err e = {0};
    int r;

    startup_begin("ab-fetch");
    options_init(&o);
    r = option_parse(&options_set, &o, argc, argv, &e);
    if (r == 0)
        r = options_check(&o, argc - optind, argv + optind, &e);
    if (r == 0)
        r = o.list ? print_list(&e) : fetch(&o, &e);
    return option_end(&options_set, r, &e);
}
