#include "map.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "log.h"
#include "logonce.h"
#include "out.h"
#include "pool.h"
#include "progress.h"
#include "sha256.h"
#include "version.h"

/*
 * ${filter} is the text of the filter; ${stages_told} how much the input's stages had changed (stages.h) when the begin
 * line was written.
 */
struct map {
    const char *filter;
    struct frame_reader in;
    struct out out;
    struct pool *pool;
    struct logonce logs;
    uint64_t records;
    uint64_t stages_told;
};

/* The stages of the output into ${s}: those of the input and this program, with the hash of its filter's text. */
static int add_stages(const struct map *m, struct stages *s, struct err *e)
{
    char hex[SHA256_HEX], stage[256];
    struct sha256 sum;

    sha256_init(&sum);
    sha256_add(&sum, m->filter, strlen(m->filter));
    sha256_hex(&sum, hex);
    snprintf(
        stage, sizeof(stage), "{\"tool\":\"ab-map\",\"version\":\"%s\",\"filter\":\"sha256:%s\"}", AB_VERSION, hex);
    return stages_copy(s, &m->in.stages, e) < 0 ? -1 : stages_add(s, stage, e);
}

static int put_begin(struct map *m, struct err *e)
{
    struct stages stages;
    int r;

    stages_init(&stages);
    m->stages_told = m->in.stages.changes;
    r = add_stages(m, &stages, e);
    if (r == 0)
        r = frame_begin(&m->out, FRAME_RECORDS, m->in.source, m->in.started_at, &stages, e);
    stages_release(&stages);
    return r;
}

/* The end line, with the stages if further streams of the input have brought more. */
static int put_end(struct map *m, struct err *e)
{
    bool more = m->in.stages.changes != m->stages_told;
    struct stages stages;
    int r = 0;

    stages_init(&stages);
    if (more)
        r = add_stages(m, &stages, e);
    if (r == 0)
        r = frame_end(&m->out, m->records, m->in.gaps, more ? &stages : NULL, e);
    stages_release(&stages);
    return r;
}

/* Write what became of ${b}: up to the line that failed, if one did. */
static int put_batch(struct map *m, const struct batch *b, struct err *e)
{
    struct filter_log log;
    size_t at = 0;

    while (filter_next_log(&b->results, &at, &log))
        logonce(&m->logs, log.level, log.msg, log.fields, log.n_fields);
    m->records += b->results.records;
    if (progress_due())
        progress_tell("lines=%" PRIu64, m->records);
    if (b->results.lines.len > 0 && out_write(&m->out, b->results.lines.data, b->results.lines.len, e) < 0)
        return -1;
    if (b->err.status == 0)
        return 0;
    *e = b->err;
    return err_context(e, "%s", m->in.lines.name);
}

/* Have the begun batch mapped, wait for all, and write everything: nothing is held back while the input rests. */
static int drain(struct map *m, struct err *e)
{
    struct batch *b = pool_take(m->pool);

    if (b != NULL && b->n > 0)
        pool_submit(m->pool);
    while ((b = pool_collect(m->pool)) != NULL)
        if (put_batch(m, b, e) < 0)
            return -1;
    return out_flush(&m->out, e);
}

/* Have a full batch mapped, and write those that are done. */
static int submit(struct map *m, struct err *e)
{
    pool_submit(m->pool);
    while (pool_done(m->pool) || pool_take(m->pool) == NULL)
        if (put_batch(m, pool_collect(m->pool), e) < 0)
            return -1;
    return 0;
}

/* Whether the next line can be had without waiting for the producer, as far as one can know. */
static bool input_ready(const struct map *m)
{
    struct pollfd p = {.fd = m->in.lines.fd, .events = POLLIN};

    return lines_ready(&m->in.lines) || poll(&p, 1, 0) != 0;
}

static int add_line(struct map *m, const struct frame *f, struct err *e)
{
    struct batch *b = pool_take(m->pool);
    bool mapped = f->kind == FRAME_BEGIN || f->kind == FRAME_DATA;

    if (f->kind == FRAME_BEGIN && put_begin(m, e) < 0)
        return -1;
    if (pool_add(b, f->text, f->len, f->line, mapped, e) < 0)
        return -1;
    return pool_full(b) ? submit(m, e) : 0;
}

/*
 * Map all lines.  A failure of the input is reported after those of the lines before it, so that what is said and
 * written does not depend on how far the threads have come.
 */
static int pump(struct map *m, struct err *e)
{
    struct err input = {0};
    struct frame f;
    int n;

    for (;;) {
        if (!input_ready(m) && drain(m, e) < 0)
            return -1;
        n = frame_next(&m->in, &f, &input);
        if (n <= 0)
            break;
        if (add_line(m, &f, e) < 0)
            return -1;
    }
    if (drain(m, e) < 0)
        return -1;
    progress_tell("lines=%" PRIu64, m->records);
    if (n < 0)
        *e = input;
    return n;
}

int map_stream(const struct map_options *opt, int in, const char *name, int out, struct err *e)
{
    struct map m = {.filter = opt->filter.text};
    int r = -1;

    frame_open(&m.in, in, name, FRAME_RAW, false);
    out_init(&m.out, out, "standard output");
    m.pool = pool_new(&opt->filter, opt->threads, e);
    if (m.pool != NULL && pump(&m, e) == 0 && put_end(&m, e) == 0)
        r = out_close(&m.out, e);
    if (r == 0)
        log_debug("done", LOG_INT("lines", (int64_t)m.in.records), LOG_INT("records", (int64_t)m.records),
            LOG_INT("gaps", (int64_t)m.in.gaps));
    else if (m.out.pending.len > 0)
        /* The first failure is the one to report. */
        out_flush(&m.out, &(struct err){0});
    out_release(&m.out);
    pool_free(m.pool);
    logonce_release(&m.logs);
    frame_close(&m.in);
    return r;
}
