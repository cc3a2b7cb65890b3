#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "expand.h"
#include "load.h"
#include "log.h"
#include "publish.h"
#include "retain.h"
#include "store.h"
#include "tempfile.h"

static int open_input(const char *input, struct err *e)
{
    int fd;

    if (strcmp(input, "-") == 0)
        return STDIN_FILENO;
    fd = open(input, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, errno == ENOENT ? EX_NOINPUT : EX_IOERR, "cannot open '%s'", input);
    return fd;
}

/* Store every record of the input. The reader works ahead meanwhile. */
static int read_all(struct store *s, const struct pack_options *o, int fd, struct err *e)
{
    struct load *l = load_start(fd, s->input, o->unframed, e);
    struct load_batch *batch;
    int r;

    if (l == NULL)
        return -1;
    while ((r = load_next(l, &batch, e)) > 0) {
        r = store_add(s, batch, e);
        if (r < 0)
            break;
    }
    load_stop(l);
    return r;
}

/* What only shows when the whole input is in. */
static int check_all(struct store *s, bool finished, struct err *e)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (check_duplicates(s, kind, e) < 0)
            return -1;
    return check_references(s, finished, e);
}

static void log_counts(const struct store *s, const struct expand_counts *counts, const char *what)
{
    log_debug(what, LOG_STR("sync", s->sync_id), LOG_INT("resource_types", (int64_t)s->rows[KIND_RESOURCE_TYPE]),
        LOG_INT("resources", (int64_t)s->rows[KIND_RESOURCE]),
        LOG_INT("entitlements", (int64_t)s->rows[KIND_ENTITLEMENT]),
        LOG_INT("grants", (int64_t)(s->rows[KIND_GRANT] + counts->created)),
        LOG_INT("expanded", (int64_t)counts->created), LOG_INT("edges", (int64_t)counts->edges));
}

/* Build the database of the new sync, beside earlier ones from ${old} (-1: none). */
static int build(struct store *s, const struct pack_options *o, const char *dir, int old, int input,
    struct expand_counts *counts, struct err *e)
{
    struct timespec now;

    if (stamp_now(&now, e) < 0 || store_open(s, dir, o->file, old, o->sync_id, now, e) < 0)
        return -1;
    s->input = strcmp(o->input, "-") == 0 ? "standard input" : o->input;
    if (retain_apply(&s->db, retain_limit(o->keep), e) < 0 || store_begin(s, e) < 0)
        return -1;
    if (read_all(s, o, input, e) < 0)
        return -1;
    log_debug("input read");
    if (check_all(s, o->no_expand, e) < 0)
        return -1;
    log_debug("input checked");
    if (!o->no_expand && expand_run(s, counts, e) < 0)
        return -1;
    log_debug("grants expanded");
    if (store_finish(s, e) < 0)
        return -1;
    log_debug("database finished");
    return 0;
}

static int check_only(const struct pack_options *o, int input, struct err *e)
{
    struct expand_counts counts = {0};
    struct store s = {.db.fd = -1};
    int r = build(&s, o, tempfile_dir(), -1, input, &counts, e);

    if (r == 0)
        log_counts(&s, &counts, "checked");
    store_close(&s);
    return r;
}

static int build_and_publish(struct newfile *n, const struct pack_options *o, int input, struct err *e)
{
    struct publish_v1 how = {o->level, o->threads};
    struct publish_form form = {publish_v1, &how};
    struct expand_counts counts = {0};
    struct store s = {.db.fd = -1};
    int old, r;

    if (newfile_old(n, &old, e) < 0)
        return -1;
    r = build(&s, o, n->work, old, input, &counts, e);
    if (old >= 0)
        close(old);
    if (r == 0)
        r = publish_run(n, &form, s.db.fd, o->go_fd, e);
    if (r == 0)
        log_counts(&s, &counts, "published");
    store_close(&s);
    return r;
}

int pack_run(const struct pack_options *o, struct err *e)
{
    struct newfile n;
    int input = open_input(o->input, e), r;

    if (input < 0)
        return -1;
    if (o->check) {
        r = check_only(o, input, e);
    } else {
        r = newfile_open(&n, o->file, o->lock_fd, e);
        if (r == 0)
            r = build_and_publish(&n, o, input, e);
        newfile_close(&n);
    }
    if (input != STDIN_FILENO)
        close(input);
    return r;
}
