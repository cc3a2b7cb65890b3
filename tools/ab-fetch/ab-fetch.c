/*
 * ab-fetch: the resources of an Airbyte server as an airbyte-raw/1 stream (ab-fetch(1)).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "fds.h"
#include "http.h"
#include "log.h"
#include "options.h"
#include "out.h"
#include "retry.h"
#include "run.h"

/* "2026-11-22T20:00:00Z", and years of up to 12 digits. */
#define TIME_TEXT 40

/* The time of the run: SOURCE_DATE_EPOCH, else now. */
static int start_time(char text[TIME_TEXT], struct err *e)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t now = time(NULL);
    struct tm tm;
    char *end;

    if (epoch != NULL && *epoch != '\0') {
        errno = 0;
        now = (time_t)strtoll(epoch, &end, 10);
        if (errno != 0 || *end != '\0' || *epoch < '0' || *epoch > '9')
            return err_set(e, EX_CONFIG, "SOURCE_DATE_EPOCH is not a number of seconds");
    }
    if (gmtime_r(&now, &tm) == NULL || strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return err_set(e, EX_CONFIG, "SOURCE_DATE_EPOCH is out of range");
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

/* With the network: find out where to fetch from, and do so. */
static int fetch_online(struct options *o, struct run_options *run_options, struct err *e)
{
    struct baseurl base = {0};
    int r = -1;

    if (http_global_init(e) < 0)
        return -1;
    o->token.domain_url = o->domain_url;
    o->token.insecure_http = o->insecure_http;
    o->token.deadline_ms = run_options->deadline_ms;
    run_options->base = &base;
    run_options->token = &o->token;
    if (baseurl_from_env(&base, o->domain_url, o->insecure_http, e) == 0)
        r = run_fetch(run_options, e);
    baseurl_release(&base);
    source_release(&o->token);
    http_global_cleanup();
    return r;
}

static int fetch(struct options *o, struct err *e)
{
    char started_at[TIME_TEXT];
    struct run_options run_options = {
        .plan = o->plan,
        .jobs = o->jobs,
        .deadline_ms = o->deadline_s > 0 ? retry_now_ms() + o->deadline_s * 1000 : 0,
        .started_at = started_at,
        .in = STDIN_FILENO,
        .out = STDOUT_FILENO,
    };

    if (start_time(started_at, e) < 0)
        return -1;
    return plan_fetches(&o->plan) ? fetch_online(o, &run_options, e) : run_fetch(&run_options, e);
}

/* What can only be judged when all of the command line is known. */
static int check(const struct options *o, struct err *e)
{
    if (o->what == DO_FETCH && !plan_reads(&o->plan) && o->input_named)
        return err_set(e, EX_USAGE, "'-': standard input is not read, for the parents of all resources are fetched");
    if (o->what == DO_FETCH && plan_reads(&o->plan) && isatty(STDIN_FILENO))
        return err_set(e, EX_USAGE, "a resource is named without its parent, and standard input is a terminal");
    return 0;
}

static int work(struct options *o, struct err *e)
{
    switch (o->what) {
    case DO_HELP:
        return out_print(e, options_usage, options_help, NULL);
    case DO_VERSION:
        return out_print(e, "ab-fetch " AB_VERSION, "\n", NULL);
    case DO_LIST:
        return print_list(e);
    case DO_FETCH:
        break;
    }
    return fetch(o, e);
}

int main(int argc, char **argv)
{
    struct options o;
    struct err e = {0};

    fds_hold_standard();
    log_init("ab-fetch");
    if (options_parse(&o, argc, argv, &e) < 0 || check(&o, &e) < 0) {
        log_failure(&e);
        fputs(options_usage, stderr);
        return e.status;
    }
    return work(&o, &e) < 0 ? log_failure(&e) : 0;
}
