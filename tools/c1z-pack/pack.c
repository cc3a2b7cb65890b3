#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "confine.h"
#include "expand.h"
#include "hidden.h"
#include "load.h"
#include "log.h"
#include "manifest.h"
#include "narrow.h"
#include "progress.h"
#include "publish.h"
#include "retain.h"
#include "setting.h"
#include "shrink.h"
#include "storage.h"
#include "store.h"
#include "tempfile.h"
#include "traits.h"
#include "twins.h"
#include "v3.h"
#include "whole.h"

/* One run: what the options say; the sync as it is made; what else is known of it in the end. */
struct pack {
    const struct pack_options *o;
    struct store s;
    struct load *load;
    struct expand_counts counts;
    int64_t deleted;
    enum storage_old old;
    bool incomplete;
};

static int open_input(const char *input, struct err *e)
{
    int fd;

    if (strcmp(input, "-") == 0)
        return STDIN_FILENO;
    fd = open(input, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_open(e, input);
    return fd;
}

/* Store every record of the input. The reader works ahead meanwhile. */
static int read_all(struct pack *p, int fd, struct err *e)
{
    struct load_batch *batch;
    uint64_t records = 0;
    int r;

    p->load = load_start(fd, p->s.input, p->o->unframed, e);
    if (p->load == NULL)
        return -1;
    while ((r = load_next(p->load, &batch, e)) > 0) {
        if (store_add(&p->s, batch, e) < 0)
            return -1;
        records += batch->len;
        if (progress_due())
            progress_tell("lines=%" PRIu64 " step=reading", records);
    }
    progress_tell("lines=%" PRIu64 " step=checking", records);
    return r;
}

/* See that what is missing may be. */
static int judge_stream(struct pack *p, struct err *e)
{
    struct load_facts facts = load_facts(p->load);
    int r;

    gaplist_sort(facts.gaps);
    r = gaplist_judge(facts.gaps, p->o->accepted, p->o->n_accepted, p->o->allow_incomplete, p->s.input, e);
    if (r < 0)
        return -1;
    p->incomplete = r > 0;
    return 0;
}

/*
 * See that what records refer to is there.  What a gap hides of it is added, to a sync in the making: that is looked
 * for only where something is missing.
 */
static int check_links(struct pack *p, struct err *e)
{
    bool finished = p->o->no_expand;
    struct err missing = {0};
    int64_t added = 0;

    if (check_references(&p->s, finished, &missing) == 0)
        return 0;
    if (missing.status == EX_DATAERR && !finished)
        added = hidden_add(&p->s, load_facts(p->load).gaps, e);
    if (added < 0)
        return -1;
    return added > 0 ? check_references(&p->s, finished, e) : err_take(e, &missing);
}

/* What only shows when the whole input is in. */
static int check_all(struct pack *p, struct err *e)
{
    struct store *s = &p->s;

    for (enum kind kind = 0; kind < KIND_GRANT; kind++)
        if (check_duplicates(s, kind, e) < 0)
            return -1;
    if (twins_drop(s, e) < 0)
        return -1;
    s->rows[KIND_GRANT] = grants_count(&s->grants);
    return check_links(p, e) < 0 ? -1 : traits_check(s, e);
}

static int judge_shrink(struct pack *p, struct err *e)
{
    const struct pack_options *o = p->o;
    struct shrink_rules rules = {o->max_shrink, o->skip_grants, o->skip_entitlements, o->resource_types};

    /* What makes place is gone for good. */
    if (p->old == STORAGE_OLD_REPLACED && p->s.rows[KIND_RESOURCE] == 0 && p->s.before.resources > 0)
        return err_set(e, AB_EX_SHRUNK, "'%s': a sync without a resource does not take the place of one with %" PRId64,
            o->file, p->s.before.resources);
    if (o->allow_shrink)
        return 0;
    return shrink_judge(&p->s.before, &rules, &p->s.db, p->s.base, grants_count(&p->s.grants), e);
}

/* Leave out what is not wanted, and have the manifest say so. */
static int leave_out(struct pack *p, struct err *e)
{
    struct narrow n = {p->o->skip_grants, p->o->skip_entitlements, p->o->resource_types};
    struct gaplist *lines = load_facts(p->load).gaps;

    if (narrow_apply(&n, &p->s, lines, e) < 0)
        return -1;
    gaplist_sort(lines);
    return 0;
}

/* From the records as they came to those of the sync. */
static int finish_records(struct pack *p, struct err *e)
{
    if (check_all(p, e) < 0)
        return -1;
    if (p->s.rows[KIND_RESOURCE] == 0 && !p->o->allow_empty)
        return err_set(e, EX_DATAERR, "%s: no resource in it; --allow-empty if that is how it is", p->s.input);
    log_debug("input checked");
    if (leave_out(p, e) < 0)
        return -1;
    /* In format v3 an entitlement knows its resource by the id alone. */
    if (p->o->storage == STORAGE_SQLITE && whole_apply(&p->s, e) < 0)
        return -1;
    progress_tell("step=expanding");
    if (!p->o->no_expand && expand_run(&p->s, &p->counts, e) < 0)
        return -1;
    log_debug("grants expanded");
    return judge_shrink(p, e);
}

static int add_manifest(struct pack *p, struct err *e)
{
    struct manifest m = {load_facts(p->load), p->o->accepted, p->o->n_accepted, p->counts.created};

    return manifest_add(&m, &p->s, e);
}

/* Begin the sync, in a database in ${dir}, beside the earlier ones from ${old} (-1: none) or in their place. */
static int begin(struct pack *p, const char *dir, int old, struct err *e)
{
    const struct pack_options *o = p->o;
    struct store_setup setup = {
        dir, o->file, old, o->sync_id, o->started_at, o->fixed_time, o->resources_only, o->old_readers};
    int limit = retain_limit(o->keep);
    /* A sync that does not count for retention makes no place for itself. */
    bool counts = !o->resources_only && !o->allow_empty;

    if (!o->fixed_time && setting_time(&setup.when, e) < 0)
        return -1;
    if (storage_judge(o->storage, o->replace, old, o->file, &p->old, e) < 0)
        return -1;
    if (p->old != STORAGE_OLD_KEPT)
        setup.old = -1;
    if (store_open(&p->s, &setup, e) < 0)
        return -1;
    if (p->old == STORAGE_OLD_REPLACED && storage_note(&p->s.before, &p->s.db, o->file, e) < 0)
        return -1;
    p->s.input = strcmp(o->input, "-") == 0 ? "standard input" : o->input;
    if (p->old == STORAGE_OLD_KEPT && limit > 0 &&
        retain_apply(&p->s.db, counts ? limit - 1 : limit, &p->deleted, e) < 0)
        return -1;
    return store_begin(&p->s, e);
}

/* Build the database of the new sync. */
static int build(struct pack *p, const char *dir, int old, int input, struct err *e)
{
    if (begin(p, dir, old, e) < 0 || read_all(p, input, e) < 0)
        return -1;
    log_debug("input read");
    if (judge_stream(p, e) < 0 || finish_records(p, e) < 0 || add_manifest(p, e) < 0)
        return -1;
    if (p->o->storage == STORAGE_PEBBLE ? store_complete(&p->s, e) < 0 : store_finish(&p->s, e) < 0)
        return -1;
    log_debug("database finished");
    return 0;
}

static void log_counts(const struct pack *p, const char *what)
{
    const struct store *s = &p->s;

    log_debug(what, LOG_STR("sync", s->sync_id), LOG_INT("resource_types", (int64_t)s->rows[KIND_RESOURCE_TYPE]),
        LOG_INT("resources", (int64_t)s->rows[KIND_RESOURCE]),
        LOG_INT("entitlements", (int64_t)s->rows[KIND_ENTITLEMENT]),
        LOG_INT("grants", (int64_t)grants_count(&s->grants)), LOG_INT("expanded", (int64_t)s->grants.made),
        LOG_INT("edges", (int64_t)p->counts.edges));
}

/* The file to check against: one that was named, if it is there. */
static int open_named(const struct pack_options *o, int *fd, struct err *e)
{
    *fd = o->named ? open(o->file, O_RDONLY | O_CLOEXEC) : -1;
    return *fd >= 0 || !o->named || errno == ENOENT || errno == ENOTDIR
               ? 0
               : err_sys(e, EX_IOERR, "cannot read '%s'", o->file);
}

/*
 * The input is open; ${file} is the one that is there; what is written stands in ${dir} (NULL: nowhere), an old v3 file
 * is unpacked where temporary files are, and what is only checked is built there too.
 */
static void give_up_files(const char *file, const char *dir)
{
    struct confine c;

    confine_begin(&c, "c1z-pack");
    confine_read(&c, file);
    confine_write(&c, tempfile_dir());
    confine_write(&c, dir);
    confine_use(&c, "/dev/null");
    confine_enter(&c);
}

/* Some of what format v3 cannot keep shows only when it is written. */
static int check_v3(struct pack *p, struct err *e)
{
    static const char nowhere[] = "/dev/null";
    struct v3 how = {&p->s, tempfile_dir(), p->o->level, p->o->threads};
    int fd = open(nowhere, O_WRONLY | O_CLOEXEC), r;

    if (fd < 0)
        return err_sys(e, EX_OSERR, "cannot open '%s'", nowhere);
    r = v3_encode(&how, -1, fd, nowhere, e);
    close(fd);
    return r;
}

static int check_only(struct pack *p, int input, struct err *e)
{
    int old, r;

    if (open_named(p->o, &old, e) < 0)
        return -1;
    give_up_files(p->o->file, NULL);
    r = build(p, tempfile_dir(), old, input, e);
    if (old >= 0)
        close(old);
    if (r == 0 && p->o->storage == STORAGE_PEBBLE)
        r = check_v3(p, e);
    if (r == 0)
        log_counts(p, "checked");
    return r;
}

static int build_and_publish(struct pack *p, struct newfile *n, int input, struct err *e)
{
    struct publish_v1 how = {p->o->level, p->o->threads};
    struct v3 how_v3 = {&p->s, n->work, p->o->level, p->o->threads};
    struct publish_form form = {publish_v1, &how};
    int old, r;

    if (p->o->storage == STORAGE_PEBBLE)
        form = (struct publish_form){v3_encode, &how_v3};
    if (newfile_old(n, &old, e) < 0)
        return -1;
    r = build(p, n->work, old, input, e);
    if (old >= 0)
        close(old);
    progress_tell("step=writing");
    if (r == 0)
        r = publish_run(n, &form, p->s.db.fd, p->o->go_fd, e);
    if (r < 0)
        return -1;
    if (p->deleted > 0)
        log_debug("earlier syncs deleted", LOG_INT("syncs", p->deleted));
    log_counts(p, "published");
    return 0;
}

static int publish(struct pack *p, int input, struct err *e)
{
    struct newfile n;
    int r = newfile_open(&n, p->o->file, p->o->lock_fd, e);

    if (r == 0) {
        give_up_files(n.path, n.dir);
        r = build_and_publish(p, &n, input, e);
    }
    newfile_close(&n);
    return r;
}

int pack_run(const struct pack_options *o, struct err *e)
{
    struct pack p = {.o = o, .s.db.fd = -1};
    int input = open_input(o->input, e), r;

    if (input < 0)
        return -1;
    r = o->check ? check_only(&p, input, e) : publish(&p, input, e);
    load_stop(p.load);
    store_close(&p.s);
    if (input != STDIN_FILENO)
        close(input);
    return r == 0 && p.incomplete ? PACK_INCOMPLETE : r;
}
